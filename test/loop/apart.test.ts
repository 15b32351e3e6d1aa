/** Whether accesses can meet, against trying all iterations. */
import { describe, expect, it } from "vitest";
import type { LoopAccess, LoopTerm, ParallelLoop } from "../../compiler/loop/accesses.js";
import { isApart } from "../../compiler/loop/apart.js";
import { createRandom, type Random } from "../support/random.js";

const tile: ParallelLoop = { variable: "t", tiles: { first: 0 }, count: 3, within: undefined };
const COUNTS: Readonly<Record<string, number>> = { t: 3, i: 2, j: 4 };

function randomAccess(random: Random): LoopAccess {
  const terms = Object.entries(COUNTS).flatMap(([variable, count]) => {
    const coefficient = random.pick([0, 1, 2, 3, 4, 6, 8, 12, -1, -4]);
    return coefficient === 0 ? [] : [{ variable, coefficient, count }];
  });
  const lanes = random.int(1, 4);
  const constant = random.int(0, 20);
  return { isStore: true, base: "out", terms, constant, isExact: true, lanes, loop: tile };
}

/** Of pixels in loops, so many to a row; the coefficient is of what lies between rows. */
function rowTerm(
  coefficient: number,
  terms: readonly LoopTerm[],
  constant: number,
  divisor: number,
): LoopTerm {
  const most = terms.reduce((sum, one) => sum + one.coefficient * (one.count - 1), constant);
  const [first, last] = [constant, most].map((pixel) => Math.floor(pixel / divisor));
  const variable = JSON.stringify([terms, constant, divisor]);
  const quotient = { terms, constant, divisor, first: first! };
  return { variable, coefficient, count: last! - first! + 1, quotient };
}

function randomRows(random: Random): LoopAccess {
  const access = randomAccess(random);
  const pixels = Object.entries(COUNTS).flatMap(([variable, count]) => {
    const coefficient = random.pick([0, 1, 2, 4]);
    return coefficient === 0 ? [] : [{ variable, coefficient, count }];
  });
  const coefficient = random.pick([2, 5, 9]);
  const term = rowTerm(coefficient, pixels, random.int(0, 3), random.pick([3, 5]));
  const constant = access.constant + coefficient * term.quotient!.first;
  return term.count === 1 ? access : { ...access, constant, terms: [...access.terms, term] };
}

type Point = Readonly<Record<string, number>>;

function valueOf(term: LoopTerm, point: Point): number {
  const { variable, quotient } = term;
  if (quotient === undefined) return point[variable]!;
  const { terms, constant, divisor, first } = quotient;
  const pixel = terms.reduce((sum, one) => sum + one.coefficient * valueOf(one, point), constant);
  return Math.floor(pixel / divisor) - first;
}

/** Every element that is touched, by the iteration of the tile. */
function elementsOf({ terms, constant, lanes }: LoopAccess): Map<number, Set<number>> {
  const found = new Map<number, Set<number>>();
  const at = (t: number, i: number, j: number): number =>
    terms.reduce((sum, term) => sum + term.coefficient * valueOf(term, { t, i, j }), constant);
  for (let t = 0; t < COUNTS["t"]!; t++) {
    const elements = new Set<number>();
    for (let i = 0; i < COUNTS["i"]!; i++)
      for (let j = 0; j < COUNTS["j"]!; j++)
        for (let lane = 0; lane < lanes; lane++) elements.add(at(t, i, j) + lane);
    found.set(t, elements);
  }
  return found;
}

function meet(a: LoopAccess, b: LoopAccess, same: boolean): boolean {
  const [some, others] = [elementsOf(a), elementsOf(b)];
  return [...some].some(([t, elements]) =>
    [...others].some(
      ([u, more]) => (same || t !== u) && [...elements].some((one) => more.has(one)),
    ),
  );
}

describe("accesses that cannot meet", () => {
  it("are those that do not, in other loops and in other iterations of one", () => {
    const random = createRandom(11);
    const counts = { apart: 0, of: 0 };
    for (let n = 0; n < 4000; n++) {
      const a = randomAccess(random);
      const b = random.chance(0.5)
        ? { ...randomAccess(random), terms: a.terms }
        : randomAccess(random);
      expect(isApart(a, b), JSON.stringify([a, b])).toBe(!meet(a, b, true));
      // Where the loop moves them alike, which iterations meet is known exactly.
      const alike = [a, b].map(({ terms }) => terms.find(({ variable }) => variable === "t"));
      const apart = isApart(a, b, tile);
      counts.of++;
      if (apart) counts.apart++;
      if (alike[0]?.coefficient === alike[1]?.coefficient)
        expect(apart, JSON.stringify([a, b])).toBe(!meet(a, b, false));
      else if (apart) expect(meet(a, b, false), JSON.stringify([a, b])).toBe(false);
    }
    expect(counts.apart).toBeGreaterThan(200);
    expect(counts.apart).toBeLessThan(counts.of - 1000);
  });

  it("are never any that do, where rows lie apart", () => {
    const random = createRandom(12);
    const counts = { apart: 0, of: 0 };
    for (let n = 0; n < 4000; n++) {
      const a = randomRows(random);
      const b = random.chance(0.5) ? { ...randomRows(random), terms: a.terms } : randomRows(random);
      if (isApart(a, b)) expect(meet(a, b, true), JSON.stringify([a, b])).toBe(false);
      const apart = isApart(a, b, tile);
      if (apart) expect(meet(a, b, false), JSON.stringify([a, b])).toBe(false);
      if (!meet(a, b, false)) counts.of++;
      if (apart) counts.apart++;
    }
    // How far rows are apart depends on how far pixels are: of that nothing but the sign is made use of.
    expect(counts.apart).toBeGreaterThan(0.5 * counts.of);
  });

  it("are pixels of different tiles, whatever lies between their rows", () => {
    const [channels, row, perTile] = [8, 7, 5];
    const pixel = (copy: number, between: number): LoopAccess => {
      const of = [{ variable: "t", coefficient: perTile, count: 9 }];
      const rows = rowTerm(between, of, copy, row);
      const terms = [
        { variable: "t", coefficient: perTile * channels, count: 9 },
        { variable: "o", coefficient: 4, count: 2 },
        rows,
      ];
      const constant = copy * channels + between * rows.quotient!.first;
      return { isStore: true, base: "out", terms, constant, isExact: true, lanes: 4, loop: tiles };
    };
    const tiles: ParallelLoop = { ...tile, count: 9 };
    for (const between of [1, 16, 100])
      for (let i = 0; i < perTile; i++)
        for (let j = 0; j < perTile; j++)
          expect(isApart(pixel(i, between), pixel(j, between), tiles)).toBe(true);
    // Rows that lie in each other are none.
    expect(isApart(pixel(0, -40), pixel(0, -40), tiles)).toBe(false);
  });
});
