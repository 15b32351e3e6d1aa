/** Names of the instructions that scalars and vectors of four share, without the `f32.` or `i32x4.` before them. */
import type { BinaryOp, UnaryOp } from "../../compute/ir.js";

export type InstructionNames = Readonly<Partial<Record<BinaryOp, string>>>;

export const FLOAT_UNARY: Readonly<Partial<Record<UnaryOp, string>>> = {
  neg: "neg",
  abs: "abs",
  sqrt: "sqrt",
  floor: "floor",
  ceil: "ceil",
  trunc: "trunc",
  round: "nearest",
};

export const FLOAT_BINARY: InstructionNames = {
  add: "add",
  sub: "sub",
  mul: "mul",
  div: "div",
  eq: "eq",
  ne: "ne",
  lt: "lt",
  le: "le",
  gt: "gt",
  ge: "ge",
};

export const INTEGER_BINARY: InstructionNames = {
  add: "add",
  sub: "sub",
  mul: "mul",
  eq: "eq",
  ne: "ne",
  lt: "lt_s",
  le: "le_s",
  gt: "gt_s",
  ge: "ge_s",
};

/** Instructions on the bits of all lanes at once, and of a scalar. */
export const BITWISE: InstructionNames = {
  and: "and",
  or: "or",
  xor: "xor",
};
