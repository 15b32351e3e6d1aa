/** How far a tensor is from the one that is right. */
import { FLOATS, formatType, sameDims, type Tensor } from "../base/tensor.js";

/** An element may differ by atol + rtol · |expected|. */
export interface Tolerance {
  readonly rtol: number;
  readonly atol: number;
}

/** What ONNX's own test runner allows. */
export const ONNX_TOLERANCE: Tolerance = { rtol: 1e-3, atol: 1e-7 };

export interface Comparison {
  /** The largest |actual − expected|; Infinity where one is NaN or infinite and the other is not. */
  readonly maxError: number;
  /** Why they are not the same, with the first element that differs too much. */
  readonly reason?: string;
}

/** Compares types, then elements; floats within the tolerance, everything else exactly. */
export function compareTensors(
  name: string,
  actual: Tensor,
  expected: Tensor,
  { rtol, atol }: Tolerance = ONNX_TOLERANCE,
): Comparison {
  const types = `${formatType(actual.type)}, expected ${formatType(expected.type)}`;
  if (
    actual.type.dtype !== expected.type.dtype ||
    !sameDims(actual.type.dims, expected.type.dims)
  ) {
    return { maxError: Infinity, reason: `'${name}' is ${types}` };
  }
  const exact = !FLOATS.has(expected.type.dtype);
  let maxError = 0;
  let reason: string | undefined;
  for (let i = 0; i < expected.data.length; i++) {
    const [got, want] = [Number(actual.data[i]), Number(expected.data[i])];
    const error = difference(got, want);
    if (error > maxError) maxError = error;
    if (reason !== undefined || error === 0) continue;
    if (!exact && error <= atol + rtol * Math.abs(want)) continue;
    reason = `'${name}'[${indexOf(i, expected.type.dims).join(",")}] is ${got}, expected ${want}`;
  }
  return reason === undefined ? { maxError } : { maxError, reason };
}

/** |got − want|; Infinity where they are not numbers of one kind. */
export function difference(got: number, want: number): number {
  if (Object.is(got, want) || got === want) return 0;
  const error = Math.abs(got - want);
  return Number.isNaN(error) ? Infinity : error;
}

/** The indices of the element at a row-major position. */
export function indexOf(flat: number, dims: readonly number[]): number[] {
  const index: number[] = [];
  let rest = flat;
  for (const dim of [...dims].reverse()) {
    index.unshift(rest % dim);
    rest = Math.floor(rest / dim);
  }
  return index;
}
