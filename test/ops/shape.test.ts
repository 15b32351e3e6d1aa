/** Index maps stay affine where they can, because an opaque term costs the axes it mentions their vector loop. */
import { describe, expect, it } from "vitest";
import { mentions } from "../../compiler/compute/walk.js";
import { axesOf } from "../../compiler/ops/axes.js";
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
