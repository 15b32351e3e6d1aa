/** When each buffer of the arena holds something. */
import { bytesOf } from "../../loop/storage.js";
import type { Place } from "../../place/place.js";
import { givenPorts, wantedPorts } from "../ports.js";
import type { Buffer, Program } from "../program.js";

/** Addresses are multiples of a cache line. */
const ALIGNMENT = 64;

export interface Lifetime {
  /** Positions of kernels. */
  readonly first: number;
  readonly last: number;
}

/** What each element of a buffer takes. */
export function elementBytes({ dtype }: Pick<Buffer, "dtype">): number {
  return bytesOf(dtype);
}

/** What a buffer takes of its space. */
export function alignedBytes({ size, dtype }: Pick<Buffer, "size" | "dtype">): number {
  return Math.ceil((size * bytesOf(dtype)) / ALIGNMENT) * ALIGNMENT;
}

/**
 * Kernel positions between which each buffer holds something, by its id; inputs live from −1, outputs to the end, and
 * states and what is written at load through all runs, from before the inputs of the next one are.
 * Undefined for one that nothing touches.
 */
export function bufferLifetimes(program: Program): (Lifetime | undefined)[] {
  const lifetimes: (Lifetime | undefined)[] = program.buffers.map(() => undefined);
  const touch = (place: Place | undefined, at: number): void => {
    if (place === undefined) return;
    const { first, last } = lifetimes[place.buffer] ?? { first: at, last: at };
    lifetimes[place.buffer] = { first: Math.min(first, at), last: Math.max(last, at) };
  };
  for (const { place } of givenPorts(program)) touch(place, -1);
  program.kernels.forEach((kernel, at) => {
    for (const place of Object.values(kernel.places)) touch(place, at);
    for (const { value } of kernel.when ?? []) touch(program.values[value]!.place, at);
    if (kernel.atLoad !== true) return;
    touch(kernel.places["out"], -1);
    touch(kernel.places["out"], program.kernels.length);
  });
  for (const { place } of wantedPorts(program)) touch(place, program.kernels.length);
  return lifetimes;
}

/** Bytes of the arena that are live before, during and after the kernels: number i is of kernel i − 1. */
export function liveBytes(program: Program): readonly number[] {
  const lifetimes = bufferLifetimes(program);
  const changes = new Array<number>(program.kernels.length + 3).fill(0);
  program.buffers.forEach((buffer, id) => {
    const time = lifetimes[id];
    if (buffer.space !== "arena" || time === undefined) return;
    changes[time.first + 1]! += alignedBytes(buffer);
    changes[time.last + 2]! -= alignedBytes(buffer);
  });
  let live = 0;
  return changes.slice(0, -1).map((change) => (live += change));
}

/** The most bytes that are live at once: no plan can do with less. */
export function arenaLowerBound(program: Program): number {
  return liveBytes(program).reduce((most, live) => Math.max(most, live), 0);
}
