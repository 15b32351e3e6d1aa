/** Halves: all patterns, and what lies between them. */
import { describe, expect, it } from "vitest";
import { halfOfNumber, numberOfHalf } from "../../compiler/base/float16.js";

const PATTERNS = Array.from({ length: 0x7c00 }, (_, bits) => bits);

describe("halves", () => {
  it("come back from numbers", () => {
    for (const bits of PATTERNS) {
      expect(halfOfNumber(numberOfHalf(bits))).toBe(bits);
      expect(halfOfNumber(-numberOfHalf(bits))).toBe(bits | 0x8000);
    }
    expect([0x7c00, 0xfc00].map(numberOfHalf)).toEqual([Infinity, -Infinity]);
    expect(halfOfNumber(Infinity)).toBe(0x7c00);
    expect(numberOfHalf(halfOfNumber(NaN))).toBeNaN();
  });

  it("are the nearest ones, of two as near the even one", () => {
    for (const bits of PATTERNS.slice(0, -1)) {
      const [low, high] = [numberOfHalf(bits), numberOfHalf(bits + 1)];
      const middle = (low + high) / 2;
      expect(halfOfNumber(middle)).toBe(bits % 2 === 0 ? bits : bits + 1);
      expect(halfOfNumber(middle * (1 - 2 ** -23))).toBe(bits);
      expect(halfOfNumber(middle * (1 + 2 ** -23))).toBe(bits + 1);
    }
  });

  it("are infinite from half a step above the largest on", () => {
    expect(numberOfHalf(0x7bff)).toBe(65504);
    expect(halfOfNumber(65519.99)).toBe(0x7bff);
    expect(halfOfNumber(65520)).toBe(0x7c00);
    expect(halfOfNumber(-1e30)).toBe(0xfc00);
  });

  it("round an f32, not what it was rounded from", () => {
    // Above the middle of two halves as an f64, on it as an f32.
    expect(halfOfNumber(1 + 2 ** -11 + 2 ** -40)).toBe(halfOfNumber(1));
  });
});
