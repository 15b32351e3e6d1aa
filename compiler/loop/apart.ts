/** Decides from coefficients and bounds of loops whether two accesses can meet. */
import { canAddUp, type Multiple } from "../compute/multiples.js";
import type { LoopAccess, LoopTerm, ParallelLoop } from "./accesses.js";

interface Range {
  readonly min: number;
  readonly max: number;
}

/** How many iterations a loop may be further on in one access than in the other. */
interface Shift extends Range {
  readonly variable: string;
  readonly isOther?: true;
}

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
  const still: readonly Shift[] =
    same === undefined ? [] : [{ variable: same.variable, min: 0, max: 0 }];
  return shiftsOf(a, b, loop).every(
    (shift) => !canAddUp(multiplesOf(a, b, shift ? [...still, shift] : still), low, high),
  );
}

/** Where quotients depend on which of two iterations is the later one, both ways are looked at. */
function shiftsOf(
  a: LoopAccess,
  b: LoopAccess,
  loop: ParallelLoop | undefined,
): readonly (Shift | undefined)[] {
  if (loop === undefined) return [undefined];
  const { variable, count } = loop;
  const most = count - 1;
  if (![a, b].every(({ terms }) => terms.some(({ quotient }) => quotient !== undefined)))
    return [{ variable, min: -most, max: most, isOther: true }];
  return [
    { variable, min: 1, max: most },
    { variable, min: -most, max: -1 },
  ];
}

/** The address of `a` less that of `b` but for constants: what loops of one coefficient add is one multiple. */
function multiplesOf(a: LoopAccess, b: LoopAccess, shifts: readonly Shift[]): Multiple[] {
  const multiples = new Map<number, Multiple>();
  const moved: Multiple[] = [];
  for (const { coefficient, range, isOther } of differencesOf(a.terms, b.terms, shifts)) {
    const size = Math.abs(coefficient);
    const { min, max } = coefficient < 0 ? { min: -range.max, max: -range.min } : range;
    if (isOther === true) {
      moved.push({ coefficient: size, min, max, isOther });
      continue;
    }
    const known = multiples.get(size) ?? { min: 0, max: 0 };
    multiples.set(size, { coefficient: size, min: known.min + min, max: known.max + max });
  }
  return [...multiples.values(), ...moved];
}

interface Difference {
  readonly coefficient: number;
  readonly range: Range;
  readonly isOther?: true | undefined;
}

/** What terms of one sum less those of another are made of, each from what two of them can be together. */
function differencesOf(
  some: readonly LoopTerm[],
  others: readonly LoopTerm[],
  shifts: readonly Shift[],
): Difference[] {
  const found: Difference[] = [];
  const left = new Set(others);
  for (const term of some) {
    const { coefficient, variable, count } = term;
    const shift = shifts.find((one) => one.variable === variable);
    const other = others.find(
      (one) =>
        left.has(one) &&
        one.coefficient === coefficient &&
        (shift === undefined
          ? one.quotient !== undefined && one.quotient.divisor === term.quotient?.divisor
          : one.variable === variable),
    );
    // Where coefficients differ, iterations that do so too may be anything.
    if (other === undefined) {
      found.push({ coefficient, range: { min: 0, max: count - 1 } });
      continue;
    }
    left.delete(other);
    found.push({
      coefficient,
      range: shift ?? quotients(term, other, shifts),
      isOther: shift?.isOther,
    });
  }
  for (const { coefficient, count } of left)
    found.push({ coefficient: -coefficient, range: { min: 0, max: count - 1 } });
  return found;
}

/** ⌊x / d⌋ − ⌊y / d⌋ is from ⌊(x − y) / d⌋ to ⌈(x − y) / d⌉: of two, the one of the later pixel is in no earlier row. */
function quotients(a: LoopTerm, b: LoopTerm, shifts: readonly Shift[]): Range {
  const [x, y] = [a.quotient!, b.quotient!];
  let [min, max] = [x.constant - y.constant, x.constant - y.constant];
  for (const { coefficient, range } of differencesOf(x.terms, y.terms, shifts)) {
    min += coefficient * (coefficient < 0 ? range.max : range.min);
    max += coefficient * (coefficient < 0 ? range.min : range.max);
  }
  const firsts = x.first - y.first;
  return {
    min: Math.max(Math.floor(min / x.divisor) - firsts, 1 - b.count),
    max: Math.min(Math.ceil(max / x.divisor) - firsts, a.count - 1),
  };
}
