/** What products of matrices refuse. */
import type { Rejected } from "./rejected.js";

export const product: Rejected = [
  [
    "matmul",
    "f32[1,400] f32[120,256]",
    { axis: -1 },
    "shape-mismatch",
    "a f32[1,400] has 400 along axis 1, but b f32[120,256] takes 256",
  ],
  ["matmul", "f32[1,4] f32[4]", { axis: 1 }, "shape-mismatch", "b is f32[4], expected [out, in]"],
  [
    "matmul",
    "f32[1,4] f32[3,4] f32[4]",
    { axis: 1 },
    "shape-mismatch",
    "bias is f32[4], but b f32[3,4] yields 3",
  ],
  [
    "matmul",
    "f32[1,4] f32[3,4]",
    { axis: 2 },
    "bad-attribute",
    "axis 2 of an operand with 2 dimensions: expected -2 to 1",
  ],
  ["matmul", "f32[2,3] f32[4,5]", {}, "shape-mismatch", "3 columns against 4 rows"],
  ["matmul", "f32[2,3,4] f32[3,4,5]", {}, "shape-mismatch", "cannot broadcast [2] and [3]"],
  ["matmul", "f32[] f32[4,5]", {}, "shape-mismatch", "a scalar is not a matrix"],
  ["matmul", "f32[2,3] f32[3,5] f32[5]", {}, "extra-input", "a bias needs the attribute axis"],
  ["matmul", "f32[2,3] i32[3,5]", {}, "type-mismatch", "b is i32[3,5], expected f32"],
  ["einsum", "f32[2]", { equation: "i,i" }, "bad-attribute", "has 2 operands, 1 are given"],
  ["einsum", "f32[2,3]", { equation: "i->i" }, "bad-attribute", "'i' does not name the dimensions"],
  ["einsum", "f32[2]", { equation: "...ij" }, "bad-attribute", "'...ij' does not name"],
  ["einsum", "f32[2]", { equation: "i->j" }, "bad-attribute", "the output takes each label once"],
  ["einsum", "f32[2]", { equation: "i->ii" }, "bad-attribute", "the output takes each label once"],
  ["einsum", "f32[2]", { equation: ".i->i" }, "bad-attribute", "'.i' is not letters"],
  ["einsum", "f32[2,3]", { equation: "......" }, "bad-attribute", "at most one '...'"],
  [
    "einsum",
    "f32[2,3] f32[4,5]",
    { equation: "ij,jk->ik" },
    "shape-mismatch",
    "operand 1 is f32[4,5]: its dimension 0, 'j', is 4, but 3 before",
  ],
  ["einsum", "f32[2] i32[2]", { equation: "i,i" }, "type-mismatch", "x1 is i32[2], expected f32"],
];
