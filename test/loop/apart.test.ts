/** Whether accesses can meet, against trying all iterations. */
import { describe, expect, it } from "vitest";
import type { LoopAccess, ParallelLoop } from "../../compiler/loop/accesses.js";
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

/** Every element that is touched, by the iteration of the tile. */
function elementsOf({ terms, constant, lanes }: LoopAccess): Map<number, Set<number>> {
  const found = new Map<number, Set<number>>();
  const at = (t: number, i: number, j: number): number =>
    terms.reduce((sum, { variable, coefficient }) => {
      const value = variable === "t" ? t : variable === "i" ? i : j;
      return sum + coefficient * value;
    }, constant);
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
});
