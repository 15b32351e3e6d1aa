/** Where steps get their operands rounded, and where that is spared. */
import { describe, expect, it } from "vitest";
import { axisIndex } from "../../compiler/compute/affine.js";
import { binary, constant, load } from "../../compiler/compute/expr.js";
import { parseKernel } from "../support/kernelText/parse.js";
import { printKernel } from "../../compiler/compute/text/print.js";
import { roundSteps } from "../../compiler/meaning/roundSteps.js";

function around(expression: string, result: string): string {
  const inputs = "x: f32[4], y: f32[4], i: i32[4], c: bool[4]";
  return `kernel(${inputs}) -> ${result}[4] {\n  out[w] for w < 4\n    = ${expression}\n}\n`;
}

function rounded(text: string): string {
  return printKernel(roundSteps(parseKernel(text)));
}

describe("steps read rounded values", () => {
  it.each([
    ["i32(x[w] / y[w])", "i32(fround(x[w] / y[w]))", "i32"],
    ["bool(x[w] * y[w])", "bool(fround(x[w] * y[w]))", "bool"],
    ["floor(sqrt(x[w]))", "floor(fround(sqrt(x[w])))", "f32"],
    ["rem(x[w] + 1.0, y[w])", "rem(fround(x[w] + 1.0), y[w])", "f32"],
    ["acos(x[w] * y[w])", "acos(fround(x[w] * y[w]))", "f32"],
    // The exponent alone decides whether there is a power.
    ["pow(x[w] + 1.0, y[w] + 1.0)", "pow(x[w] + 1.0, fround(y[w] + 1.0))", "f32"],
    // Not every integer is an f32.
    ["floor(f32(i[w]))", "floor(fround(f32(i[w])))", "f32"],
    ["exp(x[w]) == y[w]", "fround(exp(x[w])) == y[w]", "bool"],
    // Within an index.
    ["x[clamp(i32(y[w] * 3.0), 0, 3)]", "x[clamp(i32(fround(y[w] * 3.0)), 0, 3)]", "f32"],
  ])("%s => %s", (before, after, result) => {
    expect(rounded(around(before, result))).toBe(around(after, result));
  });

  it.each([
    ["floor(x[w])", "f32"],
    ["floor(max(-x[w], abs(y[w]))) + 0.1", "f32"],
    ["x[w] < select(c[w], 0.5, rem(x[w], y[w]))", "bool"],
    ["i32(round(x[w]))", "i32"],
    ["floor(f32(c[w]))", "f32"],
    ["f32(index(w)) < x[w - 1 boundary 0.0]", "bool"],
    ["float(bits(x[w] + y[w]) & 255) == x[w]", "bool"],
    ["bits(x[w] * y[w])", "i32"],
    ["isnan(x[w] / y[w])", "bool"],
    ["max(min(x[w] * 0.1, 6.0), 0.0) + exp(sqrt(x[w] * y[w]))", "f32"],
  ])("%s as it is", (expression, result) => {
    expect(rounded(around(expression, result))).toBe(around(expression, result));
  });

  it("rounds constants here and now", () => {
    const kernel = parseKernel(around("x[w] < 0.1", "bool"));
    const [compute] = kernel.computes;
    const body = binary("lt", load("x", [axisIndex("w")]), 0.1);
    const [result] = roundSteps({ ...kernel, computes: [{ ...compute!, body }] }).computes;
    expect(result!.body).toMatchObject({ right: constant(Math.fround(0.1)) });
  });

  it("rounds a value wherever it is read, once", () => {
    const [before, after] = ["x[w] * y[w]", "fround(x[w] * y[w])"].map(
      (value) =>
        `kernel(x: f32[4], y: f32[4]) -> f32[4] {\n  out[w] for w < 4\n    with t0 = ${value}\n` +
        "    = select(t0 < 0.0, t0 * 0.1, t0)\n}\n",
    );
    expect(rounded(before!)).toBe(after);
  });

  it("rounds sums that an epilogue looks at, but no greatest value", () => {
    const text = (combine: string, acc: string): string =>
      `kernel(x: f32[4,8]) -> f32[4] {\n  out[w] for w < 4\n    = ${combine} k < 8\n      of x[w, k]\n` +
      `    then select(${acc} < 1.0, ${acc}, 0.0)\n}\n`;
    expect(rounded(text("sum", "acc"))).toBe(text("sum", "fround(acc)"));
    expect(rounded(text("max", "acc"))).toBe(text("max", "acc"));
  });

  it("rounds registers where they are set, if a step reads them", () => {
    const text = (mean: string, combine: string): string =>
      `kernel(x: f32[2,4]) -> bool[2,4] {\n  let mean: f32\n  outer n < 2\n  mean[]\n` +
      `    = ${combine} k < 4\n      of x[n, k]\n${mean}` +
      "  out[n, w] for w < 4\n    = x[n, w] < mean[]\n}\n";
    expect(rounded(text("", "sum"))).toBe(text("    then fround(acc)\n", "sum"));
    expect(rounded(text("    then acc / 4.0\n", "sum"))).toBe(
      text("    then fround(acc / 4.0)\n", "sum"),
    );
    expect(rounded(text("", "max"))).toBe(text("", "max"));
  });
});
