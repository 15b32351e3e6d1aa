/** What norms refuse. */
import type { Rejected } from "./rejected.js";

export const norm: Rejected = [
  ["rmsNorm", "f32[2,3] f32[2]", {}, "shape-mismatch", "scale is f32[2], expected f32[3]"],
  ["rmsNorm", "f32[]", {}, "shape-mismatch", "x is f32[], expected at least 1 dimensions"],
  [
    "batchNorm",
    "f32[1,3,4] f32[3] f32[3] f32[4] f32[3]",
    {},
    "shape-mismatch",
    "mean is f32[4], expected f32[3] for x f32[1,3,4]",
  ],
  [
    "batchNorm",
    "f32[1,3,4] f32[3] i32[3] f32[3] f32[3]",
    {},
    "type-mismatch",
    "bias is i32[3], expected f32",
  ],
  ["layerNorm", "f32[2,3] f32[2]", {}, "shape-mismatch", "scale is f32[2], expected f32[3]"],
  ["layerNorm", "f32[2,3]", { axis: 2 }, "bad-attribute", "axis 2 of an operand with 2 dimensions"],
  [
    "groupNorm",
    "f32[2,5,3]",
    { groups: 2 },
    "shape-mismatch",
    "has 5 channels, which 2 groups do not divide",
  ],
  ["instanceNorm", "f32[2,5]", {}, "shape-mismatch", "expected at least 3 dimensions"],
  ["localResponseNorm", "i32[2,5,3]", { size: 3 }, "type-mismatch", "x is i32[2,5,3]"],
];
