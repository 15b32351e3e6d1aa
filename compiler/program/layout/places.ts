/** Place arithmetic: a whole buffer's place, and the places of parts and views inside it. */
import type { Place } from "../../place/place.js";
import type { Boundary } from "../../compute/ir.js";
import type { View } from "../../ops/op.js";
import { elementCount, rowMajorStrides } from "../../base/tensor.js";

export type Margin = readonly (readonly [before: number, after: number])[];

/** A value of the given dims alone in a buffer, dims nested in `order` (outermost first), margins around. */
export function wholePlace(
  buffer: string,
  dims: readonly number[],
  order: readonly number[],
  margin?: Margin,
  fill?: Boundary,
): { readonly place: Place; readonly size: number } {
  const padded = dims.map((dim, d) => dim + (margin?.[d]?.[0] ?? 0) + (margin?.[d]?.[1] ?? 0));
  const strides = stridesInOrder(padded, order);
  const offset = strides.reduce((sum, stride, d) => sum + stride * (margin?.[d]?.[0] ?? 0), 0);
  const withMargin = margin !== undefined && fill !== undefined ? { margin, fill } : {};
  return { place: { buffer, offset, strides, ...withMargin }, size: elementCount(padded) };
}

/** Strides of dims nested in the given order: [1,64,56,56] in [0,2,3,1] => [200704,1,3584,64]. */
export function stridesInOrder(dims: readonly number[], order: readonly number[]): number[] {
  const nested = rowMajorStrides(order.map((d) => dims[d]!));
  const strides = new Array<number>(dims.length);
  order.forEach((d, i) => (strides[d] = nested[i]!));
  return strides;
}

/** [0,2,3,1]: channels innermost; row-major below rank 3. */
export function channelsLast(rank: number): number[] {
  const dims = Array.from({ length: rank }, (_, d) => d);
  return rank < 3 ? dims : [0, ...dims.slice(2), 1];
}

export function rowMajor(rank: number): number[] {
  return Array.from({ length: rank }, (_, d) => d);
}

/** The part of a concat that begins at `offset` along `axis`; the margin of other dims is its own too. */
export function partPlace(whole: Place, axis: number, offset: number): Place {
  return {
    ...whole,
    offset: whole.offset + offset * whole.strides[axis]!,
    ...(whole.margin === undefined
      ? {}
      : { margin: whole.margin.map((sides, d) => (d === axis ? [0, 0] : sides)) }),
  };
}

/** The place of a view, or undefined where strides do not merge (a reshape) or a margin lies between. */
export function viewPlace(
  from: Place,
  fromDims: readonly number[],
  dims: readonly number[],
  view: View,
): Place | undefined {
  switch (view.kind) {
    case "permute": {
      const pick = <T>(values: readonly T[]): T[] => view.permutation.map((d) => values[d]!);
      const margin = from.margin === undefined ? {} : { margin: pick(from.margin) };
      return { ...from, strides: pick(from.strides), ...margin };
    }
    case "slice": {
      const offset = view.starts.reduce(
        (sum, start, d) => sum + start * from.strides[d]!,
        from.offset,
      );
      const strides = from.strides.map((stride, d) => stride * view.steps[d]!);
      const whole = (d: number): boolean => fromDims[d] === dims[d] && view.steps[d] === 1;
      const margin =
        from.margin === undefined
          ? {}
          : {
              margin: from.margin.map((sides, d): readonly [number, number] =>
                whole(d) ? sides : [0, 0],
              ),
            };
      return { ...from, offset, strides, ...margin };
    }
    case "reshape": {
      const strides = reshapeStrides(fromDims, from.strides, dims);
      if (strides === undefined) return undefined;
      return { buffer: from.buffer, offset: from.offset, strides };
    }
    case "concat":
      return undefined;
    default:
      return view satisfies never;
  }
}

/**
 * Strides under new dims with the same row-major elements, where groups of dims agree: dims that merge
 * need stride[i] = stride[i+1] · dim[i+1]; dims of 1 are free.
 */
export function reshapeStrides(
  fromDims: readonly number[],
  fromStrides: readonly number[],
  dims: readonly number[],
): number[] | undefined {
  const from = fromDims
    .map((dim, d) => ({ dim, stride: fromStrides[d]! }))
    .filter(({ dim }) => dim !== 1);
  const strides = new Array<number>(dims.length).fill(0);
  let at = 0;
  for (let d = 0; d < dims.length;) {
    if (dims[d] === 1) {
      d++;
      continue;
    }
    let target = dims[d]!;
    let lastDim = d + 1;
    const first = from[at];
    if (first === undefined) return undefined;
    let source = first.dim;
    let lastFrom = at + 1;
    while (target !== source) {
      if (target < source) {
        if (lastDim >= dims.length) return undefined;
        target *= dims[lastDim++]!;
      } else {
        const next = from[lastFrom];
        if (next === undefined || from[lastFrom - 1]!.stride !== next.stride * next.dim)
          return undefined;
        source *= next.dim;
        lastFrom++;
      }
    }
    let stride = from[lastFrom - 1]!.stride;
    for (let i = lastDim - 1; i >= d; i--) {
      strides[i] = stride;
      stride *= dims[i]!;
    }
    d = lastDim;
    at = lastFrom;
  }
  return strides;
}
