/** What reductions and other ops along axes refuse. */
import type { Rejected } from "./rejected.js";

export const alongAxis: Rejected = [
  [
    "reduceSum",
    "f32[2,3]",
    { axes: [2] },
    "bad-attribute",
    "axes: 2 of an operand with 2 dimensions: expected -2 to 1",
  ],
  ["reduceSum", "f32[2,3]", { axes: [1, -1] }, "bad-attribute", "axes [1,-1] name 1 twice"],
  ["reduceMean", "bool[2,3]", {}, "type-mismatch", "x is bool[2,3], expected f32, i32, i64"],
  ["argMax", "f32[2,0]", { axis: 1 }, "shape-mismatch", "axis 1 of f32[2,0] is empty"],
  ["argMin", "bool[2]", {}, "type-mismatch", "x is bool[2]"],
  [
    "argMax",
    "f32[]",
    {},
    "bad-attribute",
    "axis 0 of an operand with 0 dimensions: a scalar has none",
  ],
  ["topKIndices", "f32[2,3]", { k: 4 }, "bad-attribute", "k is 4, but axis 1 of f32[2,3] has 3"],
  ["topKIndices", "bool[2]", { k: 1 }, "type-mismatch", "x is bool[2]"],
  ["cumSum", "f32[2]", { axis: 1 }, "bad-attribute", "axis 1 of an operand with 1 dimensions"],
  ["cumSum", "u8[2]", { axis: 0 }, "type-mismatch", "x is u8[2], expected f32, i32, i64"],
  ["softmax", "i32[2]", {}, "type-mismatch", "x is i32[2], expected f32"],
  ["softmax", "f32[2,3]", { axis: -3 }, "bad-attribute", "axis -3 of an operand with 2 dimensions"],
];
