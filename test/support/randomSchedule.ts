/** Random legal schedules and places for a kernel: vector and blocked ones, before any SIMD target exists. */
import { axisIndex, extentsOf, intervalOf } from "../../compiler/compute/affine.js";
import type { Axis, Compute, Kernel, Boundary } from "../../compiler/compute/ir.js";
import { allLoads } from "../../compiler/compute/loads.js";
import { canFuse, canMerge } from "../../compiler/place/accesses.js";
import { targetStrides } from "../../compiler/schedule/loops.js";
import type { Place, Places } from "../../compiler/place/place.js";
import { tileOf, type Schedule, type Split } from "../../compiler/schedule/schedule.js";
import { scheduleProblems } from "../../compiler/schedule/verify.js";
import { stridesInOrder } from "../../compiler/place/views.js";
import { elementCount } from "../../compiler/base/tensor.js";
import type { Random } from "./random.js";

export const LANES = 4;
export const BLOCK = 8;

/** Splits of 1 to 5 copies, or of vectors of 4, on random axes; loops in random order, reduce axes inside. */
export function randomSchedule(compute: Compute, random: Random): Schedule {
  const scalar = compute.index.length === 0;
  const axes = scalar ? compute.reduce : [...compute.axes, ...compute.reduce];
  const vector = random.chance(0.6) && axes.length > 0 ? random.pick(axes).name : undefined;
  const split: Record<string, readonly Split[]> = {};
  for (const { name } of axes) {
    const unroll: Split = { factor: random.int(1, name === vector ? 2 : 5), kind: "unroll" };
    if (name === vector) split[name] = [unroll, { factor: LANES, kind: "vector" }];
    else if (random.chance(0.4)) split[name] = [unroll];
  }
  const names = (list: readonly Axis[]): string[] => random.shuffle(list.map(({ name }) => name));
  return {
    split,
    order: [...names(compute.axes), ...names(compute.reduce)],
    lanes: vector === undefined ? 1 : LANES,
    ...(vector !== undefined && random.chance(0.6) ? { turnSquares: true } : {}),
  };
}

/** The same schedule with loops that merge where places allow it, accumulators that wait in the target for the epilogue, and sums in parts. */
export function fusedAndParked(
  schedule: Schedule,
  compute: Compute,
  kernel: Kernel,
  places: Places,
  random: Random,
): Schedule {
  const groups = [compute.axes, compute.reduce]
    .flatMap((axes) => neighbours(axes.map(({ name }) => name)))
    .filter((group) => canFuse(kernel, compute, places, group));
  const fused =
    groups.length > 0 && random.chance(0.9)
      ? fuse(schedule, random.pick(groups), random)
      : schedule;
  const parked: Schedule = { ...fused, park: true };
  const inVectors = Object.keys(fused.split).find((name) => isVector(fused, name));
  const group = fused.fuse?.[inVectors ?? ""] ?? [inVectors];
  const stride = targetStrides(compute, places)(group.at(-1) ?? "");
  const names = group.filter((name) => name !== undefined);
  const evenly = names.length < 2 || canMerge(kernel, compute, places, names, compute.target);
  const apart = compute.axes.some(({ name }) => group.includes(name)) && (stride !== 1 || !evenly);
  const legal = !apart && scheduleProblems(parked, compute, kernel, places).length === 0;
  return withParts(legal && random.chance(0.5) ? parked : fused, compute, kernel, places, random);
}

/** The same with eight lanes along what is summed up, whose products are added up two by two, where that is legal. */
export function withDots(
  schedule: Schedule,
  compute: Compute,
  kernel: Kernel,
  places: Places,
  random: Random,
): Schedule {
  const { park: _, pairs: __, turnSquares: ___, partialSums: ____, ...rest } = schedule;
  const axis = random.pick(rest.order.slice(-random.int(1, 2)));
  const split: Record<string, readonly Split[]> = {};
  for (const [name, splits] of Object.entries(rest.split))
    split[name] = splits.filter(({ kind }) => kind === "unroll");
  split[axis] = [
    { factor: random.int(1, 2), kind: "unroll" },
    { factor: 8, kind: "vector" },
  ];
  const dotted: Schedule = { ...rest, split, lanes: 8, dots: true };
  const legal = scheduleProblems(dotted, compute, kernel, places).length === 0;
  return legal && random.chance(0.8) ? dotted : schedule;
}

/** Sums in parts of an axis, or anew in every step of the loops around it, where that is legal. */
function withParts(
  schedule: Schedule,
  compute: Compute,
  kernel: Kernel,
  places: Places,
  random: Random,
): Schedule {
  const legal = compute.reduce
    .flatMap(({ name: axis, extent }) =>
      Array.from({ length: extent }, (_, i): Schedule => {
        return { ...schedule, partialSums: { axis, steps: i + 1 } };
      }),
    )
    .filter((one) => scheduleProblems(one, compute, kernel, places).length === 0);
  return legal.length > 0 && random.chance(0.5) ? random.pick(legal) : schedule;
}

/** Every two and three of the axes, in every order. */
function neighbours(names: readonly string[]): string[][] {
  const longer = (group: readonly string[]): string[][] =>
    names.filter((name) => !group.includes(name)).map((name) => [...group, name]);
  const pairs = names.flatMap((name) => longer([name]));
  return [...pairs, ...pairs.flatMap(longer)];
}

const FUSED = "fused";

function isVector({ split }: Schedule, axis: string): boolean {
  return split[axis]?.some(({ kind }) => kind === "vector") === true;
}

function fuse(schedule: Schedule, group: readonly string[], random: Random): Schedule {
  const unroll: Split = { factor: random.int(1, 3), kind: "unroll" };
  const vector = group.some((name) => isVector(schedule, name));
  const others = Object.entries(schedule.split).filter(([name]) => !group.includes(name));
  const own: readonly Split[] = vector ? [unroll, { factor: LANES, kind: "vector" }] : [unroll];
  return {
    ...schedule,
    fuse: { [FUSED]: group },
    split: { ...Object.fromEntries(others), [FUSED]: own },
    order: schedule.order.flatMap((name) =>
      name === group.at(-1) ? [FUSED] : group.includes(name) ? [] : [name],
    ),
  };
}

export interface RandomPlace {
  readonly place: Place;
  readonly size: number;
}

/**
 * Any nesting of the dims, as a part of something wider or every second element of it, as operands of concats
 * and shuffles are; margins where loads leave the value, and sometimes where none does.
 */
export function randomPlace(
  dims: readonly number[],
  random: Random,
  fill: Boundary | undefined,
  reach: number,
): RandomPlace {
  const order = random.shuffle(dims.map((_, d) => d));
  const margin = dims.map((): readonly [number, number] =>
    fill !== undefined && random.chance(0.7)
      ? [random.int(0, reach), random.int(0, reach)]
      : [0, 0],
  );
  const padded = dims.map((dim, d) => dim + margin[d]![0] + margin[d]![1]);
  const step = dims.map(() => (random.chance(0.1) ? 2 : 1));
  const room = dims.map(() => (random.chance(0.15) ? random.int(1, 3) : 0));
  const whole = padded.map((extent, d) => extent * step[d]! + room[d]!);
  const inner = stridesInOrder(whole, order);
  const strides = inner.map((stride, d) => stride * step[d]!);
  const offset =
    random.int(0, 3) +
    strides.reduce((sum, stride, d) => sum + stride * margin[d]![0], 0) +
    inner.reduce((sum, stride, d) => sum + stride * random.int(0, room[d]!), 0);
  const place = { buffer: 0, offset, strides, ...(fill === undefined ? {} : { margin, fill }) };
  return { place, size: elementCount(whole) + 3 };
}

/** The dim in blocks, innermost, where one whole axis that is split by the block (or the dim is one block) runs over it. */
export function blockedPlace(
  source: string,
  dims: readonly number[],
  kernel: Kernel,
  schedules: readonly Schedule[],
): RandomPlace | undefined {
  const dim = dims.findIndex(
    (extent, d) => extent > BLOCK && everyAccess(source, d, extent, kernel, schedules),
  );
  if (dim < 0) return undefined;
  const inside = dims.map((extent, d) => (d === dim ? 1 : extent));
  const inner = stridesInOrder(
    inside,
    dims.map((_, d) => d),
  );
  const stride = elementCount(inside) * BLOCK;
  const strides = inner.map((one, d) => (d === dim ? 1 : one * BLOCK));
  const size = Math.ceil(dims[dim]! / BLOCK) * stride;
  return { place: { buffer: 0, offset: 0, strides, block: { dim, size: BLOCK, stride } }, size };
}

function everyAccess(
  source: string,
  d: number,
  extent: number,
  kernel: Kernel,
  schedules: readonly Schedule[],
): boolean {
  return kernel.computes.every((compute, i) => {
    const indices = allLoads(compute).flatMap((load) =>
      load.kind === "load" && load.source === source ? [load.index[d]!] : [],
    );
    if (compute.target === source) indices.push(compute.index[d]!);
    return indices.every((index) => {
      const axis = [...compute.axes, ...compute.reduce].find(
        ({ name }) => index.terms[0]?.of === name,
      );
      if (axis?.extent !== extent || index.terms.length !== 1 || index.constant !== 0) return false;
      return (
        index.terms[0]!.coefficient === axisIndex(axis).terms[0]!.coefficient &&
        tileOf(schedules[i]!, axis.name) % BLOCK === 0
      );
    });
  });
}

/** What the loads of a source want outside it, and how far they reach. */
export function boundaryWanted(
  source: string,
  dims: readonly number[],
  kernel: Kernel,
): { fill?: Boundary; reach: number } {
  let fill: Boundary | undefined;
  let reach = 0;
  for (const compute of kernel.computes) {
    const extents = extentsOf(kernel.outer, compute.axes, compute.reduce);
    for (const load of allLoads(compute)) {
      if (load.kind !== "load" || load.source !== source || load.boundary === undefined) continue;
      fill ??= load.boundary;
      load.index.forEach((index, d) => {
        const range = intervalOf(index, extents);
        reach = Math.max(reach, -range.min, range.max - dims[d]! + 1);
      });
    }
  }
  return fill === undefined ? { reach } : { fill, reach: Math.min(reach, 4) };
}
