/** The arena over time: which buffer lies where, from which kernel to which, and what for. */
import { arenaUse } from "../analysis/arena.js";
import { bytesOf } from "../loop/storage.js";
import {
  alignedBytes,
  arenaLowerBound,
  bufferLifetimes,
  constantsOffset,
  liesInArena,
  liveBytes,
  momentsOf,
} from "../program/memory/lifetimes.js";
import type { BufferId, Program } from "../program/program.js";
import { valueNames } from "../program/valueNames.js";
import type { BufferData, MemoryData } from "./data.js";

/** Of a planned Program. */
export function memoryOf(program: Program): MemoryData {
  const held = heldBy(program);
  const buffers = bufferLifetimes(program).flatMap((time, id): BufferData[] => {
    const buffer = program.buffers[id]!;
    if (time === undefined || !liesInArena(program, buffer)) return [];
    const start = buffer.space === "arena" ? 0 : constantsOffset(program);
    return [
      {
        name: buffer.name,
        offset: start + (buffer.offset ?? 0),
        bytes: alignedBytes(buffer),
        margin: (buffer.margin ?? 0) * bytesOf(buffer.dtype),
        first: time.first,
        last: time.last,
        holds: held.get(id) ?? [],
      },
    ];
  });
  return {
    arenaBytes: program.arenaBytes ?? 0,
    lowerBound: arenaLowerBound(program),
    live: liveBytes(program),
    inputs: momentsOf(program).inputs,
    use: arenaUse(program),
    buffers,
  };
}

/** Values, constants, and scratch memory of kernels, by the buffer that they lie in. */
function heldBy({ values, kernels, constants }: Program): ReadonlyMap<BufferId, readonly string[]> {
  const nameOf = valueNames(values);
  const held = new Map<BufferId, string[]>();
  const add = (buffer: BufferId, what: string): void => {
    const known = held.get(buffer);
    if (known === undefined) held.set(buffer, [what]);
    else known.push(what);
  };
  values.forEach(({ place }, id) => {
    if (place !== undefined) add(place.buffer, nameOf(id));
  });
  for (const { constant, place } of constants) add(place.buffer, constant.name);
  for (const { output, kernel, places } of kernels)
    for (const { name } of kernel.temporaries) {
      const place = places[name];
      if (place !== undefined) add(place.buffer, `${name} of ${nameOf(output)}`);
    }
  return held;
}
