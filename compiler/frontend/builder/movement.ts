/** Functions of values that move elements: joining, cutting, shapes, gathering and padding. */
import { splitParts } from "../../ops/slice.js";
import { record, type Value } from "./value.js";

/** Joins values along a dim: their channel counts add up, so the result's is not known to TypeScript. */
export function cat(values: readonly Value[], dim = 1): Value<never> {
  return record(values[0]!, "concat", values, { axis: dim });
}

/** Parts of the given sizes along a dim. */
export function split(x: Value, sizes: readonly number[], dim = 0): readonly Value<never>[] {
  return splitParts(sizes).map((part) => record(x, "split", [x], { axis: dim, ...part }));
}

/** `chunks` equal parts along a dim. */
export function chunk(x: Value, chunks: number, dim = 0): readonly Value<never>[] {
  return Array.from({ length: chunks }, (_, index) =>
    record(x, "split", [x], { axis: dim, parts: chunks, index }),
  );
}

export function slice(
  x: Value,
  options: {
    readonly starts: readonly number[];
    readonly ends: readonly number[];
    readonly axes?: readonly number[];
    readonly steps?: readonly number[];
  },
): Value<never> {
  return record(x, "slice", [x], { ...options });
}

/** -1 is what is left over, 0 keeps a dim. */
export function reshape(x: Value, shape: readonly number[]): Value<never> {
  return record(x, "reshape", [x], { shape });
}

export function permute(x: Value, dims: readonly number[]): Value<never> {
  return record(x, "transpose", [x], { permutation: dims });
}

export function squeeze(x: Value, dims?: readonly number[]): Value<never> {
  return record(x, "squeeze", [x], { axes: dims });
}

export function unsqueeze(x: Value, dims: readonly number[]): Value<never> {
  return record(x, "unsqueeze", [x], { axes: dims });
}

export function expand(x: Value, shape: readonly number[]): Value<never> {
  return record(x, "expand", [x], { shape });
}

export function tile(x: Value, repeats: readonly number[]): Value<never> {
  return record(x, "tile", [x], { repeats });
}

export function gather(x: Value, indices: Value, dim = 0): Value<never> {
  return record(x, "gather", [x, indices], { axis: dim });
}

/** torch.take_along_dim: x's elements along a dim, chosen by as many indices as there are outputs. */
export function takeAlongDim(x: Value, indices: Value, dim: number): Value<never> {
  return record(x, "gatherElements", [x, indices], { axis: dim });
}

/** Pads ONNX's way: [begins…, ends…] over all dims. */
export function pad<C extends number>(
  x: Value<C>,
  pads: readonly number[],
  options: {
    readonly mode?: "constant" | "reflect" | "replicate" | "circular";
    readonly value?: number;
  } = {},
): Value<never> {
  return record(x, "pad", [x], { pads, mode: options.mode, value: options.value });
}
