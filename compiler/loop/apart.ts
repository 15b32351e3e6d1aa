/** Decides from coefficients and bounds of loops whether two accesses can meet. */
import { canAddUp, type Multiple } from "../compute/multiples.js";
import type { LoopAccess, ParallelLoop } from "./accesses.js";

/**
 * Whether two accesses have no element in common; with a loop, in different iterations of it. That is so where the
 * difference of their addresses is never within their lanes.
 */
export function isApart(a: LoopAccess, b: LoopAccess, loop?: ParallelLoop): boolean {
  const difference = b.constant - a.constant;
  const [low, high] = [difference - (a.lanes - 1), difference + (b.lanes - 1)];
  return !canAddUp(multiplesOf(a, b, loop), low, high);
}

/** The address of `a` less that of `b` but for constants: what loops of one coefficient add is one multiple. */
function multiplesOf(a: LoopAccess, b: LoopAccess, loop: ParallelLoop | undefined): Multiple[] {
  const [own, other] = [a, b].map(
    ({ terms }) => terms.find(({ variable }) => variable === loop?.variable)?.coefficient ?? 0,
  );
  // Where coefficients differ, iterations that do so too may be anything.
  const together = loop !== undefined && own === other;
  const multiples = new Map<number, Multiple>();
  for (const [{ terms }, sign] of [[a, 1] as const, [b, -1] as const])
    for (const { variable, coefficient, count } of terms) {
      if (together && variable === loop.variable) continue;
      const size = Math.abs(coefficient);
      const ends = [0, sign * Math.sign(coefficient) * (count - 1)];
      const known = multiples.get(size) ?? { min: 0, max: 0 };
      const [min, max] = [known.min + Math.min(...ends), known.max + Math.max(...ends)];
      multiples.set(size, { coefficient: size, min, max });
    }
  // A loop that does not move the access leaves it where it was.
  if (!together || own === 0) return [...multiples.values()];
  const most = loop.count - 1;
  const tile = { coefficient: Math.abs(own!), min: -most, max: most, isOther: true };
  return [...multiples.values(), tile];
}
