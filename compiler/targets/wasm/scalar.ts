/** Which instructions an operation on scalars is; a bool is an i32 of 0 or 1. */
import type { BinaryOp, Scalar, UnaryOp } from "../../compute/ir.js";
import type { Helper } from "./helpers.js";
import {
  BITWISE,
  FLOAT_BINARY,
  FLOAT_UNARY,
  INTEGER_BINARY,
  type InstructionNames,
} from "./instructions.js";
import type { DotSimd } from "./simd.js";
import { i32, type Text } from "./text.js";

export type WasmType = "i32" | "f32" | "v128";

/** What instructions need beside their operands. */
export interface Instructions {
  /** The operand kept in a local: the text that keeps it, and the text that reads it again later. */
  share(value: Text, type: WasmType): readonly [first: Text, again: Text];
  useHelper(helper: Helper): void;
  /** The dot product of bytes for which engines have an instruction, if they have one. */
  readonly dots: DotSimd | undefined;
}

export function callHelper(helper: Helper, left: Text, right: Text, use: Instructions): Text {
  use.useHelper(helper);
  return ["call", `$helper.${helper}`, left, right];
}

export function scalarUnary(
  op: UnaryOp,
  dtype: Scalar,
  operand: Text,
  { share }: Instructions,
): Text {
  const instruction = FLOAT_UNARY[op];
  if (dtype === "f32" && instruction !== undefined) return [`f32.${instruction}`, operand];
  switch (op) {
    case "neg":
      return ["i32.sub", i32(0), operand];
    case "abs": {
      const [first, again] = share(operand, "i32");
      const [sign, signAgain] = share(["i32.shr_s", first, i32(31)], "i32");
      return ["i32.sub", ["i32.xor", sign, again], signAgain];
    }
    case "not":
      return ["i32.eqz", operand];
    case "isnan": {
      const [first, again] = share(operand, "f32");
      return ["f32.ne", first, again];
    }
    case "fround":
      return operand;
    case "bits":
      return ["i32.reinterpret_f32", operand];
    case "float":
      return ["f32.reinterpret_i32", operand];
    default:
      throw new Error(`${op} is not a primitive: decompose comes before printing`);
  }
}

/** `min` and `max` of floats keep a NaN of either operand, which those of vectors take two instructions for. */
const FLOAT: InstructionNames = { ...FLOAT_BINARY, min: "min", max: "max" };
const INTEGER: InstructionNames = { ...INTEGER_BINARY, ...BITWISE, shl: "shl", shr: "shr_s" };

const CALLS: Readonly<Partial<Record<BinaryOp, Helper>>> = {
  div: "quotient",
  rem: "remainder",
  floordiv: "floordiv",
  mod: "mod",
  sdot: "sdot",
  usdot: "usdot",
  dot16: "dot16",
};

/** `dtype` is the operands'. */
export function scalarBinary(
  op: BinaryOp,
  dtype: Scalar,
  left: Text,
  right: Text,
  use: Instructions,
): Text {
  if (dtype === "f32") {
    const instruction = FLOAT[op];
    if (instruction !== undefined) return [`f32.${instruction}`, left, right];
    if (op === "rem") return callHelper("fmod", left, right, use);
    throw new Error(`${op} is not a primitive on f32`);
  }
  if (dtype === "bool" && (op === "min" || op === "max"))
    return [op === "min" ? "i32.and" : "i32.or", left, right];
  if (op === "min" || op === "max") {
    const [a, again] = use.share(left, "i32");
    const [b, andAgain] = use.share(right, "i32");
    return ["select", a, b, [op === "min" ? "i32.lt_s" : "i32.gt_s", again, andAgain]];
  }
  const instruction = INTEGER[op];
  if (instruction !== undefined) return [`i32.${instruction}`, left, right];
  const helper = CALLS[op];
  if (helper === undefined) throw new Error(`${op} is not a primitive on ${dtype}`);
  return callHelper(helper, left, right, use);
}

export function scalarCast(from: Scalar, to: Scalar, operand: Text): Text {
  if (from === to) return operand;
  switch (to) {
    case "bool":
      return from === "f32" ? ["f32.ne", operand, ["f32.const", "0"]] : ["i32.ne", operand, i32(0)];
    case "i32":
      return from === "f32" ? ["i32.trunc_sat_f32_s", operand] : operand;
    case "f32":
      return ["f32.convert_i32_s", operand];
    default:
      return to satisfies never;
  }
}
