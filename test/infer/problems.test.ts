/** What is wrong with a definition, said all at once. */
import { describe, expect, it } from "vitest";
import { tensor } from "../../compiler/base/tensor.js";
import type { Definition } from "../../compiler/graph/definition.js";
import { inferShapes } from "../../compiler/infer/inferShapes.js";
import { codes, problemsOf } from "./infer.js";
import { unlimited } from "../support/unlimited.js";

describe("problems", () => {
  const wrap = (body: string): string =>
    `model m(%x: f32[1,4]) {\n${body}\n}\n@w : f32[4,5] = seed 1 center 0 spread 1\n`;

  it("are all reported at once, each with its node and op", () => {
    const text = wrap(`
  %a = relly(%x)
  %b = softmax(%a) {axis="x", axes=1}
  %c = relu(%nowhere)
  %d = matmul(%x, @w)
  %e = matmul(%d, @w)
  %f = relu(%e)
  %g = add(%x)
  %h = relu(%x, %x)
  %i = softmax(%x) {axis=7}
  return a = %b, c = %c, f = %f, g = %g, h = %h, i = %i, j = %gg`);
    const problems = problemsOf(text);
    expect(problems.map(({ code, node, op }) => [code, node, op])).toEqual([
      ["unknown-op", "a", "relly"],
      ["bad-attribute", "b", "softmax"],
      ["unknown-attribute", "b", "softmax"],
      ["unknown-operand", "c", "relu"],
      ["shape-mismatch", "e", "matmul"],
      ["missing-input", "g", "add"],
      ["extra-input", "h", "relu"],
      ["bad-attribute", "i", "softmax"],
      ["unknown-operand", "j", undefined],
    ]);
    expect(problems[0]!.hint).toBe("did you mean 'relu'?");
    expect(problems[2]!.hint).toBe("did you mean 'axis'?");
  });

  it("name the nodes of a cycle", () => {
    const text = wrap("%a = add(%x, %c)\n%b = relu(%a)\n%c = relu(%b)\nreturn y = %c");
    const [problem, ...rest] = problemsOf(text);
    expect(rest).toEqual([]);
    expect(problem).toMatchObject({ code: "cycle" });
    expect(problem!.message).toContain("'a' -> 'c' -> 'b' -> 'a'");
  });

  it.each([
    ["a value named twice", "%x = relu(@w)\nreturn y = %x", "duplicate-name"],
    ["a result named twice", "return y = %x, y = %x", "duplicate-name"],
    ["no result", "return", "no-output"],
    ["an empty name", '%"" = relu(%x)\nreturn y = %x', "bad-name"],
    ["an op from Object.prototype", "%a = toString(%x)\nreturn y = %a", "unknown-op"],
    [
      "an attribute from Object.prototype",
      "%a = relu(%x) {constructor=1}\nreturn y = %a",
      "unknown-attribute",
    ],
    ["a hidden attribute", "%a = relu(%x) {__proto__=1}\nreturn y = %a", "unknown-attribute"],
    ["NaN as an attribute", "%a = elu(%x) {alpha=nan}\nreturn y = %a", "bad-attribute"],
    ["a shape that is not constant", "%a = reshape(%x, %x)\nreturn y = %a", "needs-constant"],
    ["a shape given twice", "%a = reshape(%x, @w) {shape=[4]}\nreturn y = %a", "bad-attribute"],
    ["a shape of two dimensions", "%a = reshape(%x, @w)\nreturn y = %a", "bad-attribute"],
    [
      "a result that is too large",
      "%a = tile(%x) {repeats=[65536,65536]}\nreturn y = %a",
      "too-large",
    ],
    ["a missing constant", "%a = add(%x, @v)\nreturn y = %a", "unknown-operand"],
  ])("reject %s", (_, body, code) => {
    expect(codes(wrap(body))).toEqual([code]);
  });

  it("say which inputs to bind", () => {
    const [problem] = problemsOf(
      "model m(%x: f32[4], %s: i64[1]) { %t = neg(%s) %y = reshape(%x, %t) return y = %y }",
    );
    expect(problem).toMatchObject({ code: "needs-constant", node: "y", op: "reshape" });
    expect(problem!.hint).toBe("make it so with --bind s=<number>");
    expect(problem).toMatchObject({ bind: ["s"] });
  });

  it.each([
    ["i64[N]", "make it so with --bind s=s.npy"],
    ["i64[3]", "make it so with --bind s=s.npy"],
    ["i64[1,1]", "make it so with --bind s=<number>"],
    ["i64[1,80]", "it depends on what 's' holds: --output ends the model before it"],
    ["i64[1,3,N,N]", "it depends on what 's' holds: --output ends the model before it"],
  ])("ask nobody to bind what runs are about: %s", (type, hint) => {
    const dims = type.includes("N") ? { dims: { N: 2 } } : {};
    const text = `model m(%x: f32[4], %s: ${type}) { %t = reshape(%s) {shape=[-1]} %y = reshape(%x, %t) return y = %y }`;
    const [problem] = problemsOf(text, dims);
    expect(problem).toMatchObject({ code: "needs-constant", hint });
  });

  it("do not come twice: what depends on a problem is silent", () => {
    const text = wrap(
      "%a = reshape(%x, %s)\n%s = concat(%t) {axis=5}\n%t = relu(@w)\nreturn y = %a",
    );
    expect(codes(text)).toEqual(["bad-attribute"]);
  });

  it("include constants whose values do not fill them", () => {
    const { type, data } = tensor("f32", [3], [1, 2, 3]);
    const definition = (dims: readonly number[]): Definition => ({
      name: "m",
      inputs: [],
      nodes: [],
      outputs: [{ name: "y", value: "@c" }],
      constants: [{ name: "c", type: { ...type, dims }, source: { kind: "data", data } }],
    });
    expect(codes(definition([3]))).toEqual([]);
    expect(codes(definition([4]))).toEqual(["bad-weights"]);
    expect(codes(definition([-3]))).toEqual(["bad-dimension"]);
    expect(codes(definition([1.5, 2]))).toEqual(["bad-dimension"]);
  });

  it("do not overflow the stack on deep networks", () => {
    const nodes = Array.from({ length: 50_000 }, (_, i) => ({
      name: `n${i}`,
      op: "relu",
      inputs: [`%${i === 0 ? "x" : `n${i - 1}`}` as const],
      attributes: {},
    }));
    const definition: Definition = {
      name: "deep",
      inputs: [{ name: "x", dtype: "f32", dims: [1] }],
      nodes: nodes.reverse(),
      outputs: [{ name: "y", value: "%n49999" }],
      constants: [],
    };
    expect(inferShapes(definition, unlimited()).nodes[0]!.name).toBe("n0");
  });
});
