/** Finds what one instruction multiplies and adds up. */
import type { BinaryOp, Scalar } from "../../compute/ir.js";
import type { Value } from "../../loop/stmt.js";
import { DOT_AND_ADD } from "./bytes.js";
import type { DotSimd } from "./simd.js";

type Binary = Extract<Value, { kind: "binary" }>;

/** What an engine has beside plain instructions. */
interface Has {
  readonly relaxed: boolean;
  readonly dots: DotSimd | undefined;
}

/**
 * a · b + c => relaxed_madd(a, b, c), c − a · b => relaxed_nmadd(a, b, c), dot(a, b) + c => relaxed_dot(a, b, c), with the
 * operands in the order that engines compile to one instruction; undefined of anything else.
 */
export function fusedOf(
  { op, dtype, left, right }: Binary,
  { relaxed, dots }: Has,
): { readonly instruction: string; readonly operands: readonly Value[] } | undefined {
  const product = productOp(dtype, relaxed, dots);
  if (product === undefined || (op !== "add" && op !== "sub")) return undefined;
  const isProduct = (value: Value): value is Binary =>
    value.kind === "binary" && value.op === product;
  const [inner, rest] = isProduct(right) ? [right, left] : [left, right];
  if (!isProduct(inner) || (op === "sub" && (inner === left || dtype === "i32"))) return undefined;
  const instruction =
    dtype === "i32" ? DOT_AND_ADD : `f32x4.relaxed_${op === "add" ? "madd" : "nmadd"}`;
  return { instruction, operands: [inner.left, inner.right, rest] };
}

function productOp(
  dtype: Scalar,
  relaxed: boolean,
  dots: DotSimd | undefined,
): BinaryOp | undefined {
  // In 16 bits nothing is added in the same instruction.
  if (dtype === "i32") return dots === "usdot16" ? undefined : dots;
  return relaxed && dtype === "f32" ? "mul" : undefined;
}
