/** Arithmetic of scales and zero points: where the file has them as constants, done while it is read. */
import { elementCount, tensor, type Tensor } from "../../../base/tensor.js";
import { layer, type Site, type Value } from "../importSite.js";
import { castTo } from "./pointwise.js";

/** More of them are left to folding, which has a budget: many nodes may share them. */
const MOST_CHANNELS = 4096;

function isTensor(value: Value): value is Tensor {
  return typeof value === "object" && "data" in value;
}

/** An input in other dims that hold as many elements. */
export function viewed(site: Site, input: number, dims: readonly number[]): Value {
  const count = elementCount(dims);
  const constant = count > MOST_CHANNELS ? undefined : site.constant(input);
  if (constant?.data.length === count) return { ...constant, type: { ...constant.type, dims } };
  const operand = site.inputs[input]!;
  const { dims: own } = site.constantType(input) ?? site.type(input);
  if (own.length === 0 && dims.length === 0) return operand;
  return layer("reshape", [operand, tensor("i64", [dims.length], dims)]);
}

/** Zero points as another type, which holds them all. */
export function widened(to: "f32" | "i32", value: Value): Value {
  if (!isTensor(value)) return castTo(to, value);
  return tensor(to, value.type.dims, Array.from<number | bigint, number>(value.data, Number));
}

/** x without or with a zero point of its own type; one of zeros changes nothing. */
export function shifted(op: "add" | "sub", x: Value, zero: Value | undefined): Value {
  if (zero === undefined || (isTensor(zero) && zero.data.every((one) => Number(one) === 0)))
    return x;
  return layer(op, [x, zero]);
}

/** A product or quotient of scales, of which at most one is more than one number; each step rounded to f32. */
export function scaled(op: "mul" | "div", a: Value, b: Value): Value {
  const known = [a, b].every((value) => isTensor(value) && value.type.dtype === "f32");
  const [left, right] = [a, b] as [Tensor, Tensor];
  if (!known || Math.min(left.data.length, right.data.length) !== 1) return layer(op, [a, b]);
  const { dims } = left.data.length === 1 ? right.type : left.type;
  const count = Math.max(left.data.length, right.data.length);
  const of = ({ data }: Tensor, i: number): number => Number(data[data.length === 1 ? 0 : i]);
  const joined = (i: number): number =>
    op === "mul" ? of(left, i) * of(right, i) : of(left, i) / of(right, i);
  return tensor(
    "f32",
    dims,
    Array.from({ length: count }, (_, i) => joined(i)),
  );
}
