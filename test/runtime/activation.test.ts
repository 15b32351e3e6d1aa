/** Both views of an activation read the memory they are given. */
import { describe, expect, it } from "vitest";
import { featureMaps, featureVectors } from "../../runtime/index.js";

const [channels, height, width] = [3, 2, 4];
const values = Float32Array.from({ length: channels * height * width }, (_, i) => i);
const shape = [channels, height, width];

describe("an activation", () => {
  it("is a grid of feature vectors", () => {
    const vectors = featureVectors(values, shape);
    expect(vectors.grid).toEqual([2, 4]);
    expect([...vectors.at(1, 2)]).toEqual([6, 14, 22]);
    expect(vectors.at(0, 3).at(2)).toBe(19);
    expect(vectors.at(0, 0).length).toBe(3);
  });

  it("is a stack of feature maps", () => {
    const maps = featureMaps(values, shape);
    expect(maps.length).toBe(3);
    expect([...maps.map(1).values]).toEqual([8, 9, 10, 11, 12, 13, 14, 15]);
    expect(maps.map(2).at(1, 3)).toBe(23);
    expect(maps.map(0).values.buffer).toBe(values.buffer);
  });

  it("is read in place: later values show", () => {
    const own = values.slice();
    const vector = featureVectors(own, shape).at(0, 1);
    const map = featureMaps(own, shape).map(1);
    own[9] = 100;
    expect([vector.at(1), map.at(0, 1)]).toEqual([100, 100]);
  });

  it("has one, two or three spatial dimensions", () => {
    expect([...featureVectors(values, [6, 4]).at(3)]).toEqual([3, 7, 11, 15, 19, 23]);
    expect(featureMaps(values, [2, 3, 2, 2]).map(1).at(2, 1, 0)).toBe(22);
  });

  it.each([
    [
      (): unknown => featureVectors(values, [3, 2, 5]),
      "24 values are not an activation of 3 × 2 × 5",
    ],
    [(): unknown => featureMaps(values, shape).map(3), "3 is not in 0 … 2"],
    [(): unknown => featureVectors(values, shape).at(2, 0), "2 is not in 0 … 1"],
    [(): unknown => featureVectors(values, shape).at(0), "expected 2 coordinates, got 1"],
    [(): unknown => featureVectors(values, shape).at(0, 0).at(-1), "-1 is not in 0 … 2"],
    [(): unknown => featureVectors(values, []), "24 values are not an activation of "],
  ])("refuses %s", (read, message) => {
    expect(read).toThrow(new RangeError(message));
  });
});
