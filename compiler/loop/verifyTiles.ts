/** Proves that threads may share the tiles of a function: what one of them writes, no other reads or writes. */
import { accessesOf, type LoopAccess, type ParallelLoop } from "./accesses.js";
import { isApart } from "./apart.js";
import type { KernelFunction } from "./stmt.js";

/** Everything that keeps threads from sharing the tiles; empty for a function without parallel loops too. */
export function tileProblems(code: KernelFunction): string[] {
  const { loops, accesses, problems } = accessesOf(code);
  problems.push(...numberProblems(code.tiles, loops));
  const shared = code.parameters.filter(({ perThread }) => perThread !== true);
  for (const { name } of loops.length === 0 ? [] : code.parameters) {
    const all = accesses.filter(({ base }) => base === name);
    const written = all.filter(({ isStore }) => isStore);
    if (written.length === 0) continue;
    problems.push(
      ...(shared.some((one) => one.name === name)
        ? sharedProblems(name, all)
        : scratchProblems(name, all)),
    );
  }
  return problems;
}

/** The loops are all tiles, each once. */
function numberProblems(tiles: number | undefined, loops: readonly ParallelLoop[]): string[] {
  let next = 0;
  const sorted = [...loops].sort((a, b) => a.firstTile - b.firstTile);
  for (const { variable, firstTile, count } of sorted) {
    if (firstTile !== next) return [`the tiles of ${variable} begin at ${firstTile}, not ${next}`];
    next += count;
  }
  const declared = tiles ?? 0;
  return next === declared ? [] : [`its parallel loops are ${next} tiles of ${declared}`];
}

/** What is in scratch memory is gone for the next loop, which another thread may run. */
function scratchProblems(name: string, accesses: readonly LoopAccess[]): string[] {
  const writers = new Set(accesses.filter(({ isStore }) => isStore).map(({ loop }) => loop));
  const lost = accesses.some(
    ({ isStore, loop }) =>
      !isStore && [...writers].some((other) => other !== undefined && other !== loop),
  );
  return lost ? [`${name} is scratch memory of tiles, and read after them`] : [];
}

function sharedProblems(name: string, accesses: readonly LoopAccess[]): string[] {
  if (accesses.some(({ loop }) => loop === undefined))
    return [`${name} is written by tiles, and used outside of them`];
  if (accesses.some(({ isExact }) => !isExact))
    return [`${name} is written by tiles at addresses that are no sums of loops`];
  const distinct = [...new Map(accesses.map((access) => [keyOf(access), access])).values()];
  for (const [i, access] of distinct.entries())
    for (const other of distinct.slice(0, i + 1)) {
      const [{ loop, isStore }, of] = [access, other.loop!];
      if (!(isStore || other.isStore)) continue;
      if (loop !== of && !isApart(access, other))
        return [`tiles of ${of.variable} and ${loop!.variable} may meet in ${name}`];
      if (loop === of && of.count > 1 && !isApart(access, other, of))
        return [`tiles of ${of.variable} may meet in ${name}`];
    }
  return [];
}

function keyOf({ isStore, terms, constant, lanes, loop }: LoopAccess): string {
  const sum = terms.map(({ variable, coefficient }) => `${coefficient}${variable}`).sort();
  return [loop!.firstTile, isStore, lanes, constant, ...sum].join(" ");
}
