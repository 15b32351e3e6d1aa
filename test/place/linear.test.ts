/** Addresses as sums over axes: what they say of an index is what evaluating it at every point says. */
import { describe, expect, it } from "vitest";
import { addIndex, axisIndex, scaleIndex, type Extents } from "../../compiler/compute/affine.js";
import type { Index } from "../../compiler/compute/ir.js";
import {
  linearAddress,
  regionOfAddress,
  sameAddress,
  type LinearAddress,
} from "../../compiler/place/linear.js";
import { overlap, regionOfRuns } from "../../compiler/place/region.js";
import { createRandom, type Random } from "../support/random.js";

const AXES: Extents = new Map([
  ["a", 3],
  ["b", 2],
  ["c", 4],
  ["one", 1],
]);

/** Every assignment of the axes. */
const POINTS = [...AXES].reduce<ReadonlyMap<string, number>[]>(
  (points, [axis, extent]) =>
    points.flatMap((point) =>
      Array.from({ length: extent }, (_, i) => new Map([...point, [axis, i]])),
    ),
  [new Map()],
);

function drawIndex(random: Random): Index {
  let index: Index = { constant: random.int(-2, 5), terms: [] };
  for (const axis of AXES.keys()) {
    if (!random.chance(0.4)) continue;
    const term = axisIndex({ name: axis, extent: AXES.get(axis)! });
    index = addIndex(index, scaleIndex(term, random.pick([-2, -1, 1, 1, 2, 3])));
  }
  return index;
}

const valueAt = (index: Index, point: ReadonlyMap<string, number>): number =>
  index.terms.reduce(
    (sum, { of, coefficient }) => sum + coefficient * point.get(of as string)!,
    index.constant,
  );

interface Drawn {
  readonly address: LinearAddress;
  /** At each of the points. */
  readonly addresses: readonly number[];
}

function draw(random: Random): Drawn {
  const rank = random.int(0, 3);
  const index = Array.from({ length: rank }, () => drawIndex(random));
  const strides = index.map(() => random.pick([0, 1, 1, 2, 4, -1]));
  const place = { buffer: 0, offset: random.int(0, 3), strides };
  const addresses = POINTS.map((point) =>
    index.reduce((sum, one, d) => sum + strides[d]! * valueAt(one, point), place.offset),
  );
  return { address: linearAddress(index, place, AXES)!, addresses };
}

describe("addresses as sums over axes", () => {
  it("are where an index is, go where its points are, and are equal just where all of them are", () => {
    const random = createRandom(1);
    const wrong: unknown[] = [];
    let same = 0;
    for (let i = 0; i < 5000; i++) {
      const [a, b] = [draw(random), draw(random)];
      const { constant, steps } = a.address;
      const found = POINTS.map((point) =>
        [...steps].reduce((sum, [axis, step]) => sum + step * point.get(axis)!, constant),
      );
      const region = regionOfAddress(a.address, AXES);
      const goes = new Set(a.addresses);
      const [low, high] = [Math.min(...goes) - 2, Math.max(...goes) + 2];
      const near = Array.from({ length: high - low + 1 }, (_, at) => low + at);
      const covered = near.every((at) => overlap(region, regionOfRuns(at, [])) === goes.has(at));
      const expected = String(a.addresses) === String(b.addresses);
      if (expected) same++;
      if (
        String(found) !== String(a.addresses) ||
        !covered ||
        sameAddress(a.address, b.address) !== expected ||
        !sameAddress(a.address, a.address)
      )
        wrong.push({ a, b });
    }
    expect(wrong).toEqual([]);
    expect(same).toBeGreaterThan(20);
  });

  it("say nothing of blocks, nor of an index that depends on what is loaded", () => {
    const index = [axisIndex({ name: "a", extent: 3 })];
    const place = { buffer: 0, offset: 0, strides: [1] };
    expect(linearAddress(index, place, AXES)).toBeDefined();
    const block = { dim: 0, size: 2, stride: 2 };
    expect(linearAddress(index, { ...place, block }, AXES)).toBeUndefined();
    const opaque: Index = {
      constant: 0,
      terms: [
        {
          coefficient: 1,
          of: { value: { kind: "constant", value: 1, dtype: "i32" }, min: 0, max: 2 },
        },
      ],
    };
    expect(linearAddress([opaque], place, AXES)).toBeUndefined();
    expect(sameAddress(undefined, undefined)).toBe(false);
  });
});
