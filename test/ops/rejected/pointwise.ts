/** What pointwise ops refuse. */
import type { Rejected } from "./rejected.js";

export const pointwise: Rejected = [
  [
    "add",
    "f32[2,3] f32[4,3]",
    {},
    "shape-mismatch",
    "cannot broadcast [2,3] and [4,3]: dimension -2 is 2 and 4",
  ],
  ["add", "f32[2,3] i32[2,3]", {}, "type-mismatch", "f32[2,3] and i32[2,3]: their dtypes differ"],
  ["add", "u8[2] i8[2]", {}, "type-mismatch", "u8[2] and i8[2]: their dtypes differ"],
  ["add", "bool[2] bool[2]", {}, "type-mismatch", "x is bool[2], expected f32, i32, i64, u8, i8"],
  ["isNaN", "i32[2]", {}, "type-mismatch", "x is i32[2], expected f32"],
  ["shrink", "i32[2]", {}, "type-mismatch", "x is i32[2], expected f32"],
  ["add", "f32[2] -", {}, "missing-input", "operand 1 is missing"],
  ["exp", "i32[2]", {}, "type-mismatch", "x is i32[2], expected f32"],
  ["and", "bool[2] f32[2]", {}, "type-mismatch", "y is f32[2], expected bool"],
  ["where", "f32[2] f32[2] f32[2]", {}, "type-mismatch", "condition is f32[2], expected bool"],
  ["where", "bool[2] f32[2] i32[2]", {}, "type-mismatch", "their dtypes differ"],
  [
    "where",
    "bool[5] f32[2] f32[1]",
    {},
    "shape-mismatch",
    "[5] and [2] and [1]: dimension -1 is 5 and 2",
  ],
  ["clip", "i32[2]", { max: 1.5 }, "bad-attribute", "max is 1.5, but x is i32"],
  ["prelu", "f32[2,3,4] f32[5]", {}, "shape-mismatch", "[2,3,4] and [5]: dimension -1 is 4 and 5"],
];
