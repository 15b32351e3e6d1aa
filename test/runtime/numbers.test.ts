/** The numeric helpers against definitions written another way. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  binaryFunction,
  saturate as referenceSaturate,
  unaryFunction,
} from "../../compiler/meaning/scalarMath.js";
import { bits, float, round, saturate } from "../../runtime/index.js";

const special = [0, -0, 0.5, -0.5, 1.5, -1.5, 2.5, -2.5, 0.49999999999999994, -0.49999999999999994];
const huge = [
  Infinity,
  -Infinity,
  NaN,
  2 ** 52,
  2 ** 52 - 0.5,
  -(2 ** 52) + 0.5,
  2 ** 53,
  1e300,
  -1e300,
];
const edges = [2 ** 31, 2 ** 31 - 1, -(2 ** 31), -(2 ** 31) - 1, 5e-324, 1e-45, 3.4028235e38];

describe("round, bits, float, saturate", () => {
  it.each([...special, ...huge, ...edges])("%s", (x) => {
    expect(round(x)).toBe(unaryFunction("round", "f32")(x));
    expect(bits(x)).toBe(unaryFunction("bits", "f32")(x));
    expect(saturate(x)).toBe(referenceSaturate(x));
  });

  it("agree with the reference everywhere", () => {
    fc.assert(
      fc.property(fc.double(), fc.integer(), (x, pattern) => {
        expect(round(x)).toBe(unaryFunction("round", "f32")(x));
        expect(bits(x)).toBe(unaryFunction("bits", "f32")(x));
        expect(saturate(x)).toBe(referenceSaturate(x));
        expect(float(pattern)).toBe(unaryFunction("float", "i32")(pattern));
        expect(binaryFunction("ne", "f32")(float(bits(x)), Math.fround(x))).toBe(
          Number.isNaN(x) ? 1 : 0,
        );
      }),
    );
  });

  it("rounds halves to the even neighbour", () => {
    expect([0.5, 1.5, 2.5, 3.5, -0.5, -1.5].map(round)).toEqual([0, 2, 2, 4, -0, -2]);
  });
});
