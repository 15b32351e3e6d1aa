/** Index maps stay affine where they can, because an opaque term costs the axes it mentions their vector loop. */
import { describe, expect, it } from "vitest";
import { mentions } from "../../compiler/kernel/affine.js";
import type { Expr, Kernel } from "../../compiler/kernel/ir.js";
import { axesOf } from "../../compiler/ops/axes.js";
import { ops } from "../../compiler/ops/index.js";
import { reshapeIndices } from "../../compiler/ops/shape.js";

/** Names of the axes that opaque terms mention. */
function opaqueAxes(from: readonly number[], to: readonly number[]): string[] {
  const axes = axesOf(to);
  const opaque = reshapeIndices(axes, from).flatMap((index) =>
    index.terms.filter((term) => typeof term.of !== "string"),
  );
  return axes
    .map((axis) => axis.name)
    .filter((name) => opaque.some((term) => mentions({ terms: [term], constant: 0 }, name)));
}

describe("reshapeIndices", () => {
  it("is affine where dims only split", () => {
    expect(opaqueAxes([2, 60], [2, 3, 4, 5])).toEqual([]);
    expect(opaqueAxes([2, 6, 5], [2, 2, 3, 5])).toEqual([]);
    expect(opaqueAxes([3, 1, 5], [1, 3, 5, 1])).toEqual([]);
  });

  it("divides only the axes that merge dims", () => {
    expect(opaqueAxes([2, 3, 4, 5], [2, 60])).toEqual(["c"]);
    expect(opaqueAxes([2, 2, 3, 4, 5], [2, 6, 4, 5])).toEqual(["c"]);
  });
});

describe("a pointwise kernel", () => {
  const kernelOf = (x: number[], y: number[], out: number[]): Kernel =>
    ops.add.compute({
      inputs: [
        { dtype: "f32", dims: x },
        { dtype: "f32", dims: y },
      ],
      attributes: {},
      output: { dtype: "f32", dims: out },
    });
  const loads = (kernel: Kernel): Expr[] => {
    const { body } = kernel.computes[0]!;
    return body.kind === "binary" ? [body.left, body.right] : [];
  };

  it("reads operands of its own dims at its own index, ones included", () => {
    const kernel = kernelOf([1, 3, 4, 4], [1, 3, 4, 4], [1, 3, 4, 4]);
    const { index } = kernel.computes[0]!;
    expect(loads(kernel)).toMatchObject([{ index }, { index }]);
  });

  it("reads a stretched dimension at 0", () => {
    const kernel = kernelOf([1, 3, 4, 4], [3, 1, 1], [1, 3, 4, 4]);
    const { index } = kernel.computes[0]!;
    const zero = { terms: [], constant: 0 };
    expect(loads(kernel)[1]).toMatchObject({ index: [index[1], zero, zero] });
  });
});
