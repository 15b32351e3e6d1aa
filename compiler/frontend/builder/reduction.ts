/** Functions of values that reduce along dims, or say where the least and greatest are. */
import { takeAlongDim } from "./movement.js";
import { checkOptions } from "./options.js";
import { record, type Value } from "./value.js";

interface ReduceOptions {
  /** All dims by default. */
  readonly dim?: number | readonly number[];
  /** False by default, as in PyTorch. */
  readonly keepdim?: boolean;
}

function reduction(op: string): (x: Value, options?: ReduceOptions) => Value<never> {
  return (x, { dim, keepdim = false } = {}) =>
    record(x, op, [x], { axes: typeof dim === "number" ? [dim] : dim, keepDims: keepdim });
}

export const mean = reduction("reduceMean");
export const sum = reduction("reduceSum");
export const amax = reduction("reduceMax");
export const amin = reduction("reduceMin");
export const prod = reduction("reduceProd");
export const logsumexp = reduction("reduceLogSumExp");

export function argmax(x: Value, dim: number, keepdim = false): Value<never> {
  return record(x, "argMax", [x], { axis: dim, keepDims: keepdim });
}

export function argmin(x: Value, dim: number, keepdim = false): Value<never> {
  return record(x, "argMin", [x], { axis: dim, keepDims: keepdim });
}

export function cumsum(x: Value, dim: number): Value<never> {
  return record(x, "cumSum", [x], { axis: dim });
}

/** The k largest (or smallest) elements along a dim, in order, and where they are. */
export function topk(
  x: Value,
  k: number,
  options: { readonly dim?: number; readonly largest?: boolean } = {},
): { readonly values: Value<never>; readonly indices: Value<never> } {
  checkOptions(options, { dim: "optional", largest: "optional" });
  const { dim = -1, largest } = options;
  const indices = record<never>(x, "topKIndices", [x], { k, axis: dim, largest });
  return { values: takeAlongDim(x, indices, dim), indices };
}
