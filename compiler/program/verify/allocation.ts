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

/** Where the arena and constants begin, in whatever memory has both. */
const CACHE_LINE = 64;

export function allocationProblems(program: Program): string[] {
  const problems: string[] = [];
  const { arenaBytes = 0, constantBytes = 0, overlaidBytes: overlaid = 0 } = program;
  const ends = { arena: arenaBytes, constants: constantBytes };
  const start = arenaBytes - overlaid;
  if (overlaid > Math.min(arenaBytes, constantBytes) || (overlaid > 0 && start % CACHE_LINE !== 0))
    problems.push(`${overlaid} of ${constantBytes} bytes of constants lie in the arena`);
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
  return [...problems, ...arenaProblems(program, start)];
}

/**
 * Goes through time with the buffers that are live in the order of their addresses in the arena. Constants begin at its
 * byte `start`: those behind its end never meet it.
 */
function arenaProblems(program: Program, start: number): string[] {
  const { begins, ends } = lifetimes(program);
  const live: Interval[] = [];
  const intervalOf = (buffer: BufferId): Interval => {
    const { space, offset, size, dtype } = program.buffers[buffer]!;
    const from = space === "arena" ? offset! : offset! + start;
    return { buffer, from, to: from + size * bytesOf(dtype) };
  };
  for (let at = 0; at < begins.length; at++) {
    for (const buffer of begins[at]!) {
      const one = intervalOf(buffer);
      const next = positionOf(live, one.from);
      const clash = [live[next - 1], live[next]].find(
        (other) => other !== undefined && other.from < one.to && one.from < other.to,
      );
      if (clash !== undefined) {
        const [other, { name }] = [program.buffers[clash.buffer]!, program.buffers[buffer]!];
        return [`the buffers of ${other.name} and ${name} share bytes while both are wanted`];
      }
      if (one.from < one.to) live.splice(next, 0, one);
    }
    for (const buffer of ends[at]!) {
      const { from, to } = intervalOf(buffer);
      if (from < to) live.splice(positionOf(live, from), 1);
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

/**
 * The buffers that are first and last touched at each moment: by each kernel at load, by the inputs of a run, by each of
 * its kernels, and by its outputs. Constants are there before all kernels.
 */
function lifetimes(program: Program) {
  const moments = program.kernels.length + 2;
  const inputs = program.kernels.filter(({ atLoad }) => atLoad === true).length;
  const times = new Map<BufferId, { first: number; last: number }>();
  const touch = (place: Place | undefined, at: number): void => {
    if (place === undefined) return;
    const first = program.buffers[place.buffer]!.space === "constants" ? 0 : at;
    const time = times.get(place.buffer);
    if (time === undefined) times.set(place.buffer, { first, last: at });
    else time.last = Math.max(time.last, at);
  };
  const end = moments - 1;
  inOrder(program, ({ places, when = [], atLoad }, at) => {
    // A copy that is left out can stand behind all kernels at load.
    const moment = atLoad === true ? Math.min(at, Math.max(0, inputs - 1)) : at + 1;
    for (const place of Object.values(places)) touch(place, moment);
    for (const { value } of when) touch(program.values[value]!.place, moment);
  });
  for (const { place } of givenPorts(program)) {
    touch(place, inputs);
    const time = place && times.get(place.buffer);
    if (time !== undefined) time.first = Math.min(time.first, inputs);
  }
  for (const { initialPlace } of program.states) touch(initialPlace, end);
  for (const { place } of wantedPorts(program)) touch(place, end);
  const begins: BufferId[][] = Array.from({ length: moments }, () => []);
  const ends: BufferId[][] = Array.from({ length: moments }, () => []);
  for (const [buffer, { first, last }] of times) {
    // The next run finds again what this one found; its inputs are written where that must stay.
    const isConstant = program.buffers[buffer]!.space === "constants";
    const stays = (isConstant || first < inputs) && last > inputs;
    begins[first]!.push(buffer);
    ends[stays ? end : last]!.push(buffer);
  }
  return { begins, ends };
}
