/** Packs constants for the loops that read them, once for each (constant, place), and fixes the schedules. */
import type { Operand } from "../../graph/definition.js";
import type { Compute, Index, Kernel } from "../../compute/ir.js";
import { scalarOf } from "../../compute/ir.js";
import type { Place } from "../../place/place.js";
import { tileOf, type Schedule } from "../../schedule/schedule.js";
import { allLoads } from "../../compute/loads.js";
import type { LayoutChoices } from "./choices.js";
import { elementCount, type TensorType } from "../../base/tensor.js";
import type { Buffer, PackedConstant, Program, ProgramKernel } from "../program.js";
import { rowMajor, stridesInOrder, wholePlace } from "./places.js";

/** Chooses every kernel's schedules and then the place of each constant it reads. */
export function placeConstants(program: Program, target: LayoutChoices): Program {
  const buffers: Buffer[] = [...program.buffers];
  const packed = new Map<string, PackedConstant>();
  const byName = new Map(program.constants.map(({ constant }) => [`@${constant.name}`, constant]));
  const kernels = program.kernels.map((kernel) => {
    const tables = kernel.kernel.constants.map(({ name, value }) => ({
      name,
      type: value.type,
      data: value.data,
    }));
    const named = kernel.kernel.inputs.filter(({ name }) => byName.has(name as Operand));
    const rough = provisionalPlaces(kernel, [...named, ...tables]);
    const schedules = kernel.kernel.computes.map((compute) =>
      target.schedule(compute, kernel.kernel, rough),
    );
    const places: Record<string, Place> = { ...kernel.places };
    const keep = (name: string, type: TensorType, constant: PackedConstant["constant"]): void => {
      const place = packedPlace(name, type, kernel.kernel, schedules, rough[name]!);
      const key = JSON.stringify([constant.name, place.strides, place.block]);
      const known = packed.get(key);
      if (known === undefined) {
        const buffer = `@${constant.name}#${packed.size}`;
        const size = packedSize(type.dims, place);
        buffers.push({ name: buffer, dtype: scalarOf(type.dtype), size, space: "constants" });
        packed.set(key, { constant, place: { ...place, buffer } });
      }
      places[name] = packed.get(key)!.place;
    };
    for (const { name, type } of named) keep(name, type, byName.get(name as Operand)!);
    for (const { name, type, data } of tables) {
      keep(name, type, { name, type, source: { kind: "data", data } });
    }
    return { ...kernel, schedules, places };
  });
  return { ...program, kernels, buffers, constants: [...packed.values()] };
}

/** Constants nested like the memory the kernel writes, so that a schedule can see which axes could merge. */
function provisionalPlaces(
  kernel: ProgramKernel,
  constants: readonly { readonly name: string; readonly type: TensorType }[],
): Record<string, Place> {
  const places: Record<string, Place> = { ...kernel.places };
  const { out } = kernel.places;
  for (const { name, type } of constants) {
    const strideOfAxis = new Map<string, number>();
    for (const compute of kernel.kernel.computes) {
      if (compute.target !== "out") continue;
      compute.index.forEach((index, d) => {
        for (const { of } of index.terms)
          if (typeof of === "string") strideOfAxis.set(of, out!.strides[d]!);
      });
    }
    const weight = dimKeys(
      name,
      type.dims,
      kernel.kernel.computes,
      (axis) => strideOfAxis.get(axis) ?? 0,
    );
    const order = rowMajor(type.dims.length).sort((a, b) => weight[b]! - weight[a]! || a - b);
    places[name] = wholePlace(name, type.dims, order).place;
  }
  return places;
}

/** For each dim the key of the axis that indexes it (the largest where loads differ). */
function dimKeys(
  source: string,
  dims: readonly number[],
  computes: readonly Compute[],
  key: (axis: string) => number,
): number[] {
  const keys = new Array<number>(dims.length).fill(-1);
  for (const index of loadIndices(source, computes)) {
    index.forEach((one, d) => {
      for (const { of } of one.terms)
        if (typeof of === "string") keys[d] = Math.max(keys[d]!, key(of));
    });
  }
  return keys;
}

function loadIndices(source: string, computes: readonly Compute[]): (readonly Index[])[] {
  return computes.flatMap((compute) =>
    allLoads(compute).flatMap((load) =>
      load.kind === "load" && load.source === source ? [load.index] : [],
    ),
  );
}

/**
 * Dims nested as the loops run, and the dim of a tiled output axis in blocks of the tile, innermost:
 *
 *   w[oc, ic, kh, kw] under loops oc(8) kh kw ic  =>  [oc/8][kh][kw][ic][8]
 */
function packedPlace(
  source: string,
  type: TensorType,
  kernel: Kernel,
  schedules: readonly Schedule[],
  rough: Place,
): Place {
  const readers = kernel.computes
    .map((compute, i) => ({ compute, schedule: schedules[i]! }))
    .filter(({ compute }) => loadIndices(source, [compute]).length > 0);
  const [first] = readers;
  if (first === undefined || first.compute.reduce.length === 0 || type.dims.length < 2)
    return rough;
  const reads = readers.flatMap((reader) =>
    loadIndices(source, [reader.compute]).map((index) => ({ ...reader, index })),
  );
  const opaque = reads.some(({ index }) =>
    index.some((one) => one.terms.some(({ of }) => typeof of !== "string")),
  );
  if (opaque) return rough;
  const keys = dimKeys(source, type.dims, [first.compute], (axis) =>
    first.schedule.order.indexOf(axis),
  );
  const order = rowMajor(type.dims.length).sort((a, b) => keys[a]! - keys[b]! || a - b);
  const [block, ...others] = reads.map((read) => blockedDim(read, type.dims));
  const agreed = others.every((one) => one?.dim === block?.dim && one?.size === block?.size);
  if (block !== undefined && agreed) return blockedPlace(source, type.dims, order, block);
  if (reads.length > 1 && !agreed) return rough;
  const lanes = laneDim(reads[0]!);
  const inner = lanes < 0 ? order : [...order.filter((d) => d !== lanes), lanes];
  return wholePlace(source, type.dims, inner).place;
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

function blockedPlace(
  source: string,
  dims: readonly number[],
  order: readonly number[],
  { dim, size }: { readonly dim: number; readonly size: number },
): Place {
  const inside = dims.map((extent, d) => (d === dim ? 1 : extent));
  const others = order.filter((d) => d !== dim);
  const inner = stridesInOrder(inside, [dim, ...others]);
  const stride = elementCount(inside) * size;
  const strides = inner.map((one, d) => (d === dim ? 1 : one * size));
  return { buffer: source, offset: 0, strides, block: { dim, size, stride } };
}

/** Elements that a packed constant takes, the last block filled up. */
export function packedSize(dims: readonly number[], place: Place): number {
  if (place.block === undefined) return elementCount(dims);
  const { dim, size, stride } = place.block;
  return Math.ceil(dims[dim]! / size) * stride;
}
