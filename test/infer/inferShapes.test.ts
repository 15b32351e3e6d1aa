/** What becomes of a definition when its shapes are inferred: order, folding, and sizes that are bound. */
import { describe, expect, it } from "vitest";
import { planModel } from "../../compiler/compile.js";
import type { Definition } from "../../compiler/graph/definition.js";
import { packConstants } from "../../compiler/program/pack.js";
import { tensor } from "../../compiler/base/tensor.js";
import { parseDefinition } from "../../compiler/graph/text/parse.js";
import { printGraph } from "../../compiler/graph/text/print.js";
import { type InferOptions, inferShapes } from "../../compiler/infer/inferShapes.js";
import { codes, infer, problemsOf } from "./infer.js";

describe("infer-shapes", () => {
  it("sorts nodes, types them, completes attributes and drops what is dead", () => {
    const text = `model m(%x: f32[N,3,8]) {
  %s = softmax(%r)
  %dead = relu(%s)
  %r = relu(%x)
  return y = %s, x = %x, c = @c
}
@c : f32[1] = [1]
@unused : f32[1] = [1]
`;
    expect(infer(text, { dims: { N: 2 } })).toBe(`graph m(%x: f32[2,3,8]) {
  %r = relu(%x) : f32[2,3,8]
  %s = softmax(%r) {axis=2} : f32[2,3,8]
  return y = %s, x = %x, c = @c
}
@c : f32[1] = [1]
`);
  });

  it("leaves a sorted definition in its author's order", () => {
    const names = ["b", "a", "d", "c"];
    const nodes = names.map((name) => `%${name} = relu(%x)`).join("\n");
    const sum = "%p = add(%a, %b) %q = add(%c, %d) %s = add(%q, %p)";
    const graph = inferShapes(
      parseDefinition(`model m(%x: f32[1]) { ${nodes} ${sum} return y = %s }`),
    );
    expect(graph.nodes.map((node) => node.name)).toEqual([...names, "p", "q", "s"]);
  });

  it("folds shape arithmetic and makes attributes of the operands that decide shapes", () => {
    const text = `model m(%x: f32[2,3,4]) {
  %shape = concat(@rows, %rest) {axis=0}
  %rest = mul(@two, @six)
  %y = reshape(%x, %shape)
  %z = slice(%y, @starts, @ends)
  return z = %z
}
@rows : i64[1] = [2]
@two : i64[1] = [2]
@six : i64[1] = [6]
@starts : i64[2] = [0, 1]
@ends : i64[2] = [1, 9223372036854775807]
`;
    expect(infer(text)).toBe(`graph m(%x: f32[2,3,4]) {
  %y = reshape(%x) {shape=[2,12]} : f32[2,12]
  %z = slice(%y) {starts=[0,1], ends=[1,12], steps=[1,1]} : f32[1,11]
  return z = %z
}
`);
  });

  it("makes constants of folded nodes and of bound inputs, under their names", () => {
    const text = `model m(%x: f32[2], %k: f32[K]) {
  %t = add(%k, @t)
  %y = mul(%x, %t)
  return y = %y
}
@t : f32[2] = [1, 1]
`;
    const options = { values: new Map([["k", tensor("f32", [2], [5, 6])]]) };
    expect(infer(text, options)).toBe(`graph m(%x: f32[2]) {
  %y = mul(%x, @t.1) : f32[2]
  return y = %y
}
@t.1 : f32[2] = [6, 7]
`);
  });

  it("moves large constants without the interpreter", () => {
    const text = `model m(%x: f32[1,3000]) {
  %t = transpose(@w)
  %u = reshape(%t) {shape=[1000,3000]}
  %s = slice(%u) {starts=[999], ends=[-2000], steps=[-1], axes=[0]}
  %y = matmul(%x, %u) {axis=1}
  %same = identity(@file)
  return y = %y, same = %same, s = %s
}
@w : f32[3000,1000] = seed 3 center 0 spread 1
@file : f32[3000,1000] = file "w.bin" 8
`;
    const graph = inferShapes(parseDefinition(text.replace("-2000", "996")));
    expect(graph.nodes.map((node) => node.op)).toEqual(["matmul"]);
    const [file, u, s] = ["file", "u", "s"].map((name) =>
      graph.constants.find(
        (constant) => constant.name.startsWith(name) || constant.name === "same",
      ),
    );
    expect(file!.source).toEqual({ kind: "file", path: "w.bin", offset: 8 });
    if (u?.source.kind !== "data" || s?.source.kind !== "data") throw new Error("not folded");
    expect(s.type.dims).toEqual([3, 3000]);
    expect(s.source.data[3000]).toBe(u.source.data[998 * 3000]);
  });

  it("leaves to run time what is constant but not at hand or too long to interpret", () => {
    const text = `model m(%x: f32[1]) {
  %a = relu(@file)
  %b = matmul(@w, @w)
  return a = %a, b = %b
}
@file : f32[4] = file "w.bin" 0
@w : f32[512,512] = seed 3 center 0 spread 1
`;
    expect(inferShapes(parseDefinition(text)).nodes).toHaveLength(2);
    const readFile = (): Uint8Array => new Uint8Array(Float32Array.from([-1, 2, -3, 4]).buffer);
    expect(printGraph(inferShapes(parseDefinition(text), { readFile }))).toContain(
      "@a : f32[4] = [0, 2, 0, 4]",
    );
  });

  it("folds wide integers exactly or not at all", () => {
    const model = (count: number): Definition => ({
      name: "wide",
      inputs: [{ name: "x", dtype: "f32", dims: [1] }],
      nodes: [{ name: "y", op: "cast", inputs: ["@w"], attributes: { to: "f32" } }],
      outputs: [{ name: "y", value: "%y" }],
      constants: [
        {
          name: "w",
          type: { dtype: "i64", dims: [count] },
          source: { kind: "data", data: new BigInt64Array(count).fill(2n ** 40n) },
        },
      ],
    });
    const [folded] = inferShapes(model(10)).constants;
    expect(folded!.source).toMatchObject({ data: new Float32Array(10).fill(2 ** 40) });
    expect(inferShapes(model(100_000)).nodes).toHaveLength(1);
    expect(() => packConstants(planModel(model(100_000)).program)).toThrow("does not fit 32 bits");
  });

  it("folds what reductions make of nothing", () => {
    const text = `model m(%x: f32[2,3]) {
  %e = slice(%x) {starts=[0], ends=[0], axes=[1]}
  %sum = reduceSum(%e) {axes=[1]}
  %max = reduceMax(%e) {axes=[1]}
  %mean = reduceMean(%e) {axes=[1]}
  %y = concat(%sum, %max, %mean, %x) {axis=1}
  return y = %y
}
`;
    const printed = infer(text);
    expect(printed).toContain("@sum : f32[2,1] = [0, 0]");
    expect(printed).toContain("@max : f32[2,1] = [-inf, -inf]");
    expect(printed).toContain("@mean : f32[2,1] = [nan, nan]");
  });

  it("takes values without elements for constants, inputs too", () => {
    const text = `model m(%x: f32[2,3]) {
  %e = slice(%x) {starts=[0], ends=[0]}
  %y = concat(%e, %x) {axis=0}
  return y = %y
}
`;
    expect(infer(text)).toContain("@e : f32[0,3] = []");
    expect(infer(text.replace("y = %y", "y = %e"))).toContain("return y = @e");
    const none = infer(text.replace("f32[2,3]", "f32[0,3]"));
    expect(none).toContain("(%x: f32[0,3])");
    expect(none).toContain("return y = @y");
  });
});

describe("binding of sizes", () => {
  const text = `model m(%x: f32[N,C], %y: f32[N,4]) {
  %z = relu(%x)
  return z = %z, y = %y
}
`;

  it("takes symbols from any input's shape", () => {
    expect(infer(text, { shapes: { x: [2, 5] } })).toContain("(%x: f32[2,5], %y: f32[2,4])");
  });

  it("asks for what is unbound by name", () => {
    const problems = problemsOf(text, { dims: { N: 1 } });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatchObject({ code: "unbound-dimension", node: "x" });
    expect(problems[0]!.message).toContain("'C'");
    expect(problems[0]!.hint).toContain("--shape x=N,C");
  });

  it.each<[string, InferOptions, string]>([
    ["two sizes for one symbol", { shapes: { x: [2, 5], y: [3, 4] } }, "shape-mismatch"],
    ["another rank", { shapes: { x: [2] }, dims: { N: 1, C: 1 } }, "shape-mismatch"],
    ["a size that is declared otherwise", { shapes: { x: [2, 5], y: [2, 5] } }, "shape-mismatch"],
    ["an unknown symbol", { dims: { N: 1, C: 1, n: 1 } }, "usage"],
    ["an unknown input", { dims: { N: 1, C: 1 }, shapes: { z: [1] } }, "usage"],
    ["a name of Object.prototype", { dims: { N: 1, C: 1, toString: 1 } }, "usage"],
    ["a fraction", { dims: { N: 1, C: 1.5 } }, "bad-dimension"],
    ["a negative number", { dims: { N: 1, C: -1 } }, "bad-dimension"],
    ["too many elements", { dims: { N: 1, C: 2 ** 31 } }, "too-large"],
    [
      "a value of another type",
      { dims: { N: 1 }, values: new Map([["x", tensor("i32", [1, 1], [0])]]) },
      "type-mismatch",
    ],
  ])("rejects %s", (_, options, code) => {
    expect(codes(text, options)).toContain(code);
  });
});
