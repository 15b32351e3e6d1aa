/** Prints values as expressions of C: every operation on floats rounds, integers wrap, a bool is an int of 0 or 1. */
import { bytesOf, type Storage } from "../../../compiler/loop/storage.js";
import { formatF32 } from "../../../compiler/base/numbers.js";
import type { BinaryOp, Scalar } from "../../../compiler/compute/ir.js";
import type { Memory, Space, Value } from "../../../compiler/loop/stmt.js";
import type { Ranges } from "../../../compiler/targets/range.js";

export interface Printer {
  readonly ranges: Ranges;
  local(name: string): string;
}

export const TYPES: Readonly<Record<Scalar, string>> = {
  f32: "float",
  i32: "int32_t",
  bool: "int",
};

/** `arena[x + 3].f` */
export function printElement({ dtype, space }: Memory, address: Value, printer: Printer): string {
  const memory = space === "arena" ? "arena" : "weights";
  const at = printValue(address, printer);
  if (bytesOf(dtype) !== 4) return narrowElement(dtype, space, memory, at);
  return `${memory}[${at}].${dtype === "f32" ? "f" : "i"}`;
}

function narrowElement(dtype: Storage, space: Space, memory: string, address: string): string {
  const as = space === "arena" ? "" : "const ";
  const at = (type: string): string => `((${as}${type} *)${memory})[${address}]`;
  switch (dtype) {
    case "i8":
      return at("int8_t");
    case "u8":
      return at("uint8_t");
    case "i16":
      return at("int16_t");
    case "bf16":
      return `number((int32_t)((uint32_t)${at("uint16_t")} << 16))`;
    case "f16":
      return `half(${at("uint16_t")})`;
    default:
      throw new Error(`elements of ${dtype} are not narrow`);
  }
}

export function printValue(value: Value, printer: Printer): string {
  const print = (inner: Value): string => printValue(inner, printer);
  switch (value.kind) {
    case "constant":
      return printConstant(value);
    case "register":
      return printer.local(value.name);
    case "load":
      return printElement(value.memory, value.address, printer);
    case "unary":
      return printUnary(value, print(value.operand));
    case "binary":
      return printBinary(value, print(value.left), print(value.right), printer);
    case "cast":
      return printCast(value.operand.dtype, value.dtype, print(value.operand));
    case "select":
    case "guard":
      return `(${print(value.condition)} ? ${print(value.then)} : ${print(value.otherwise)})`;
    case "splat":
    case "dot":
    case "build":
    case "shuffle":
    case "extract":
    case "mask":
    case "reduce":
      throw new Error(`portable C has no vectors to ${value.kind}`);
    default:
      return value satisfies never;
  }
}

function printConstant({ dtype, value }: Extract<Value, { kind: "constant" }>): string {
  if (dtype === "bool") return value === 0 ? "0" : "1";
  if (dtype === "i32") return value === -(2 ** 31) ? "INT32_MIN" : String(value);
  if (Number.isNaN(value)) return "NAN";
  if (!Number.isFinite(value)) return value > 0 ? "INFINITY" : "-INFINITY";
  const text = formatF32(Math.fround(value));
  return `${/[.e]/.test(text) ? text : `${text}.0`}f`;
}

const FLOAT_FUNCTIONS: Readonly<Record<string, string>> = {
  abs: "fabsf",
  sqrt: "sqrtf",
  floor: "floorf",
  ceil: "ceilf",
  trunc: "truncf",
  round: "rintf",
  bits: "bits",
};

function printUnary(value: Extract<Value, { kind: "unary" }>, text: string): string {
  const { op, operand } = value;
  if (op === "isnan") return `(isnan(${text}) != 0)`;
  if (op === "not") return `(${text} == 0)`;
  if (op === "float") return `number(${text})`;
  if (operand.dtype === "f32") {
    if (op === "neg") return `(- ${text})`;
    // Every operation here rounds to float.
    if (op === "fround") return text;
    const name = FLOAT_FUNCTIONS[op];
    if (name !== undefined) return `${name}(${text})`;
  } else {
    if (op === "neg") return `wrap(0u - (uint32_t)${text})`;
    if (op === "abs") return `(${text} < 0 ? wrap(0u - (uint32_t)${text}) : ${text})`;
  }
  throw new Error(`${op} is not a primitive: decompose comes before printing`);
}

const COMPARISONS: Readonly<Partial<Record<BinaryOp, string>>> = {
  eq: "==",
  ne: "!=",
  lt: "<",
  le: "<=",
  gt: ">",
  ge: ">=",
};
const ON_BOOLS: Readonly<Partial<Record<BinaryOp, string>>> = {
  ...COMPARISONS,
  and: "&",
  min: "&",
  or: "|",
  max: "|",
  xor: "^",
};
const ON_FLOATS: Readonly<Partial<Record<BinaryOp, string>>> = {
  ...COMPARISONS,
  add: "+",
  sub: "-",
  mul: "*",
  div: "/",
};
const ON_INTEGERS: Readonly<Partial<Record<BinaryOp, string>>> = {
  ...COMPARISONS,
  and: "&",
  or: "|",
  xor: "^",
};
const CALLS: Readonly<Record<"f32" | "i32", Readonly<Partial<Record<BinaryOp, string>>>>> = {
  f32: { min: "least", max: "most", rem: "fmodf" },
  i32: {
    min: "lesser",
    max: "greater",
    div: "quotient",
    rem: "rest",
    floordiv: "floored",
    mod: "modulo",
    sdot: "sdot",
    usdot: "usdot",
    dot16: "dot16",
  },
};

function printBinary(
  value: Extract<Value, { kind: "binary" }>,
  left: string,
  right: string,
  { ranges }: Printer,
): string {
  const { op } = value;
  const { dtype } = value.left;
  const operators = { bool: ON_BOOLS, f32: ON_FLOATS, i32: ON_INTEGERS }[dtype];
  const operator = operators[op];
  if (operator !== undefined) return `(${left} ${operator} ${right})`;
  const name = dtype === "bool" ? undefined : CALLS[dtype][op];
  if (name !== undefined) return `${name}(${left}, ${right})`;
  if (dtype === "i32") {
    if (op === "shr") return `(${left} >> (${right} & 31))`;
    if (op === "shl") return `wrap((uint32_t)${left} << (${right} & 31))`;
    const sum = { add: "+", sub: "-", mul: "*" }[op as string];
    if (sum !== undefined)
      return ranges.exact(value) === undefined
        ? `wrap((uint32_t)${left} ${sum} (uint32_t)${right})`
        : `(${left} ${sum} ${right})`;
  }
  throw new Error(`${op} is not a primitive: decompose comes before printing`);
}

function printCast(from: Scalar, to: Scalar, text: string): string {
  if (from === to) return text;
  if (to === "bool") return `(${text} != 0)`;
  if (to === "f32") return `(float)${text}`;
  return from === "f32" ? `saturate(${text})` : text;
}
