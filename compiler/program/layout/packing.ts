/**
 * pack-constants: weights and tables as the loops read them, once for each (constant, layout). A layout has a name
 * that says all of it, so that models whose loops are alike can share packed weights.
 *
 *   w[oc, ic, kh, kw] under loops oc(8) kh kw ic   =>   "0/8 2 3 1 0%8": [oc/8][kh][kw][ic][8]
 */
import { scalarOf, type Compute, type Index } from "../../compute/ir.js";
import type { Constant } from "../../graph/definition.js";
import { canFuse } from "../../place/accesses.js";
import type { Place } from "../../place/place.js";
import { rowMajor, stridesInOrder, wholePlace } from "../../place/views.js";
import { tileOf, type Schedule } from "../../schedule/schedule.js";
import { elementCount, type TensorType } from "../../base/tensor.js";
import type { Buffer, PackedConstant, Program, ProgramKernel, ProgramState } from "../program.js";
import { constantsOf, dimKeys, loadIndices, NOWHERE, provisionalOrders } from "./schedules.js";

/** How a constant's dims nest, and which of them is in blocks, innermost. */
interface Packing {
  /** Outermost first; blocks of a dim stand where it does. */
  readonly order: readonly number[];
  readonly block?: { readonly dim: number; readonly size: number };
}

/** The Program with a place for every constant that a kernel reads, or that a state is at first. */
export function placeConstants(program: Program): Program {
  const buffers: Buffer[] = [...program.buffers];
  const packed = new Map<Constant | object, Map<string, PackedConstant>>();
  const place = (constant: Constant, source: object, packing: Packing): Place => {
    const layout = nameOf(packing, constant.type.dims);
    const known = packed.get(source) ?? new Map<string, PackedConstant>();
    packed.set(source, known);
    let found = known.get(layout);
    if (found === undefined) {
      const { dtype, dims } = constant.type;
      const whole = packedPlace(buffers.length, dims, packing);
      const { name } = constant;
      buffers.push({ name, dtype: scalarOf(dtype), size: whole.size, space: "constants" });
      found = { constant, layout, place: whole.place };
      known.set(layout, found);
    }
    return found.place;
  };
  const kernels = program.kernels.map((kernel) => {
    const places: Record<string, Place> = { ...kernel.places };
    const rough = provisionalOrders(kernel);
    for (const [source, type] of constantsOf(kernel.kernel)) {
      const packing = legalPacking(source, type, { ...kernel, places }, rough.get(source)!);
      const value = kernel.operands[source];
      const constant =
        value === undefined ? tableOf(kernel, source) : program.values[value]!.constant!;
      places[source] = place(constant, value === undefined ? constant.source : constant, packing);
    }
    return { ...kernel, places };
  });
  const states = program.states.map((state): ProgramState => {
    const { initial, type } = state;
    if (initial === undefined) return state;
    return {
      ...state,
      initialPlace: place(initial, initial, { order: rowMajor(type.dims.length) }),
    };
  });
  const constants = [...packed.values()].flatMap((layouts) => [...layouts.values()]);
  return { ...program, buffers, kernels, states, constants };
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
      canFuse(kernel.kernel, compute, places, axes),
    ),
  );
  return legal ? packing : { order: rough };
}

/** A table of a kernel's own as a constant. */
function tableOf({ kernel }: ProgramKernel, source: string): Constant {
  const { value } = kernel.constants.find(({ name }) => name === source)!;
  return { name: source, type: value.type, source: { kind: "data", data: value.data } };
}

/** "0/8 2 3 1 0%8": dims of 1 lie anywhere and are left out. */
function nameOf({ order, block }: Packing, dims: readonly number[]): string {
  const nested = order.filter((d) => dims[d] !== 1);
  if (block === undefined) return nested.join(" ");
  const { dim, size } = block;
  const others = nested.filter((d) => d !== dim);
  return [`${dim}/${size}`, ...others, `${dim}%${size}`].join(" ");
}

/**
 * Dims nested as the loops run, and the dim of a tiled output axis in blocks of the tile, innermost; as `rough` where
 * loops do not agree or nothing is reduced.
 */
function choosePacking(
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
function packedPlace(
  buffer: number,
  dims: readonly number[],
  { order, block }: Packing,
): { readonly place: Place; readonly size: number } {
  if (block === undefined) return wholePlace(buffer, dims, order);
  const { dim, size } = block;
  const inside = dims.map((extent, d) => (d === dim ? 1 : extent));
  const inner = stridesInOrder(inside, [dim, ...order.filter((d) => d !== dim)]);
  const stride = elementCount(inside) * size;
  const strides = inner.map((one, d) => (d === dim ? 1 : one * size));
  const place = { buffer, offset: 0, strides, block: { dim, size, stride } };
  return { place, size: Math.ceil(dims[dim]! / size) * stride };
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
