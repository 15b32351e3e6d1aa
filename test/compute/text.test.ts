/** The text of kernels: printed, read back, and refused with line and column. */
import { describe, expect, it } from "vitest";
import { CompileError } from "../../compiler/base/error.js";
import { createDecomposer } from "../../compiler/meaning/decompose/index.js";
import { constant } from "../../compiler/compute/expr.js";
import type { Expr, Kernel } from "../../compiler/compute/ir.js";
import { parseKernel } from "../support/kernelText/parse.js";
import { printKernel } from "../../compiler/compute/text/print.js";
import { constantText } from "../../compiler/compute/text/token.js";
import { constantValue } from "../support/kernelText/parseExpr.js";
import { kernelProblems } from "../../compiler/compute/verify/index.js";
import { tensor } from "../../compiler/base/tensor.js";
import { opKernels } from "../support/opKernels.js";
import { FAMILY_NAMES, randomKernel } from "../support/randomKernel.js";

const CONVOLUTION = `\
kernel(x: f32[1,3,8,8], w: f32[4,3,3,3], bias: f32[4]) -> f32[1,4,8,8] {
  out[n, oc, oh, ow] for n < 1, oc < 4, oh < 8, ow < 8
    = sum ic < 3, kh < 3, kw < 3 from bias[oc]
      of x[n, ic, oh + kh - 1, ow + kw - 1 boundary 0.0] * w[oc, ic, kh, kw]
    then max(acc, 0.0)
}
`;

const SOFTMAX = `\
kernel(%logits as x: f32[2,10]) -> f32[2,10] {
  let max: f32
  let e: f32[10]
  let sum: f32
  outer n < 2
  max[]
    = max c < 10
      of %logits[n, c]
  e[c] for c < 10
    = exp(%logits[n, c] - max[])
  sum[]
    = sum c < 10
      of e[c]
  out[n, c] for c < 10
    = e[c] / sum[]
}
`;

const RESIZE = `\
kernel(x: f32[1,3], %"odd \\" name\\n" as y: i32[4]) -> f32[1,4] {
  table rows: i32[4] = [0, 1, 1, 2]
  table weights: f32[2,2] = [0.5, -0, nan, -inf]
  out[n, w] for n < 1, w < 4
    = x[n, clamp(rows[w], 0, 2)] * weights[0, -w + 3 boundary replicate]
      + f32(index(2*w - 1)) * select(%"odd \\" name\\n"[w] < 3 & !isnan(x[0, 0]), 0.1, -1e-7)
}
`.replace("\n      +", " +");

const SILU = `\
kernel(x: f32[8], b: f32[8]) -> f32[8] {
  out[c] for c < 8
    with t0 = x[c] * b[c]
    = t0 + t0
    with t1 = acc + 1.0
    then t1 / (1.0 + exp(-t1))
}
`;

/** One pointwise kernel around an expression over x (f32), i (i32) and c (bool). */
function around(expression: string, result = "f32"): string {
  const inputs = "x: f32[4], i: i32[4], c: bool[4]";
  return `kernel(${inputs}) -> ${result}[4] {\n  out[w] for w < 4\n    = ${expression}\n}\n`;
}

describe("the text of kernels", () => {
  it.each(Object.entries({ CONVOLUTION, SOFTMAX, RESIZE, SILU }))(
    "of %s prints as read",
    (_, text) => {
      const kernel = parseKernel(text);
      expect(printKernel(kernel)).toBe(text);
      expect(kernelProblems(kernel)).toEqual([]);
    },
  );

  it.each([
    ["x[w] - (x[w] - 1.0) - 2.0", "f32"],
    ["-x[w] * -1.0 / neg(1.0)", "f32"],
    ["-(x[w] + 1.0)", "f32"],
    ["(x[w] < 1.0) == (i[w] < 2)", "bool"],
    ["x[w] < 1.0 & c[w] | i[w] << 2 + 1 == 4 ^ true", "bool"],
    ["(c[w] | false) & !c[w]", "bool"],
    ["floordiv(i[w] - -2, 3) + mod(index(w), 2)", "i32"],
    ["i32(x[w]) >> 3 & -2147483648", "i32"],
    ["pow(rem(x[w], 2.5), min(inf, max(nan, -inf)))", "f32"],
    ["float(bits(x[w]) & -65536) + tanh(erf(x[w]))", "f32"],
    ["x[clamp(index(2*w - 3), 0, 3)]", "f32"],
    ["x[3*clamp(i[w], 0, 1) - 1 boundary circular]", "f32"],
    ["i[0 boundary -7]", "i32"],
    ["c[w - 1 boundary true]", "bool"],
    ["sum of x[w]", "f32"],
  ])("prints %s as read", (expression, result) => {
    const text = around(expression, result).replace("= sum of", "= sum\n      of");
    const kernel = parseKernel(text);
    expect(printKernel(kernel)).toBe(text);
    expect(kernelProblems(kernel)).toEqual([]);
  });

  it("of every op's kernel gives the same kernel back", () => {
    for (const { title, kernel } of opKernels()) {
      const text = printKernel(kernel);
      const again = parseKernel(text);
      expect(again, title).toEqual(kernel);
      expect(printKernel(again), title).toBe(text);
    }
  });

  it.each(FAMILY_NAMES)("of random %s kernels gives the same kernels back", (family) => {
    for (let seed = 0; seed < 60; seed++) {
      const { kernel } = randomKernel(seed, family);
      const text = printKernel(kernel);
      const again = parseKernel(text);
      // Which tables are worth folding is a hint for schedules, and no part of what a kernel computes.
      const constants = kernel.constants.map(({ name, value }) => ({ name, value }));
      expect(again, `seed ${seed}`).toEqual({ ...kernel, constants });
      expect(printKernel(again), `seed ${seed}`).toBe(text);
    }
  });

  it("stays short where decomposed functions share their parts", () => {
    const rewrite = createDecomposer();
    const decomposed = parseKernel(around("tanh(log1p(exp(pow(x[w], f32(i[w])))))"));
    const computes = decomposed.computes.map((one) => ({ ...one, body: rewrite(one.body) }));
    const text = printKernel({ ...decomposed, computes });
    expect(text.length).toBeLessThan(20000);
    expect(printKernel(parseKernel(text))).toBe(text);
  });

  it("keeps shared subexpressions one object", () => {
    const { body } = parseKernel(SILU).computes[0]!;
    expect(body.kind === "binary" && body.left === body.right).toBe(true);
  });

  it("wraps long headers and tables, and leaves tables out on request", () => {
    const values = Array.from({ length: 60 }, (_, i) => i * 100);
    const long = (name: string): string => `${name.repeat(30)}: f32[1,2,3]`;
    const inputs = `(\n  ${long("a")},\n  ${long("b")},\n  ${long("d")},\n)`;
    const body =
      "-> i32[60] {\n  table rows: i32[60] = elided\n  out[w] for w < 60\n    = rows[w]\n}\n";
    const elided = `kernel${inputs} ${body}`;
    const tables = new Map([["rows", tensor("i32", [60], values)]]);
    const kernel = parseKernel(elided, tables);
    expect(printKernel(kernel, { elide: 32 })).toBe(elided);
    const whole = printKernel(kernel);
    expect(whole).toContain("table rows: i32[60] = [\n    0, 100, 200,");
    expect(Math.max(...whole.split("\n").map((line) => line.length))).toBeLessThanOrEqual(100);
    expect(parseKernel(whole)).toEqual(kernel);
    expect(() => parseKernel(elided)).toThrow("line 6:9: the values of this table are elided");
  });

  it("takes comments and any blanks", () => {
    const loose = CONVOLUTION.replace("{", '{ // a comment = { ] "\n').replaceAll(" * ", "\n*\t");
    expect(printKernel(parseKernel(loose))).toBe(CONVOLUTION);
  });

  it.each([
    ["x[w] < 1.0 < 2.0", "parentheses: comparisons do not chain"],
    ["x[w] + 1", "line 3:12: add of f32 and i32"],
    ["y[w]", "line 3:7: y is not declared"],
    ["acc", 'expected an expression, found "acc"'],
    ["t0", 'expected an expression, found "t0"'],
    ["min(x[w])", "there is no min of 1 operands"],
    ["sigmoid(x[w])", "there is no sigmoid of 1 operands"],
    ["x[w", "expected ']', found \"}\""],
    ["x[w boundary 1]", "expected a constant of f32 or reflect, replicate, circular"],
    ["x[2.5*w]", "expected a whole number"],
    ["x[w] $", 'line 3:12: expected a name, number or symbol, found "$"'],
    ["1.0.0", "expected a name, number or symbol"],
    ["(".repeat(1000), "nested too deeply"],
    ["!".repeat(1000), "nested too deeply"],
  ])("refuses %s", (expression, message) => {
    const parse = (): Kernel => parseKernel(around(expression));
    expect(parse).toThrow(CompileError);
    expect(parse).toThrow(message);
  });

  it.each([
    ["kernel(x f32[4])", "expected ':', found \"f32\""],
    ["kernel() -> f12[4] {}", "expected an element type"],
    ["kernel() -> f32[4] { table t: i8[2] = [1, 300] }", "300 is no i8"],
    ["kernel() -> f32[4] { table t: i8[2] = [1] }", "expected 2 values, found 1"],
    ["kernel() -> f32[4] { let t: u8 }", "a temporary is f32, i32 or bool"],
    ["kernel() -> f32[4] {} }", 'expected the end of the text, found "}"'],
    ["kernel() -> f32[4] { out[w] for w < x = 1.0 }", 'expected an extent, found "x"'],
  ])("refuses %s", (text, message) => {
    expect(() => parseKernel(text)).toThrow(message);
  });
});

describe("constants", () => {
  it.each<[number, "f32" | "i32" | "bool", string]>([
    [1, "f32", "1.0"],
    [Math.fround(0.1), "f32", "0.1"],
    [0.1, "f32", "0.10000000000000001"],
    [1 / 3, "f32", "0.3333333333333333"],
    [-0, "f32", "-0.0"],
    [Math.fround(3.4028234663852886e38), "f32", "3.4028235e+38"],
    [2 ** -149, "f32", "1e-45"],
    [NaN, "f32", "nan"],
    [-Infinity, "f32", "-inf"],
    [-(2 ** 31), "i32", "-2147483648"],
  ])("%d of %s is %s", (value, dtype, text) => {
    expect(constantText(value, dtype)).toBe(text);
    expect(constantValue(text)).toEqual({ dtype, value });
  });

  it("come back from a kernel bit by bit", () => {
    const pattern = new DataView(new ArrayBuffer(8));
    for (let i = 0; i < 2000; i++) {
      pattern.setUint32(0, Math.imul(i, 2654435761));
      pattern.setUint32(4, Math.imul(i, 40503));
      for (const value of [pattern.getFloat32(0), pattern.getFloat64(0)]) {
        const expr: Expr = { ...constant(0), value } as Expr;
        const kernel = parseKernel(around("1.0"));
        const computes = kernel.computes.map((one) => ({ ...one, body: expr }));
        const again = parseKernel(printKernel({ ...kernel, computes }));
        const { body } = again.computes[0]!;
        expect(body.kind === "constant" && Object.is(body.value, value)).toBe(true);
      }
    }
  });
});
