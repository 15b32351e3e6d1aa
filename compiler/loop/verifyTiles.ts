/** Proves that threads may share the tiles of a function: what one of them writes, no other reads or writes. */
import { accessesOf, type LoopAccess, type ParallelLoop } from "./accesses.js";
import { isApart } from "./apart.js";
import type { KernelFunction } from "./stmt.js";

/** Everything that keeps threads from sharing the tiles; empty for a function without parallel loops too. */
export function tileProblems(code: KernelFunction): string[] {
  const { loops, accesses, problems } = accessesOf(code);
  problems.push(...numberProblems(code.tiles ?? 0, loops, undefined));
  problems.push(...stageProblems(code, loops));
  const shared = code.parameters.filter(({ perThread }) => perThread !== true);
  for (const { name } of loops.length === 0 ? [] : code.parameters) {
    const all = accesses.filter(({ base }) => base === name);
    if (!all.some(({ isStore }) => isStore)) continue;
    problems.push(
      ...(shared.some((one) => one.name === name)
        ? sharedProblems(name, all, code.stages ?? [])
        : scratchProblems(name, all)),
    );
  }
  return problems;
}

/** The loops are all tiles, each once, and so are the loops in an iteration that is several. */
function numberProblems(
  declared: number,
  loops: readonly ParallelLoop[],
  around: ParallelLoop | undefined,
): string[] {
  let next = 0;
  const sorted = loops
    .filter(({ within }) => within === around)
    .sort((a, b) => a.tiles.first - b.tiles.first);
  for (const loop of sorted) {
    const { variable, tiles, count } = loop;
    if (tiles.first !== next)
      return [`the tiles of ${variable} begin at ${tiles.first}, not ${next}`];
    next += count * (tiles.each ?? 1);
    const inner = tiles.each === undefined ? [] : numberProblems(tiles.each, loops, loop);
    if (inner.length > 0) return inner;
  }
  return next === declared ? [] : [`its parallel loops are ${next} tiles of ${declared}`];
}

/** Stages begin with loops, one after the other. */
function stageProblems({ stages = [] }: KernelFunction, loops: readonly ParallelLoop[]): string[] {
  const begins = loops.flatMap(({ within, tiles }) => (within === undefined ? [tiles.first] : []));
  return stages.flatMap((stage, i) =>
    stage > (stages[i - 1] ?? 0) && begins.includes(stage)
      ? []
      : [`a stage begins with tile ${stage}, and no loop does`],
  );
}

/** The number of the stage that a loop is in. */
function stageOf({ tiles, within }: ParallelLoop, stages: readonly number[]): number {
  const { first } = within?.tiles ?? tiles;
  return stages.filter((begin) => begin <= first).length;
}

/** What is in scratch memory is gone for other tiles, but for what was prepared for them. */
function scratchProblems(name: string, accesses: readonly LoopAccess[]): string[] {
  for (const { loop: writer } of accesses.filter(({ isStore }) => isStore))
    for (const { loop, isStore } of accesses) {
      if (loop === writer && loop !== undefined) continue;
      const isPrepared =
        writer !== undefined && loop?.within === writer && writer.tiles.each !== undefined;
      if (!isPrepared) return [`${name} is scratch memory of tiles, and used outside of them`];
      if (isStore) return [`${name} is prepared for tiles, which write to it`];
    }
  return [];
}

function sharedProblems(
  name: string,
  accesses: readonly LoopAccess[],
  stages: readonly number[],
): string[] {
  if (accesses.some(({ loop }) => loop === undefined))
    return [`${name} is written by tiles, and used outside of them`];
  if (accesses.some(({ loop }) => loop!.tiles.each !== undefined))
    return [`${name} is written by tiles, and used where they are prepared`];
  if (accesses.some(({ isExact }) => !isExact))
    return [`${name} is written by tiles at addresses that are no sums of loops`];
  const distinct = [...new Map(accesses.map((access) => [keyOf(access), access])).values()];
  for (const [i, access] of distinct.entries())
    for (const other of distinct.slice(0, i + 1)) {
      if (!(access.isStore || other.isStore)) continue;
      // Between two stages all wait.
      if (stageOf(access.loop!, stages) !== stageOf(other.loop!, stages)) continue;
      const problem = meetingProblem(name, access, other);
      if (problem !== undefined) return [problem];
    }
  return [];
}

/** Why two accesses may be of different tiles and of one element. */
function meetingProblem(name: string, a: LoopAccess, b: LoopAccess): string | undefined {
  const [loop, of] = [a.loop!, b.loop!];
  if (loop !== of)
    return isApart(a, b)
      ? undefined
      : `tiles of ${of.variable} and ${loop.variable} may meet in ${name}`;
  const { within } = loop;
  const meets =
    (loop.count > 1 && !isApart(a, b, loop, within)) ||
    (within !== undefined && within.count > 1 && !isApart(a, b, within));
  return meets ? `tiles of ${of.variable} may meet in ${name}` : undefined;
}

function keyOf({ isStore, terms, constant, lanes, loop }: LoopAccess): string {
  const sum = terms.map(({ variable, coefficient }) => `${coefficient}${variable}`).sort();
  return [loop!.variable, isStore, lanes, constant, ...sum].join(" ");
}
