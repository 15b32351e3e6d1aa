/** When each buffer holds something. */
import { bytesOf } from "../../loop/storage.js";
import type { Place } from "../../place/place.js";
import { givenPorts, wantedPorts } from "../ports.js";
import type { Buffer, Program } from "../program.js";

/** Addresses are multiples of a cache line. */
const ALIGNMENT = 64;

export interface Lifetime {
  /** Moments: see momentsOf. */
  readonly first: number;
  readonly last: number;
}

/** What each element of a buffer takes. */
export function elementBytes({ dtype }: Pick<Buffer, "dtype">): number {
  return bytesOf(dtype);
}

/** Points of time, counted: kernels at load, the inputs of a run, the kernels of a run, its outputs. */
export interface Moments {
  readonly inputs: number;
  readonly outputs: number;
  /** Of the kernel at this position of the Program. */
  of(kernel: number): number;
  /** The position of the kernel that runs then; undefined where none does. */
  kernelAt(moment: number): number | undefined;
}

/** Kernels at load come first: as many as say so, before everything that a run does. */
export function momentsOf({ kernels }: Pick<Program, "kernels">): Moments {
  const inputs = kernels.filter(({ atLoad }) => atLoad === true).length;
  const outputs = kernels.length + 1;
  return {
    inputs,
    outputs,
    of: (kernel) => (kernel < inputs ? kernel : kernel + 1),
    kernelAt(moment) {
      if (moment === inputs || moment >= outputs) return undefined;
      return moment < inputs ? moment : moment - 1;
    },
  };
}

/** What a buffer takes of its space. */
export function alignedBytes({ size, dtype }: Pick<Buffer, "size" | "dtype">): number {
  return Math.ceil((size * bytesOf(dtype)) / ALIGNMENT) * ALIGNMENT;
}

/**
 * Moments between which each buffer holds something, by its id. What is there when a run begins and is read in it stays
 * for all runs: states, constants, and what was made at load. What kernels at load alone read ends with them.
 * Undefined for one that nothing touches.
 */
export function bufferLifetimes(program: Program): (Lifetime | undefined)[] {
  const lifetimes: (Lifetime | undefined)[] = program.buffers.map(() => undefined);
  const moments = momentsOf(program);
  const touch = (place: Place | undefined, at: number): void => {
    if (place === undefined) return;
    const isConstant = program.buffers[place.buffer]!.space === "constants";
    const { first, last } = lifetimes[place.buffer] ?? { first: isConstant ? 0 : at, last: at };
    lifetimes[place.buffer] = { first: Math.min(first, at), last: Math.max(last, at) };
  };
  for (const { place } of givenPorts(program)) touch(place, moments.inputs);
  for (const { initialPlace } of program.states) touch(initialPlace, moments.outputs);
  program.kernels.forEach((kernel, at) => {
    for (const place of Object.values(kernel.places)) touch(place, moments.of(at));
    for (const { value } of kernel.when ?? []) touch(program.values[value]!.place, moments.of(at));
  });
  for (const { place } of wantedPorts(program)) touch(place, moments.outputs);
  return lifetimes.map((time, id) => {
    if (time === undefined || time.last <= moments.inputs) return time;
    const isConstant = program.buffers[id]!.space === "constants";
    return isConstant || time.first < moments.inputs ? { ...time, last: moments.outputs } : time;
  });
}

/** Whether a buffer takes room in the arena: also constants that it lies over. Of a Program with addresses. */
export function liesInArena({ overlaidBytes = 0 }: Program, { space, offset }: Buffer): boolean {
  return space === "arena" || offset! < overlaidBytes;
}

/** Where constants begin, counted from the beginning of the arena: it may end on the first of them. */
export function constantsOffset({
  arenaBytes = 0,
  overlaidBytes = 0,
}: {
  readonly arenaBytes?: number | undefined;
  readonly overlaidBytes?: number | undefined;
}): number {
  return arenaBytes - overlaidBytes;
}

/** Bytes that are live in the arena at each moment. */
export function liveBytes(program: Program): readonly number[] {
  const lifetimes = bufferLifetimes(program);
  const changes = new Array<number>(program.kernels.length + 3).fill(0);
  program.buffers.forEach((buffer, id) => {
    const time = lifetimes[id];
    if (time === undefined || !liesInArena(program, buffer)) return;
    changes[time.first]! += alignedBytes(buffer);
    changes[time.last + 1]! -= alignedBytes(buffer);
  });
  let live = 0;
  return changes.slice(0, -1).map((change) => (live += change));
}

/** The most bytes that are live at once: no plan can do with less. */
export function arenaLowerBound(program: Program): number {
  return liveBytes(program).reduce((most, live) => Math.max(most, live), 0);
}
