/** Copies of parts and permutations of tensors. */
import { describe, expect, it } from "vitest";
import { permuteTensor, stridedCopy } from "../../compiler/graph/stridedCopy.js";
import { tensor } from "../../compiler/base/tensor.js";

/** x[i][j][k] = 100i + 10j + k */
const x = tensor(
  "i32",
  [2, 3, 4],
  Array.from(
    { length: 24 },
    (_, at) => 100 * Math.floor(at / 12) + 10 * (Math.floor(at / 4) % 3) + (at % 4),
  ),
);

describe("permuteTensor", () => {
  it.each([[[0, 1, 2]], [[2, 0, 1]], [[1, 2, 0]], [[2, 1, 0]]])(
    "moves dims to %j",
    (permutation) => {
      const { type, data } = permuteTensor(x, permutation);
      expect(type.dims).toEqual(permutation.map((at) => [2, 3, 4][at]));
      const [d0, d1, d2] = type.dims as [number, number, number];
      for (let a = 0; a < d0; a++) {
        for (let b = 0; b < d1; b++) {
          for (let c = 0; c < d2; c++) {
            const index = [0, 0, 0];
            [a, b, c].forEach((value, i) => (index[permutation[i]!] = value));
            expect(data[(a * d1 + b) * d2 + c]).toBe(100 * index[0]! + 10 * index[1]! + index[2]!);
          }
        }
      }
    },
  );
});

describe("stridedCopy", () => {
  it("takes parts backwards and with steps", () => {
    expect([...stridedCopy(x, [2, 2, 2], 11, [12, -8, -2]).data]).toEqual([
      23, 21, 3, 1, 123, 121, 103, 101,
    ]);
  });

  it("takes scalars and nothing", () => {
    expect([...stridedCopy(x, [], 5, []).data]).toEqual([11]);
    expect(stridedCopy(x, [0, 2], 0, [1, 1]).data).toHaveLength(0);
  });
});
