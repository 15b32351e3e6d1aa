/**
 * How a constant lies, so that loops read it in order: dims nested as they run, and the dim of a tiled output axis in
 * blocks of the tile. A layout has a name that says all of it.
 *
 *   w[oc, ic, kh, kw] under loops oc(8) kh kw ic   =>   "0/8 2 3 1 0%8": [oc/8][kh][kw][ic][8]
 */
import type { Compute, Index, Kernel } from "../../compute/ir.js";
import { sameIndex } from "../../compute/walk.js";
import type { Place } from "../../place/place.js";
import { canMerge } from "../../place/accesses.js";
import { rowMajor, stridesInOrder, wholePlace } from "../../place/views.js";
import { tileOf, type Schedule } from "../../schedule/schedule.js";
import { elementCount, sameDims, type TensorType } from "../../base/tensor.js";
import type { ProgramKernel } from "../program.js";
import { dimKeys, loadIndices, NOWHERE } from "./schedules.js";

/** How a constant's dims nest, and which of them is in blocks, innermost. */
export interface Packing {
  /** Outermost first; blocks of a dim stand where it does. */
  readonly order: readonly number[];
  readonly block?: { readonly dim: number; readonly size: number };
}

/** "0/8 2 3 1 0%8": dims of 1 lie anywhere and are left out. */
export function nameOf({ order, block }: Packing, dims: readonly number[]): string {
  const nested = order.filter((d) => dims[d] !== 1);
  if (block === undefined) return nested.join(" ");
  const { dim, size } = block;
  return [...nested.map((d) => (d === dim ? `${dim}/${size}` : d)), `${dim}%${size}`].join(" ");
}

/**
 * Dims nested as the loops run, and the dim of a tiled output axis in blocks of the tile, innermost; as `rough` where
 * loops do not agree or nothing is reduced.
 */
export function choosePacking(
  source: string,
  type: TensorType,
  { kernel, schedules }: ProgramKernel,
  rough: readonly number[],
): Packing {
  const readers = kernel.computes
    .map((compute, i) => ({ compute, schedule: schedules[i]! }))
    .filter(({ compute }) => loadIndices(source, [compute]).length > 0);
  const [first] = readers;
  if (first === undefined || first.compute.reduce.length === 0 || type.dims.length < 2)
    return { order: rough };
  const reads = readers.flatMap((reader) =>
    loadIndices(source, [reader.compute]).map((index) => ({ ...reader, index })),
  );
  const opaque = reads.some(({ index }) =>
    index.some((one) => one.terms.some(({ of }) => typeof of !== "string")),
  );
  if (opaque) return { order: rough };
  // Lanes along several axes that are one want them as the schedule found them.
  if (first.schedule.dots === true && first.schedule.fuse?.[laneAxis(first.schedule) ?? ""])
    return { order: rough };
  const keys = dimKeys(source, type.dims, [first.compute], (axis) =>
    first.schedule.order.indexOf(axis),
  );
  const order = rowMajor(type.dims.length).sort((a, b) => keys[a]! - keys[b]! || a - b);
  const [block, ...others] = reads.map((read) => blockedDim(read, type.dims));
  const agreed = others.every((one) => one?.dim === block?.dim && one?.size === block?.size);
  if (block !== undefined && agreed) return { order, block };
  if (reads.length > 1 && !agreed) return { order: rough };
  const lanes = laneDim(reads[0]!);
  return { order: lanes < 0 ? order : [...order.filter((d) => d !== lanes), lanes] };
}

/** A constant alone in a buffer, the last block filled up. */
export function packedPlace(
  buffer: number,
  dims: readonly number[],
  { order, block }: Packing,
): { readonly place: Place; readonly size: number } {
  if (block === undefined) return wholePlace(buffer, dims, order);
  const { dim, size } = block;
  const blocks = dims.map((extent, d) => (d === dim ? Math.ceil(extent / size) : extent));
  const outside = stridesInOrder(blocks, order).map((stride) => stride * size);
  const strides = outside.with(dim, 1);
  const place = { buffer, offset: 0, strides, block: { dim, size, stride: outside[dim]! } };
  return { place, size: elementCount(blocks) * size };
}

interface Read {
  readonly index: readonly Index[];
  readonly compute: Compute;
  readonly schedule: Schedule;
}

/**
 * The dim that one whole tiled output axis indexes; the axis of vector lanes comes before others. Lanes of a
 * reduction want neighbours of their own, which blocks of outputs would take from them.
 */
function blockedDim(
  read: Read,
  dims: readonly number[],
): { readonly dim: number; readonly size: number } | undefined {
  const { index, compute, schedule } = read;
  const lanes = laneAxis(schedule);
  if (compute.reduce.some(({ name }) => name === lanes) && laneDim(read) >= 0) return undefined;
  const axes = [...compute.axes].sort(
    (a, b) => Number(b.name === lanes) - Number(a.name === lanes),
  );
  for (const axis of axes) {
    const size = tileOf(schedule, axis.name);
    if (size <= 1) continue;
    const dim = index.findIndex(
      ({ terms, constant }, d) =>
        constant === 0 &&
        terms.length === 1 &&
        terms[0]!.of === axis.name &&
        terms[0]!.coefficient === 1 &&
        dims[d] === axis.extent,
    );
    if (dim >= 0) return { dim, size };
  }
  return undefined;
}

function laneAxis({ split }: Schedule): string | undefined {
  return Object.keys(split).find((axis) => split[axis]!.some(({ kind }) => kind === "vector"));
}

/** The dim along which neighbouring lanes read neighbouring elements, or −1. */
function laneDim({ index, schedule }: Read): number {
  const lanes = laneAxis(schedule);
  return index.findIndex(({ terms }) =>
    terms.some(({ of, coefficient }) => of === lanes && coefficient === 1),
  );
}

/** Whether a kernel of maps reads each element of a source of these dims where it writes the one at the same indices. */
export function samePacking(source: string, dims: readonly number[], kernel: Kernel): boolean {
  const [compute, ...more] = kernel.computes;
  if (compute === undefined || more.length > 0 || !sameDims(dims, kernel.output.dims)) return false;
  return loadIndices(source, [compute]).every((index) =>
    index.every((one, d) => dims[d] === 1 || sameIndex(one, compute.index[d]!)),
  );
}

/**
 * What a kernel can write: blocks only of a dim that is one whole axis of each of its Computes, cut as its loops are;
 * `rough` otherwise.
 */
export function writablePacking(
  packing: Packing,
  { output, computes }: Kernel,
  rough: readonly number[],
): Packing {
  const { block } = packing;
  if (block === undefined) return packing;
  const extent = output.dims[block.dim]!;
  const whole = computes.every(({ target, axes, index }) => {
    const { terms, constant } = index[block.dim] ?? { terms: [], constant: 0 };
    const isAxis = axes.some(({ name, extent: e }) => name === terms[0]?.of && e === extent);
    const one = constant === 0 && terms.length === 1 && terms[0]!.coefficient === 1;
    return target !== "out" || (one && isAxis);
  });
  return whole || extent <= block.size ? packing : { order: rough };
}

/** As the loops read it, unless they run axes as one that would then lie apart: they were chosen for `rough`. */
function legalPacking(
  source: string,
  type: TensorType,
  kernel: ProgramKernel,
  rough: readonly number[],
): Packing {
  const packing = choosePacking(source, type, kernel, rough);
  const { place } = packedPlace(NOWHERE, type.dims, packing);
  const places = { ...kernel.places, [source]: place };
  const legal = kernel.kernel.computes.every((compute, i) =>
    Object.values(kernel.schedules[i]!.fuse ?? {}).every((axes) =>
      canMerge(kernel.kernel, compute, places, axes, source),
    ),
  );
  return legal ? packing : { order: rough };
}

/** In blocks only where all forms that read it want the same: one of them may have lanes where another has a pair. */
export function packingFor(
  forms: readonly ProgramKernel[],
  source: string,
  type: TensorType,
  places: Record<string, Place>,
  order: readonly number[],
): Packing {
  const readers = forms.filter(({ kernel }) => loadIndices(source, kernel.computes).length > 0);
  const [first, ...others] = readers.map((form) =>
    legalPacking(source, type, { ...form, places }, order),
  );
  const isSame = (one: Packing): boolean => nameOf(one, type.dims) === nameOf(first!, type.dims);
  return first !== undefined && others.every(isSame) ? first : { order };
}
