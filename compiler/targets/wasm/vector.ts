/** Which instructions an operation on vectors of four is; a vector of bools is a mask of all ones or zeros a lane. */
import type { BinaryOp, CompareOp, Scalar, UnaryOp } from "../../compute/ir.js";
import { dotOfBytes } from "./bytes.js";
import {
  BITWISE,
  FLOAT_BINARY,
  FLOAT_UNARY,
  INTEGER_BINARY,
  type InstructionNames,
} from "./instructions.js";
import { scalarBinary, type Instructions } from "./scalar.js";
import { i32, type Text } from "./text.js";

const LANES = [0, 1, 2, 3] as const;
const ONE_BITS = 0x3f800000;

function allLanes(value: number): Text {
  return ["v128.const", "i32x4", ...LANES.map(() => String(value))];
}

export function vectorUnary(
  op: UnaryOp,
  dtype: Scalar,
  operand: Text,
  { share }: Instructions,
): Text {
  const instruction = FLOAT_UNARY[op];
  if (dtype === "f32" && instruction !== undefined) return [`f32x4.${instruction}`, operand];
  switch (op) {
    case "neg":
    case "abs":
      return [`i32x4.${op}`, operand];
    case "not":
      return dtype === "bool"
        ? ["v128.not", operand]
        : numbersOf(["i32x4.eq", operand, allLanes(0)]);
    case "isnan": {
      const [first, again] = share(operand, "v128");
      return ["f32x4.ne", first, again];
    }
    case "fround":
    case "bits":
    case "float":
      return operand;
    default:
      throw new Error(`${op} is not a primitive: decompose comes before printing`);
  }
}

const INTEGER: InstructionNames = { ...INTEGER_BINARY, min: "min_s", max: "max_s" };

/** `dtype` is the operands'. */
export function vectorBinary(
  op: BinaryOp,
  dtype: Scalar,
  left: Text,
  right: Text,
  use: Instructions,
): Text {
  if (dtype === "bool") return onMasks(op, left, right);
  if (dtype === "f32") {
    const instruction = FLOAT_BINARY[op];
    if (instruction !== undefined) return [`f32x4.${instruction}`, left, right];
    if (op === "min" || op === "max") return extreme(op, left, right, use);
  } else {
    const instruction = INTEGER[op];
    if (instruction !== undefined) return [`i32x4.${instruction}`, left, right];
    if (BITWISE[op] !== undefined) return [`v128.${BITWISE[op]}`, left, right];
    if (op === "sdot" || op === "usdot") return dotOfBytes(op, left, right, use);
    if (op === "dot16") return ["i32x4.dot_i16x8_s", left, right];
  }
  return laneByLane(op, dtype, left, right, use);
}

/**
 * pmax(a, b) is one instruction, a < b ? b : a, and keeps a NaN of a; one of b is put back by all ones.
 * Of −0 and 0 the result may be either.
 */
function extreme(op: "min" | "max", left: Text, right: Text, { share }: Instructions): Text {
  if (isNumber(right)) return [`f32x4.p${op}`, left, right];
  if (isNumber(left)) return [`f32x4.p${op}`, right, left];
  const [first, again] = share(right, "v128");
  return ["v128.or", [`f32x4.p${op}`, left, first], ["f32x4.ne", again, again]];
}

/** A constant that is not NaN. */
function isNumber(text: Text): boolean {
  return typeof text !== "string" && text[0] === "v128.const" && !text.includes("nan");
}

function onMasks(op: BinaryOp, left: Text, right: Text): Text {
  switch (op as CompareOp | "and" | "or" | "xor" | "min" | "max") {
    case "and":
    case "min":
      return ["v128.and", left, right];
    case "or":
    case "max":
      return ["v128.or", left, right];
    case "xor":
    case "ne":
      return ["v128.xor", left, right];
    case "eq":
      return ["i32x4.eq", left, right];
    // As integers true is −1: the order is the other way round.
    case "lt":
      return ["i32x4.gt_s", left, right];
    case "le":
      return ["i32x4.ge_s", left, right];
    case "gt":
      return ["i32x4.lt_s", left, right];
    case "ge":
      return ["i32x4.le_s", left, right];
    default:
      throw new Error(`${op} of two bools`);
  }
}

/** The instruction has a scalar count for all lanes. */
export function vectorShift(op: "shl" | "shr", operand: Text, count: Text): Text {
  return [op === "shl" ? "i32x4.shl" : "i32x4.shr_s", operand, count];
}

function laneByLane(
  op: BinaryOp,
  dtype: "f32" | "i32",
  left: Text,
  right: Text,
  use: Instructions,
): Text {
  const [a, aAgain] = use.share(left, "v128");
  const [b, bAgain] = use.share(right, "v128");
  return packScalars(
    dtype,
    LANES.map((lane) =>
      scalarBinary(
        op,
        dtype,
        extractLane(dtype, lane === 0 ? a : aAgain, lane),
        extractLane(dtype, lane === 0 ? b : bAgain, lane),
        use,
      ),
    ),
  );
}

/** A bool comes out as 0 or 1. */
export function extractLane(dtype: Scalar, vector: Text, lane: number): Text {
  if (dtype === "f32") return ["f32x4.extract_lane", String(lane), vector];
  const element: Text = ["i32x4.extract_lane", String(lane), vector];
  return dtype === "bool" ? ["i32.and", element, i32(1)] : element;
}

/** The first `count` lanes without a byte beyond them; the others are 0. */
export function vectorLoad(count: number, at: (bytes: number) => readonly Text[]): Text {
  switch (count) {
    case 1:
      return ["v128.load32_zero", ...at(0)];
    case 2:
      return ["v128.load64_zero", ...at(0)];
    case 3: {
      const [address, ...offset] = [...at(8)].reverse();
      return ["v128.load32_lane", ...offset, "2", address!, ["v128.load64_zero", ...at(0)]];
    }
    default:
      return ["v128.load", ...at(0)];
  }
}

/** Scalars in the order of lanes, evaluated in it. */
export function packScalars(dtype: Scalar, scalars: readonly Text[]): Text {
  const shape = dtype === "f32" ? "f32x4" : "i32x4";
  const [first, ...rest] = scalars;
  const packed = rest.reduce<Text>(
    (vector, scalar, i) => [`${shape}.replace_lane`, String(i + 1), vector, scalar],
    [`${shape}.splat`, first!],
  );
  return dtype === "bool" ? maskOf(packed) : packed;
}

/** Whole lanes of two vectors; engines know the patterns that are one instruction. */
export function shuffleText(picks: readonly number[], left: Text, right: Text): Text {
  const bytes = picks.flatMap((pick) => [0, 1, 2, 3].map((byte) => String(4 * pick + byte)));
  return ["i8x16.shuffle", ...bytes, left, right];
}

/** 0 and 1 => no and all ones */
export function maskOf(numbers: Text): Text {
  return ["i32x4.ne", numbers, allLanes(0)];
}

/** No and all ones => 0 and 1 */
export function numbersOf(mask: Text): Text {
  return ["v128.and", mask, allLanes(1)];
}

export function vectorCast(from: Scalar, to: Scalar, operand: Text): Text {
  if (from === to) return operand;
  switch (to) {
    case "bool":
      return from === "f32"
        ? ["f32x4.ne", operand, ["v128.const", "f32x4", "0", "0", "0", "0"]]
        : maskOf(operand);
    case "i32":
      return from === "f32" ? ["i32x4.trunc_sat_f32x4_s", operand] : numbersOf(operand);
    case "f32":
      return from === "i32"
        ? ["f32x4.convert_i32x4_s", operand]
        : ["v128.and", operand, allLanes(ONE_BITS)];
    default:
      return to satisfies never;
  }
}
