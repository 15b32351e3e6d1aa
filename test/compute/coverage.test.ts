/** Every element of an output is written once: by parts, phases and joined axes. */
import { describe, expect, it } from "vitest";
import {
  addIndex,
  axisIndex,
  constantIndex,
  scaleIndex,
  ZERO,
} from "../../compiler/compute/affine.js";
import { constant } from "../../compiler/compute/expr.js";
import type { Compute, Kernel } from "../../compiler/compute/ir.js";
import { kernelProblems } from "../../compiler/compute/verify/index.js";
import { KERNEL, n, w } from "./soundKernel.js";

/** Parts of out: start, step and count per dimension. */
function parts(
  dims: readonly number[],
  ...boxes: readonly (readonly (readonly [start: number, step: number, count: number])[])[]
): Kernel {
  const computes = boxes.map((box): Compute => ({
    target: "out",
    axes: box.map(([, , extent], d) => ({ name: `i${d}`, extent })),
    reduce: [],
    body: constant(1),
    index: box.map(([start, step], d) => addIndex(scaleIndex(axisIndex(`i${d}`), step), start)),
  }));
  return { ...KERNEL, inputs: [], computes, output: { dtype: "f32", dims } };
}

describe("coverage of the output", () => {
  it.each<[string, Kernel]>([
    [
      "phases",
      parts(
        [5, 4],
        [
          [0, 2, 3],
          [0, 1, 4],
        ],
        [
          [1, 2, 2],
          [0, 1, 4],
        ],
      ),
    ],
    ["reversed", parts([5], [[4, -1, 5]])],
    [
      "halves",
      parts(
        [5, 4],
        [
          [0, 1, 5],
          [0, 1, 1],
        ],
        [
          [0, 1, 5],
          [1, 1, 3],
        ],
      ),
    ],
    ["a scalar", parts([], [])],
  ])("accepts %s", (_, kernel) => expect(kernelProblems(kernel)).toEqual([]));

  it.each<[string, Kernel]>([
    [
      "writes for 20 elements",
      parts(
        [5, 4],
        [
          [0, 2, 3],
          [0, 1, 4],
        ],
        [
          [1, 2, 2],
          [0, 1, 3],
        ],
      ),
    ],
    [
      "write the same elements",
      parts(
        [5, 2],
        [
          [0, 2, 3],
          [0, 1, 2],
        ],
        [
          [0, 1, 2],
          [0, 1, 2],
        ],
      ),
    ],
    [
      "24 writes for 20 elements",
      parts(
        [5, 4],
        [
          [0, 1, 3],
          [0, 1, 4],
        ],
        [
          [2, 1, 3],
          [0, 1, 4],
        ],
      ),
    ],
  ])("reports %s", (message, kernel) => {
    expect(kernelProblems(kernel).join("\n")).toContain(message);
  });

  const joined = (index: Compute["index"], dims: readonly number[]): Kernel => ({
    ...KERNEL,
    computes: [{ target: "out", axes: [n!, w!], reduce: [], body: constant(1), index }],
    output: { dtype: "f32", dims },
  });
  const sum = addIndex(axisIndex("n"), axisIndex("w"));

  it("takes two axes in one dimension where no value comes twice", () => {
    expect(
      kernelProblems(joined([addIndex(scaleIndex(axisIndex("n"), 6), axisIndex("w"))], [12])),
    ).toEqual([]);
    expect(kernelProblems(joined([sum], [12])).join()).toContain("written already");
  });

  it("needs no set of indices for one Compute, however large its output is", () => {
    // More numbers than a Set can hold.
    expect(kernelProblems(parts([2 ** 28], [[2 ** 28 - 1, -1, 2 ** 28]]))).toEqual([]);
  });

  it("enumerates where an axis occurs in two dimensions", () => {
    // (n + w, w): 2 × 6 pairs, all different, but 7 × 6 elements
    const skewed = joined([sum, axisIndex("w")], [7, 6]);
    expect(kernelProblems(skewed).join()).toContain("12 writes for 42 elements");
    const twice = joined(
      [axisIndex("n"), ZERO, addIndex(axisIndex("n"), constantIndex(0))],
      [2, 3, 2],
    );
    expect(kernelProblems(twice).join()).toContain("written already");
    const onto = joined([axisIndex("n"), axisIndex("w"), ZERO], [2, 6, 1]);
    expect(kernelProblems(onto)).toEqual([]);
  });
});
