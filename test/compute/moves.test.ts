/** What a step moves within a temporary must lie beside where it goes. */
import { describe, expect, it } from "vitest";
import { addIndex, axisIndex } from "../../compiler/compute/affine.js";
import { constant, load } from "../../compiler/compute/expr.js";
import type { Compute, Kernel } from "../../compiler/compute/ir.js";
import { kernelProblems } from "../../compiler/compute/verify/index.js";

/** Elements of `t` move up by so many in each of four steps, and are read at last. */
function moving(by: number): Kernel {
  const [w, moved] = [6, 6 - by].map((extent) => ({ name: "w", extent }));
  const over = { reduce: [], index: [axisIndex("w")] };
  const computes: readonly Compute[] = [
    { ...over, target: "t", axes: [w!], body: constant(0) },
    {
      ...over,
      target: "t",
      scan: [{ name: "s", extent: 4 }],
      axes: [moved!],
      body: load("t", [addIndex(axisIndex("w"), by)]),
    },
    { ...over, target: "out", axes: [w!], body: load("t", [axisIndex("w")]) },
  ];
  const temporaries = [{ name: "t", dtype: "f32", dims: [6] }] as const;
  const output = { dtype: "f32", dims: [6] } as const;
  return { outer: [], inputs: [], constants: [], temporaries, computes, output };
}

describe("moves within a temporary", () => {
  it("are legal where nothing that is read is written", () => {
    expect(kernelProblems(moving(3))).toEqual([]);
    expect(kernelProblems(moving(2))).toEqual([
      "t: compute 1 reads elements of its target that it may have updated",
    ]);
  });
});
