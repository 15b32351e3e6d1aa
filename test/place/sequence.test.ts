/** Two values have the same sequence of addresses just where enumerating their elements says so. */
import { describe, expect, it } from "vitest";
import { elementCount } from "../../compiler/base/tensor.js";
import type { Place } from "../../compiler/place/place.js";
import { runsOf, sameSequence } from "../../compiler/place/sequence.js";
import { stridesInOrder } from "../../compiler/place/views.js";
import { createRandom, type Random } from "../support/random.js";

const CASES = 10_000;

interface Side {
  readonly place: Place;
  readonly dims: readonly number[];
}

/** In row-major order of the elements. */
function addressesOf({ place, dims }: Side): number[] {
  let all = [place.offset];
  dims.forEach((dim, d) => {
    all = all.flatMap((at) => Array.from({ length: dim }, (_, i) => at + i * place.strides[d]!));
  });
  return all;
}

/** Dims of few elements, whose products are often equal. */
const drawDims = (random: Random): number[] =>
  Array.from({ length: random.int(0, 4) }, () => random.pick([1, 1, 2, 2, 3, 4, 6]));

/** Mostly dense, else permuted, spread out, backwards, or broadcast along a dim. */
function drawSide(random: Random): Side {
  const dims = drawDims(random);
  const rank = Array.from(dims, (_, d) => d);
  const order = random.chance(0.4) ? random.shuffle(rank) : rank;
  const strides = stridesInOrder(dims, order).map((stride) => {
    if (random.chance(0.05)) return 2 * stride;
    if (random.chance(0.03)) return -stride;
    return random.chance(0.02) ? 0 : stride;
  });
  return { dims, place: { buffer: 0, offset: random.chance(0.9) ? 12 : 13, strides } };
}

describe("sameSequence", () => {
  it("is what enumeration says", () => {
    const random = createRandom(1);
    const wrong: unknown[] = [];
    let same = 0;
    for (let i = 0; i < CASES; i++) {
      const a = drawSide(random);
      // Of as many elements, mostly: others are told apart at once.
      let b = drawSide(random);
      for (let more = 0; more < 20 && elementCount(b.dims) !== elementCount(a.dims); more++)
        b = drawSide(random);
      const expected = String(addressesOf(a)) === String(addressesOf(b));
      if (expected) same++;
      if (sameSequence(a.place, a.dims, b.place, b.dims) !== expected) wrong.push({ a, b });
    }
    expect(wrong).toEqual([]);
    expect(same).toBeGreaterThan(CASES / 10);
    expect(same).toBeLessThan((CASES * 9) / 10);
  });

  const place: Place = { buffer: 0, offset: 0, strides: [1] };

  it("tells buffers apart, and knows nothing of blocks", () => {
    expect(sameSequence(place, [4], place, [4])).toBe(true);
    expect(sameSequence(place, [4], { ...place, buffer: 1 }, [4])).toBe(false);
    const blocked = { ...place, block: { dim: 0, size: 2, stride: 2 } };
    expect(sameSequence(blocked, [4], blocked, [4])).toBe(false);
  });

  it("sees the fewest runs", () => {
    expect(runsOf([2, 3, 4], [12, 4, 1])).toEqual([{ count: 24, stride: 1 }]);
    expect(runsOf([2, 1, 4], [12, 99, 1])).toEqual([
      { count: 2, stride: 12 },
      { count: 4, stride: 1 },
    ]);
  });
});
