/** What each primitive means on numbers: shared by the interpreters, so that a meaning is written once. */
import type { BinaryOp, Combine, Scalar, UnaryOp } from "../compute/ir.js";

/** The function of a unary op on an operand of the given type, exact in f64 or as good as the engine's Math. */
export function unaryFunction(op: UnaryOp, dtype: Scalar): (x: number) => number {
  switch (op) {
    case "neg":
      return dtype === "i32" ? (x) => -x | 0 : (x) => -x;
    case "abs":
      return dtype === "i32" ? (x) => Math.abs(x) | 0 : Math.abs;
    case "sqrt":
    case "floor":
    case "ceil":
    case "trunc":
    case "fround":
    case "exp":
    case "expm1":
    case "log":
    case "log1p":
    case "tanh":
    case "sin":
    case "cos":
    case "tan":
    case "asin":
    case "acos":
    case "atan":
    case "sinh":
    case "cosh":
    case "asinh":
    case "acosh":
    case "atanh":
      return Math[op];
    case "erf":
      return erf;
    case "round":
      return roundHalfEven;
    case "not":
      return (x) => (x === 0 ? 1 : 0);
    case "isnan":
      return (x) => (x !== x ? 1 : 0);
    case "bits":
      return bitsOf;
    case "float":
      return floatOf;
    default:
      return op satisfies never;
  }
}

/** The function of a binary op on operands of the given type. */
export function binaryFunction(op: BinaryOp, dtype: Scalar): (a: number, b: number) => number {
  const integer = dtype !== "f32";
  switch (op) {
    case "add":
      return integer ? (a, b) => (a + b) | 0 : (a, b) => a + b;
    case "sub":
      return integer ? (a, b) => (a - b) | 0 : (a, b) => a - b;
    case "mul":
      return integer ? Math.imul : (a, b) => a * b;
    case "div":
      return integer ? (a, b) => (a / b) | 0 : (a, b) => a / b;
    case "floordiv":
      return (a, b) => Math.floor(a / b) | 0;
    case "mod":
      return (a, b) => (a - Math.floor(a / b) * b) | 0;
    case "rem":
      return integer ? (a, b) => (a % b) | 0 : (a, b) => a % b;
    case "min":
      return Math.min;
    case "max":
      return Math.max;
    case "pow":
      return pow;
    case "and":
      return (a, b) => a & b;
    case "or":
      return (a, b) => a | b;
    case "xor":
      return (a, b) => a ^ b;
    case "shl":
      return (a, b) => a << b;
    case "shr":
      return (a, b) => a >> b;
    case "sdot":
      return (a, b) => bytesDot(a, b, 24);
    case "usdot":
      return (a, b) => bytesDot(a, b, 0);
    case "dot16":
      return (a, b) => (((a << 16) >> 16) * ((b << 16) >> 16) + (a >> 16) * (b >> 16)) | 0;
    case "eq":
      return (a, b) => (a === b ? 1 : 0);
    case "ne":
      return (a, b) => (a !== b ? 1 : 0);
    case "lt":
      return (a, b) => (a < b ? 1 : 0);
    case "le":
      return (a, b) => (a <= b ? 1 : 0);
    case "gt":
      return (a, b) => (a > b ? 1 : 0);
    case "ge":
      return (a, b) => (a >= b ? 1 : 0);
    default:
      return op satisfies never;
  }
}

/** How a reduction joins two values. */
export function combineFunction(combine: Combine, dtype: Scalar): (a: number, b: number) => number {
  switch (combine) {
    case "sum":
      return binaryFunction("add", dtype);
    case "prod":
      return binaryFunction("mul", dtype);
    case "min":
    case "max":
      return binaryFunction(combine, dtype);
    default:
      return combine satisfies never;
  }
}

/** Rounds to the nearest integer, ties to the even one; keeps the sign of zero. */
export function roundHalfEven(x: number): number {
  const low = Math.floor(x);
  const rest = x - low;
  if (rest < 0.5) return x < 0 && low === 0 ? -0 : low;
  if (rest > 0.5) return x < 0 && low === -1 ? -0 : low + 1;
  if (low % 2 === 0) return low === 0 && x < 0 ? -0 : low;
  return low === -1 ? -0 : low + 1;
}

/** Σ of the products of four bytes; those of `b` have a sign where their upper bits are shifted out and in again. */
function bytesDot(a: number, b: number, signed: 24 | 0): number {
  const product = (byte: number): number => {
    const [left, right] = [a >> (8 * byte), (b >> (8 * byte)) & 255];
    return ((left << 24) >> 24) * ((right << signed) >> signed);
  };
  return product(0) + product(1) + product(2) + product(3);
}

/** C's pow: unlike Math.pow, 1 to any power is 1, NaN included, and −1 to an infinite power is 1. */
function pow(a: number, b: number): number {
  return a === 1 || (a === -1 && Math.abs(b) === Infinity) ? 1 : Math.pow(a, b);
}

const scratch = new DataView(new ArrayBuffer(4));

function bitsOf(x: number): number {
  scratch.setFloat32(0, x);
  return scratch.getInt32(0);
}

function floatOf(pattern: number): number {
  scratch.setInt32(0, pattern);
  return scratch.getFloat32(0);
}

/** erf(x) = 2/√π · e^(−x²) · Σ 2ⁿ x^(2n+1) / (2n+1)!! (Abramowitz & Stegun 7.1.6): all terms have one sign. */
function erf(x: number): number {
  if (Number.isNaN(x)) return x;
  if (Math.abs(x) > 6) return Math.sign(x);
  let term = x;
  let sum = x;
  for (let n = 1; n < 200 && Math.abs(term) > 1e-18 * Math.abs(sum); n++) {
    term *= (2 * x * x) / (2 * n + 1);
    sum += term;
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
}

/** Truncates to an i32 like wasm's trunc_sat: NaN is 0. */
export function saturate(value: number): number {
  if (Number.isNaN(value)) return 0;
  return Math.min(2 ** 31 - 1, Math.max(-(2 ** 31), Math.trunc(value))) | 0;
}
