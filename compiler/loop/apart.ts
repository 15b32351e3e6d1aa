/** Decides from coefficients and bounds of loops whether two accesses can meet. */
import { canAddUp, type Multiple } from "../compute/multiples.js";
import type { LoopAccess, ParallelLoop } from "./accesses.js";

/**
 * Whether two accesses have no element in common; with a loop, in different iterations of it, and those in one
 * iteration of `same`. That is so where the difference of their addresses is never within their lanes.
 */
export function isApart(
  a: LoopAccess,
  b: LoopAccess,
  loop?: ParallelLoop,
  same?: ParallelLoop,
): boolean {
  const difference = b.constant - a.constant;
  const [low, high] = [difference - (a.lanes - 1), difference + (b.lanes - 1)];
  return !canAddUp(multiplesOf(a, b, loop, same), low, high);
}

/** The address of `a` less that of `b` but for constants: what loops of one coefficient add is one multiple. */
function multiplesOf(
  a: LoopAccess,
  b: LoopAccess,
  loop: ParallelLoop | undefined,
  same: ParallelLoop | undefined,
): Multiple[] {
  const coefficientOf = ({ terms }: LoopAccess, of: ParallelLoop): number =>
    terms.find(({ variable }) => variable === of.variable)?.coefficient ?? 0;
  // Where coefficients differ, iterations that do so too may be anything.
  const moveAlike = [loop, same].filter(
    (one) => one !== undefined && coefficientOf(a, one) === coefficientOf(b, one),
  );
  const multiples = new Map<number, Multiple>();
  for (const [{ terms }, sign] of [[a, 1] as const, [b, -1] as const])
    for (const { variable, coefficient, count } of terms) {
      if (moveAlike.some((one) => one!.variable === variable)) continue;
      const size = Math.abs(coefficient);
      const ends = [0, sign * Math.sign(coefficient) * (count - 1)];
      const known = multiples.get(size) ?? { min: 0, max: 0 };
      const [min, max] = [known.min + Math.min(...ends), known.max + Math.max(...ends)];
      multiples.set(size, { coefficient: size, min, max });
    }
  const own = loop === undefined ? 0 : coefficientOf(a, loop);
  // A loop that does not move the access leaves it where it was.
  if (loop === undefined || !moveAlike.includes(loop) || own === 0) return [...multiples.values()];
  const most = loop.count - 1;
  const tile = { coefficient: Math.abs(own), min: -most, max: most, isOther: true };
  return [...multiples.values(), tile];
}
