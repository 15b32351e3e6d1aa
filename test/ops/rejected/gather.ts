/** What ops refuse that read at indices. */
import type { Rejected } from "./rejected.js";

export const gather: Rejected = [
  ["gather", "f32[2,3] f32[1]", {}, "type-mismatch", "indices are f32[1]: expected integers"],
  [
    "gatherElements",
    "f32[2,3] i64[3,3]",
    { axis: 1 },
    "shape-mismatch",
    "indices i64[3,3] do not lie in x f32[2,3]: only axis 1 may be larger",
  ],
  ["gatherElements", "f32[2,3] i64[3]", {}, "shape-mismatch", "indices i64[3] do not lie in x"],
  ["gatherElements", "f32[0] i64[1]", {}, "shape-mismatch", "axis 0 of f32[0] is empty"],
  ["gatherElements", "f32[2] f32[2]", {}, "type-mismatch", "indices are f32[2]"],
  [
    "gatherND",
    "f32[2,3] i64[4,3]",
    {},
    "shape-mismatch",
    "points have 3 coordinates, expected 1 to 2",
  ],
  ["gatherND", "f32[2,3] i64[4,0]", {}, "shape-mismatch", "points have 0 coordinates"],
  [
    "gatherND",
    "f32[2,3,4] i64[3,1]",
    { batchDims: 1 },
    "shape-mismatch",
    "differ in dimension 0 of the batch",
  ],
  ["gatherND", "f32[2,3] i64[]", {}, "bad-attribute", "have no 0 dimensions of a batch"],
  ["gatherND", "f32[2,3] i64[2]", { batchDims: 1 }, "bad-attribute", "have no 1 dimensions"],
  ["gatherND", "f32[2,0] i64[1,2]", {}, "shape-mismatch", "axis 1 of f32[2,0] is empty"],
  ["gather", "f32[0,3] i64[1]", {}, "shape-mismatch", "axis 0 of f32[0,3] is empty"],
  [
    "gather",
    "f32[2,3] i64[1]",
    { axis: 2 },
    "bad-attribute",
    "axis 2 of an operand with 2 dimensions",
  ],
];
