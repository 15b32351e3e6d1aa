/** How accurate the polynomials are that powers become, and which powers become products. */
import { describe, expect, it } from "vitest";
import { decompose } from "../../compiler/meaning/decompose/index.js";
import { binary, constant, load } from "../../compiler/compute/expr.js";
import type { Expr } from "../../compiler/compute/ir.js";
import { binaryFunction } from "../../compiler/meaning/scalarMath.js";
import { distinctNodes, evaluateBatch } from "../support/evaluateBatch.js";
import { floats, SPECIAL, worstOf } from "../support/unitsInLastPlace.js";

const x = load("x", []);
const y = load("y", []);

describe("decompose pow", () => {
  const general = decompose(binary("pow", x, y));
  const reference = binaryFunction("pow", "f32");

  function check(expr: Expr, xs: Float64Array, ys: Float64Array, limits = [0.7, 1.5]): void {
    const columns = new Map([
      ["x", xs],
      ["y", ys],
    ]);
    (["f64", "f32"] as const).forEach((arithmetic, position) => {
      const worst = worstOf(expr, columns, (i) => reference(xs[i]!, ys[i]!), arithmetic);
      expect(worst.ulp, worst.at).toBeLessThanOrEqual(limits[position]!);
    });
  }

  it("is exact where C says so", () => {
    const values = [...SPECIAL, 3, -3, 1.5, -1.5, 10, 0.25, 0.75, -0.75, 1e30, -1e30, 4294967040];
    const pairs = values.flatMap((a) => values.map((b) => [Math.fround(a), Math.fround(b)]));
    check(
      general,
      Float64Array.from(pairs, ([a]) => a!),
      Float64Array.from(pairs, ([, b]) => b!),
    );
  });

  it("gives 2^10 = 1024 and other small powers exactly", () => {
    const xs = Float64Array.from([2, 2, 4, 10, -2, 9]);
    const ys = Float64Array.from([10, -3, 0.5, 2, 7, 1.5]);
    for (const arithmetic of ["f64", "f32"] as const) {
      const columns = new Map([
        ["x", xs],
        ["y", ys],
      ]);
      const got = Array.from(evaluateBatch(general, columns, arithmetic), Math.fround);
      expect(got).toEqual([1024, 0.125, 2, 100, -128, 27]);
    }
  });

  it("is accurate over random bit patterns and over results in range", () => {
    const xs = floats(1 << 14);
    check(general, xs, floats(1 << 14, 7).reverse());
    const finite = xs.map((value) => (value > 0 && value < Infinity ? value : 0.75));
    const inRange = finite.map((value, i) => {
      const exponent = ((i % 3001) / 1500 - 1) * 152;
      return Math.fround(Math.log2(value) === 0 ? 1 : exponent / Math.log2(value));
    });
    check(general, finite, inRange);
    const nearOne = xs.map((_, i) => Math.fround(0.75 + i / (1 << 15)));
    check(
      general,
      nearOne,
      nearOne.map((value) => Math.fround(100 / Math.log2(value) || 2)),
    );
  });

  it("writes small constant exponents as products and roots, others in general", () => {
    const xs = floats(1 << 12);
    for (const exponent of [
      0, 0.25, 0.5, 0.75, 1, 1.5, 2, 2.5, 3, 4, 5, 6, -0.25, -0.5, -0.75, -1, -1.5, -2, -3,
    ]) {
      const expr = decompose(binary("pow", x, constant(exponent)));
      expect(distinctNodes(expr).length).toBeLessThan(14);
      check(
        expr,
        xs,
        xs.map(() => exponent),
        [0.6, 4],
      );
    }
    for (const exponent of [0.1, -2.2, 1 / 3, 7, -4, -1.75].map(Math.fround)) {
      const expr = decompose(binary("pow", x, constant(exponent)));
      check(
        expr,
        xs,
        xs.map(() => exponent),
      );
    }
  });
});
