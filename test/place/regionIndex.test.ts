/** An index of regions finds just those that looking at each of them finds, whatever is added and taken out. */
import { describe, expect, it } from "vitest";
import { overlap, regionOfRuns, type Region } from "../../compiler/place/region.js";
import { RegionIndex } from "../../compiler/place/regionIndex.js";
import { createRandom, type Random } from "../support/random.js";

/** Mostly parts of the channels of some pixels, of which a row has `row`, as values of one buffer lie; else anything. */
function drawRegion(random: Random, row: number): Region {
  const channels = random.int(1, row);
  const from = random.int(0, row - channels);
  const pixels = random.int(1, 5);
  const start = from + row * random.int(0, 5 - pixels);
  if (random.chance(0.7))
    return regionOfRuns(start, [
      { count: pixels, stride: row },
      { count: channels, stride: 1 },
    ]);
  return regionOfRuns(
    start,
    Array.from({ length: random.int(0, 2) }, () => ({
      count: random.int(1, 4),
      stride: random.int(1, 2 * row),
    })),
  );
}

describe("an index of regions", () => {
  it("finds what meets a region, and forgets what is taken out", () => {
    const random = createRandom(1);
    let found = 0;
    for (let round = 0; round < 500; round++) {
      const row = random.int(1, 12);
      const index = new RegionIndex<number>();
      let left: { readonly id: number; readonly region: Region }[] = [];
      for (let id = 0; id < 25; id++) {
        const region = drawRegion(random, row);
        index.add(region, id);
        left.push({ id, region });
        if (!random.chance(0.4)) continue;
        const wanted = drawRegion(random, row);
        const isTaken = random.chance(0.5);
        const met: number[] = [];
        index.visit(wanted, (item, meets) => {
          if (!meets()) return false;
          met.push(item);
          return isTaken;
        });
        const expected = left.filter((one) => overlap(one.region, wanted)).map((one) => one.id);
        expect(met.toSorted((a, b) => a - b)).toEqual(expected);
        if (isTaken) left = left.filter((one) => !expected.includes(one.id));
        found += expected.length;
      }
    }
    expect(found).toBeGreaterThan(1000);
  });
});
