/** Checks addresses: buffers lie inside their space, and two that share bytes are never live at once. */
import { bytesOf } from "../../loop/storage.js";
import type { Place } from "../../place/place.js";
import { givenPorts, wantedPorts } from "../ports.js";
import type { BufferId, Program } from "../program.js";
import { inOrder } from "./values.js";

interface Interval {
  readonly buffer: BufferId;
  readonly from: number;
  readonly to: number;
}

export function allocationProblems(program: Program): string[] {
  const problems: string[] = [];
  const ends = { arena: program.arenaBytes ?? 0, constants: program.constantBytes ?? 0 };
  const constants: Interval[] = [];
  program.buffers.forEach(({ name, size, dtype, space, offset }, buffer) => {
    const bytes = size * bytesOf(dtype);
    if (offset === undefined || offset < 0 || offset % 4 !== 0 || offset + bytes > ends[space])
      problems.push(`buffer ${buffer} of ${name} lies at ${offset} of ${ends[space]} bytes`);
    else if (space === "constants") constants.push({ buffer, from: offset, to: offset + bytes });
  });
  if (problems.length > 0) return problems;
  constants.sort((a, b) => a.from - b.from);
  constants.forEach((one, i) => {
    const next = constants[i + 1];
    if (next !== undefined && next.from < one.to)
      problems.push(`constants ${one.buffer} and ${next.buffer} share bytes`);
  });
  return [...problems, ...arenaProblems(program)];
}

/** Goes through time with the buffers that are live in the order of their addresses. */
function arenaProblems(program: Program): string[] {
  const { begins, ends } = lifetimes(program);
  const live: Interval[] = [];
  for (let at = 0; at < begins.length; at++) {
    for (const buffer of begins[at]!) {
      const { offset, size, name, dtype } = program.buffers[buffer]!;
      const one: Interval = { buffer, from: offset!, to: offset! + size * bytesOf(dtype) };
      const next = positionOf(live, one.from);
      const clash = [live[next - 1], live[next]].find(
        (other) => other !== undefined && other.from < one.to && one.from < other.to,
      );
      if (clash !== undefined) {
        const other = program.buffers[clash.buffer]!;
        return [`the buffers of ${other.name} and ${name} share bytes while both are wanted`];
      }
      if (one.from < one.to) live.splice(next, 0, one);
    }
    for (const buffer of ends[at]!) {
      const { offset, size } = program.buffers[buffer]!;
      if (size > 0) live.splice(positionOf(live, offset!), 1);
    }
  }
  return [];
}

/** The first interval that begins at `from` or later. */
function positionOf(live: readonly Interval[], from: number): number {
  let [low, high] = [0, live.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (live[middle]!.from < from) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The buffers of the arena that are first and last touched at each moment: before, by each kernel, and after. */
function lifetimes(program: Program) {
  const moments = program.kernels.length + 2;
  const times = new Map<BufferId, { first: number; last: number }>();
  const touch = (place: Place | undefined, at: number): void => {
    if (place === undefined || program.buffers[place.buffer]!.space !== "arena") return;
    const time = times.get(place.buffer);
    if (time === undefined) times.set(place.buffer, { first: at, last: at });
    else time.last = at;
  };
  const atLoad = program.kernels.filter((kernel) => kernel.atLoad === true);
  for (const { place } of givenPorts(program)) touch(place, 0);
  // The inputs of the next run are written where what was made at load must stay.
  for (const { places } of atLoad) touch(places["out"], 0);
  inOrder(program, ({ places, when = [] }, at) => {
    for (const place of Object.values(places)) touch(place, at + 1);
    for (const { value } of when) touch(program.values[value]!.place, at + 1);
  });
  for (const { places } of atLoad) touch(places["out"], moments - 1);
  for (const { place } of wantedPorts(program)) touch(place, moments - 1);
  const begins: BufferId[][] = Array.from({ length: moments }, () => []);
  const ends: BufferId[][] = Array.from({ length: moments }, () => []);
  for (const [buffer, { first, last }] of times) {
    begins[first]!.push(buffer);
    ends[last]!.push(buffer);
  }
  return { begins, ends };
}
