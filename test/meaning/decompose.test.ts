/** How accurate the polynomials are that elementary functions become. */
import { describe, expect, it } from "vitest";
import { opaqueIndex } from "../../compiler/compute/affine.js";
import { createDecomposer, decompose } from "../../compiler/meaning/decompose/index.js";
import { fround } from "../../compiler/meaning/decompose/primitives.js";
import { add, cast, constant, load, unary } from "../../compiler/compute/expr.js";
import type { ElementaryOp } from "../../compiler/compute/ir.js";
import { isElementary } from "../../compiler/compute/operators.js";
import { unaryFunction } from "../../compiler/meaning/scalarMath.js";
import { distinctNodes, evaluateBatch } from "../support/evaluateBatch.js";
import { floats, worstOf } from "../support/unitsInLastPlace.js";

/** Largest error allowed in [f64, f32] arithmetic, in units in the last place. */
const LIMITS: Readonly<Record<ElementaryOp, readonly [number, number]>> = {
  exp: [0.6, 1.2],
  expm1: [0.8, 1.7],
  log: [0.6, 1],
  log1p: [0.7, 1],
  tanh: [0.8, 2.5],
  erf: [1.5, 5],
  sin: [0.7, 2],
  cos: [0.7, 2],
  tan: [0.7, 3.7],
  asin: [0.7, 2.5],
  acos: [0.7, 1.5],
  atan: [1, 2.2],
  sinh: [1, 1.7],
  cosh: [0.7, 1.5],
  asinh: [0.7, 1.7],
  acosh: [0.7, 1.8],
  atanh: [0.7, 1.8],
};

const x = load("x", []);

describe("decompose", () => {
  for (const op of Object.keys(LIMITS) as ElementaryOp[]) {
    const reference = unaryFunction(op, "f32");
    const expr = decompose(unary(op, x));
    const periodic = op === "sin" || op === "cos" || op === "tan";
    const column = floats(1 << 15).filter((value) => !(periodic && Math.abs(value) > 1e4));
    if (periodic)
      column.set(
        Float64Array.from({ length: 2000 }, (_, i) => 8000 + i),
        64,
      );
    const columns = new Map([["x", column]]);
    for (const [arithmetic, limit] of [
      ["f64", LIMITS[op][0]],
      ["f32", LIMITS[op][1]],
    ] as const) {
      it(`${op} is within ${limit} ulp in ${arithmetic} arithmetic, special values exact`, () => {
        const worst = worstOf(expr, columns, (i) => reference(column[i]!), arithmetic);
        expect(worst.ulp, worst.at).toBeLessThanOrEqual(limit);
      });
    }
    it(`${op} leaves primitives alone, each shared subtree one object`, () => {
      const nodes = distinctNodes(expr);
      expect(nodes.length).toBeLessThan(100);
      for (const node of nodes) {
        if (node.kind === "unary") expect(isElementary(node.op)).toBe(false);
        if (node.kind === "constant" && node.dtype === "f32")
          expect(Object.is(node.value, Math.fround(node.value))).toBe(true);
      }
    });
  }

  it("1 + exp is within 1.5 ulp where sigmoids divide by it, and simpler than exp", () => {
    const column = floats(1 << 15);
    const sum = add(constant(1), unary("exp", x));
    const expr = decompose(sum);
    const reference = (i: number): number => Math.fround(1 + Math.exp(column[i]!));
    for (const arithmetic of ["f64", "f32"] as const) {
      const worst = worstOf(fround(expr), new Map([["x", column]]), reference, arithmetic);
      expect(worst.ulp, worst.at).toBeLessThanOrEqual(1.5);
    }
    expect(distinctNodes(expr).length).toBeLessThan(
      distinctNodes(decompose(unary("exp", x))).length,
    );
  });

  it("sin and cos stay inside ±1 and NaN at ±Inf, however large x is", () => {
    const column = floats(1 << 14);
    for (const arithmetic of ["f64", "f32"] as const) {
      for (const op of ["sin", "cos"] as const) {
        const got = evaluateBatch(decompose(unary(op, x)), new Map([["x", column]]), arithmetic);
        got.forEach((value, i) => {
          if (Number.isFinite(column[i])) expect(Math.abs(value)).toBeLessThan(1.000001);
          else expect(value).toBeNaN();
        });
      }
    }
  });

  it("keeps full precision of f64 in sin for large arguments", () => {
    const column = Float64Array.from({ length: 1000 }, (_, i) => 1e4 + i * 987.654321);
    const got = evaluateBatch(decompose(unary("sin", x)), new Map([["x", column]]), "f64");
    got.forEach((value, i) => expect(value).toBeCloseTo(Math.sin(column[i]!), 6));
  });

  it("decomposes inside index terms and nested functions, and keeps identity of shared operands", () => {
    const rounded = cast("i32", unary("exp", constant(1)));
    const at = decompose(load("x", [opaqueIndex(add(rounded, cast("i32", x)), 0, 4)]));
    expect(distinctNodes(at).some((node) => node.kind === "unary" && node.op === "exp")).toBe(
      false,
    );
    const nested = decompose(unary("tanh", unary("log1p", unary("exp", x))));
    expect(distinctNodes(nested).length).toBeLessThan(200);
    const rewrite = createDecomposer();
    const shared = unary("exp", x);
    expect(rewrite(add(shared, 1))).toMatchObject({ left: rewrite(shared) });
  });

  it("folds elementary functions of constants into f32 constants", () => {
    const folded = decompose(unary("exp", constant(1)));
    expect(folded).toEqual({ kind: "constant", dtype: "f32", value: Math.fround(Math.E) });
  });
});
