/** Numbers as texts and as elements: the shortest decimals that read back as the same value; ranges of integers. */
import { elementOf, FLOATS, newData, type DType, type Tensor, type TensorData } from "./tensor.js";

/** The shortest decimal that reads back as this f64. */
export function formatNumber(value: number): string {
  if (Number.isNaN(value)) return "nan";
  if (value === Infinity) return "inf";
  if (value === -Infinity) return "-inf";
  return Object.is(value, -0) ? "-0" : String(value);
}

/** The shortest decimal that rounds to this f32: 0.10000000149011612 => 0.1 */
export function formatF32(value: number): string {
  if (!Number.isFinite(value) || value === 0) return formatNumber(value);
  for (let digits = 1; digits < 9; digits++) {
    const short = Number(value.toPrecision(digits));
    if (Object.is(Math.fround(short), value)) return formatNumber(short);
  }
  return formatNumber(Number(value.toPrecision(9)));
}

/** One element of a tensor. */
export function formatElement(data: TensorData, at: number): string {
  const value = data[at]!;
  if (typeof value === "bigint") return value.toString();
  return data instanceof Float32Array ? formatF32(value) : formatNumber(value);
}

/** What a number token means: inf, -inf, nan or a decimal. */
export function parseNumber(text: string): number {
  switch (text) {
    case "nan":
      return NaN;
    case "inf":
      return Infinity;
    case "-inf":
      return -Infinity;
    default:
      return Number(text);
  }
}

type Integer = Exclude<DType, "f32" | "f64" | "f16" | "bf16">;

const RANGES: Readonly<Record<Integer, readonly [bigint, bigint]>> = {
  i64: [-(2n ** 63n), 2n ** 63n - 1n],
  i32: [-(2n ** 31n), 2n ** 31n - 1n],
  i8: [-128n, 127n],
  u8: [0n, 255n],
  i16: [-32768n, 32767n],
  u16: [0n, 65535n],
  i4: [-8n, 7n],
  u4: [0n, 15n],
  bool: [0n, 1n],
};

function isFloat(dtype: DType): dtype is Exclude<DType, Integer> {
  return FLOATS.has(dtype);
}

/** The numbers that an integer type has, from the least to the greatest; undefined of a float. */
export function rangeOf(dtype: DType): readonly [bigint, bigint] | undefined {
  return isFloat(dtype) ? undefined : RANGES[dtype];
}

/** The scalar of an element type that is nearest to a number, which is a whole one unless the type is a float. */
export function nearestScalar(dtype: DType, value: number): Tensor {
  const data = newData(dtype, 1);
  if (isFloat(dtype)) data[0] = elementOf(dtype, value);
  else {
    const [low, high] = RANGES[dtype];
    const whole = BigInt(value);
    const near = whole < low ? low : whole > high ? high : whole;
    data[0] = data instanceof BigInt64Array ? near : Number(near);
  }
  return { type: { dtype, dims: [] }, data };
}

/** Writes the element that `text` denotes; false where the dtype does not have it. */
export function parseElement(dtype: DType, text: string, data: TensorData, at: number): boolean {
  if (isFloat(dtype)) {
    data[at] = elementOf(dtype, parseNumber(text));
    return true;
  }
  if (!/^-?[0-9]{1,20}$/.test(text)) return false;
  const value = BigInt(text);
  const [low, high] = RANGES[dtype];
  if (value < low || value > high) return false;
  if (data instanceof BigInt64Array) data[at] = value;
  else data[at] = Number(value);
  return true;
}
