/** Packs constants for the loops that read them, once for each (constant, place), and fixes the schedules. */
import type { Operand } from "../../graph/definition.js";
import type { Compute, Index, Kernel } from "../../kernel/ir.js";
import { scalarOf } from "../../kernel/ir.js";
import type { Place } from "../../kernel/place.js";
import { tileOf, type Schedule } from "../../kernel/schedule.js";
import { allLoads } from "../../kernel/lower/index.js";
import type { LayoutChoices } from "../../targets/target.js";
import { elementCount, type TensorType } from "../../tensor.js";
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
  if (readers.length > 1 || loadIndices(source, [first.compute]).length > 1) return rough;
  const { compute, schedule } = first;
  const [index] = loadIndices(source, [compute]);
  if (index!.some((one) => one.terms.some(({ of }) => typeof of !== "string"))) return rough;
  const keys = dimKeys(source, type.dims, [compute], (axis) => schedule.order.indexOf(axis));
  const order = rowMajor(type.dims.length).sort((a, b) => keys[a]! - keys[b]! || a - b);
  const block = blockedDim(index!, type.dims, compute, schedule);
  if (block === undefined) return wholePlace(source, type.dims, order).place;
  return blockedPlace(source, type.dims, order, block);
}

/** The dim that one whole tiled output axis indexes. */
function blockedDim(
  index: readonly Index[],
  dims: readonly number[],
  compute: Compute,
  schedule: Schedule,
): { readonly dim: number; readonly size: number } | undefined {
  for (const axis of compute.axes) {
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
