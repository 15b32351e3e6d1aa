/** Place arithmetic: a whole buffer's place, and the places of parts and views inside it. */
import { elementCount, rowMajorStrides } from "../base/tensor.js";
import type { View } from "../compute/view.js";
import type { Margin, Place } from "./place.js";

/** A value of the given dims alone in a buffer, dims nested in `order` (outermost first), with room around. */
export function wholePlace(
  buffer: number,
  dims: readonly number[],
  order: readonly number[],
  margin?: Margin,
): { readonly place: Place; readonly size: number } {
  const padded = paddedDims(dims, margin);
  const strides = stridesInOrder(padded, order);
  const offset = strides.reduce((sum, stride, d) => sum + stride * (margin?.[d]?.[0] ?? 0), 0);
  return { place: { buffer, offset, strides }, size: elementCount(padded) };
}

/** Dims with what lies around them. */
export function paddedDims(dims: readonly number[], margin: Margin | undefined): number[] {
  return dims.map((dim, d) => dim + (margin?.[d]?.[0] ?? 0) + (margin?.[d]?.[1] ?? 0));
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

export function isRowMajor(order: readonly number[]): boolean {
  return order.every((d, i) => d === i);
}

/** The part of a concat that begins at `offset` along `axis`. */
export function partPlace(whole: Place, axis: number, offset: number): Place {
  return { ...whole, offset: whole.offset + offset * whole.strides[axis]! };
}

/** The place of a view, or undefined where strides do not merge (a reshape). */
export function viewPlace(
  from: Place,
  fromDims: readonly number[],
  dims: readonly number[],
  view: View,
): Place | undefined {
  switch (view.kind) {
    case "permute":
      return { ...from, strides: view.permutation.map((d) => from.strides[d]!) };
    case "slice": {
      const { starts, steps } = view;
      const moved = starts.reduce((sum, start, d) => sum + start * from.strides[d]!, 0);
      const strides = from.strides.map((stride, d) => stride * steps[d]!);
      return { ...from, offset: from.offset + moved, strides };
    }
    case "reshape": {
      const strides = reshapeStrides(fromDims, from.strides, dims);
      return strides === undefined ? undefined : { ...from, strides };
    }
    case "concat":
      return undefined;
    default:
      return view satisfies never;
  }
}

/** What lies around a view where its whole has a margin; a side that the view cuts has none. */
export function viewMargin(
  margin: Margin,
  fromDims: readonly number[],
  dims: readonly number[],
  view: View,
): Margin | undefined {
  switch (view.kind) {
    case "permute":
      return view.permutation.map((d) => margin[d]!);
    case "slice":
      return margin.map((sides, d) =>
        fromDims[d] === dims[d] && view.steps[d] === 1 ? sides : [0, 0],
      );
    case "reshape":
    case "concat":
      return undefined;
    default:
      return view satisfies never;
  }
}

/** What lies around a part of a concat: nothing along the axis. */
export function partMargin(margin: Margin, axis: number): Margin {
  return margin.map((sides, d) => (d === axis ? [0, 0] : sides));
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
