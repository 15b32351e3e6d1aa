/** Decides from coefficients and bounds of loops whether two accesses can meet. */
import type { LoopAccess, ParallelLoop } from "./accesses.js";

/** Choices that are tried before two accesses count as ones that may meet. */
const MOST_CHOICES = 1000;

/** A number of [min, max] times a coefficient above 0. */
interface Part {
  readonly coefficient: number;
  readonly min: number;
  readonly max: number;
  readonly isOther: boolean;
}

/**
 * Whether two accesses have no element in common; with a loop, in different iterations of it. That is so where
 * the difference of their addresses is never within their lanes: where c0·x0 + c1·x1 + … = d has no solution.
 * Coefficients are gone through from the largest: it leaves a choice of few x0, since the rest does not reach far.
 */
export function isApart(a: LoopAccess, b: LoopAccess, loop?: ParallelLoop): boolean {
  const parts = partsOf(a, b, loop);
  const reaches = parts.map((_, i) => reachOf(parts.slice(i + 1)));
  let choices = 0;
  const meets = (at: number, low: number, high: number): boolean => {
    const part = parts[at];
    if (part === undefined) return low <= 0 && high >= 0;
    const { coefficient, isOther } = part;
    const [least, most] = reaches[at]!;
    const from = Math.max(part.min, Math.ceil((low - most) / coefficient));
    const to = Math.min(part.max, Math.floor((high - least) / coefficient));
    for (let x = from; x <= to; x++) {
      if (isOther && x === 0) continue;
      if (++choices > MOST_CHOICES) return true;
      if (meets(at + 1, low - coefficient * x, high - coefficient * x)) return true;
    }
    return false;
  };
  const difference = b.constant - a.constant;
  return !meets(0, difference - (a.lanes - 1), difference + (b.lanes - 1));
}

/** The address of `a` less that of `b` but for constants: what loops of one coefficient add is one part. */
function partsOf(a: LoopAccess, b: LoopAccess, loop: ParallelLoop | undefined): readonly Part[] {
  const [own, other] = [a, b].map(
    ({ terms }) => terms.find(({ variable }) => variable === loop?.variable)?.coefficient ?? 0,
  );
  // Where coefficients differ, iterations that do so too may be anything.
  const together = loop !== undefined && own === other;
  const parts = new Map<number, Part>();
  for (const [{ terms }, sign] of [[a, 1] as const, [b, -1] as const])
    for (const { variable, coefficient, count } of terms) {
      if (together && variable === loop.variable) continue;
      const size = Math.abs(coefficient);
      const ends = [0, sign * Math.sign(coefficient) * (count - 1)];
      const known = parts.get(size) ?? { min: 0, max: 0 };
      const [min, max] = [known.min + Math.min(...ends), known.max + Math.max(...ends)];
      parts.set(size, { coefficient: size, min, max, isOther: false });
    }
  const tiles = loop === undefined ? 0 : loop.count - 1;
  const tile = { coefficient: Math.abs(own!), min: -tiles, max: tiles, isOther: true };
  // A loop that does not move the access leaves it where it was.
  const all = together && own !== 0 ? [...parts.values(), tile] : [...parts.values()];
  return all.sort((one, next) => next.coefficient - one.coefficient);
}

function reachOf(parts: readonly Part[]): readonly [least: number, most: number] {
  let [least, most] = [0, 0];
  for (const { coefficient, min, max } of parts) {
    least += coefficient * min;
    most += coefficient * max;
  }
  return [least, most];
}
