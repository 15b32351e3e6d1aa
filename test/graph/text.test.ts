/** The text of models and graphs: printed, read back, and refused with line and column. */
import { describe, expect, it } from "vitest";
import { CompileError } from "../../compiler/base/error.js";
import type { Definition } from "../../compiler/graph/definition.js";
import type { Graph } from "../../compiler/graph/graph.js";
import { parseDefinition, parseGraph, parseText } from "../../compiler/graph/text/parse.js";
import { printDefinition, printGraph } from "../../compiler/graph/text/print.js";
import { DTYPES, tensor } from "../../compiler/base/tensor.js";

const MODEL = `model net(%x: f32[N,3,8,"batch size"], %"1 \\u202e": u8[]) {
  %a = conv(%x, @w, _) {pads="valid", strides=[2,2], weird=["a","b"], flag=true, e=1e-7, none=[]}
  %"x\\ny" = "weird op"(%a, @"*/ exit() /*") {"a b"=-0, low=-inf, n=nan}
  return y = %"x\\ny", "2" = @w
}
@w : f32[2,2] = [0.1, -0, nan, -inf]
@"*/ exit() /*" : i64[1] = [-9223372036854775808]
@file : f32[4096,25088] = file "a b.bin" 4096
@seeded : f32[64] = seed 7 center 0 spread 0.5
@filters : f32[2,3] = seed 8 center 0 spread 0.5 sumless 3
@empty : bool[0] = []
`;

const GRAPH = `graph g(%x: f32[2,6]) {
  %l = leakyRelu(%x) {alpha=0.2} : f32[2,6]
  %r = relu(%l) : f32[2,6]
  %s = softmax(%r) {axis=1} : f32[2,6]
  return s = %s
}
`;

describe("text of a model", () => {
  it("prints what it parsed", () => {
    expect(printDefinition(parseDefinition(MODEL))).toBe(MODEL);
  });

  it("keeps names, blanks, symbols and attribute values of every kind", () => {
    const { nodes, inputs, constants } = parseDefinition(MODEL);
    expect(inputs[0]).toEqual({ name: "x", dtype: "f32", dims: ["N", 3, 8, "batch size"] });
    expect(nodes[0]!.inputs).toEqual(["%x", "@w", undefined]);
    expect(nodes[0]!.attributes).toMatchObject({ pads: "valid", weird: ["a", "b"], flag: true });
    expect(nodes[1]!.attributes).toEqual({ "a b": -0, low: -Infinity, n: NaN });
    const [w, big] = constants;
    expect(w!.source).toEqual({
      kind: "data",
      data: Float32Array.from([Math.fround(0.1), -0, NaN, -Infinity]),
    });
    expect(big!.source).toEqual({ kind: "data", data: BigInt64Array.from([-(2n ** 63n)]) });
  });

  it("reads comments and any layout, and prints its own", () => {
    const text = "model m( // inputs\n%x:f32[1])\n{return y=%x}// end";
    expect(printDefinition(parseDefinition(text))).toBe(
      "model m(%x: f32[1]) {\n  return y = %x\n}\n",
    );
  });

  it("does not mistake an attribute called __proto__ for a prototype", () => {
    const text = "model m(%x: f32[1]) {\n  %y = relu(%x) {__proto__=1}\n  return y = %y\n}\n";
    expect(printDefinition(parseDefinition(text))).toBe(text);
    expect(() => parseDefinition(text.replace("=1}", "=1, __proto__=2}"))).toThrow("2:31");
  });
});

describe("text of a graph", () => {
  it("prints what it parsed, types checked and defaults left out", () => {
    expect(printGraph(parseGraph(GRAPH))).toBe(GRAPH);
    const written = GRAPH.replace("{alpha=0.2}", "{alpha=0.01}");
    expect(printGraph(parseGraph(written))).toContain("leakyRelu(%x) : f32");
  });

  it("restores defaults, so that attributes are complete", () => {
    const graph = parseGraph(GRAPH.replace(" {alpha=0.2}", ""));
    expect(graph.nodes[0]!.attributes).toEqual({ alpha: 0.01 });
  });

  it.each([
    ["a type the op does not give", ["%r = relu(%l) : f32[2,6]", "%r = relu(%l) : f32[3,6]"]],
    ["an unknown op", ["relu(%l)", "rely(%l)"]],
    ["an unknown attribute", ["relu(%l)", "relu(%l) {x=1}"]],
    ["an operand that comes later", ["relu(%l)", "relu(%s)"]],
    ["a name used twice", ["%r = relu", "%l = relu"]],
    ["an attribute that is not canonical", ["axis=1", "axis=-1"]],
    ["a missing operand", ["relu(%l)", "relu()"]],
    ["too many operands", ["relu(%l)", "relu(%l, %x)"]],
    ["nothing returned", ["return s = %s", "return"]],
    ["an output that is not there", ["return s = %s", "return s = %t"]],
    ["a size of zero", ["(%x: f32[2,6])", "(%x: f32[0,6])"]],
  ])("rejects %s with a CompileError", (_, [from, to]) => {
    const text = GRAPH.replace(from!, to!);
    expect(text).not.toBe(GRAPH);
    expect(() => parseText(text)).toThrow(CompileError);
  });
});

describe("constants held in memory", () => {
  const big = tensor(
    "f32",
    [17],
    Array.from({ length: 17 }, (_, i) => i),
  );
  const small = tensor("u8", [17], new Array<number>(17).fill(7));
  const definition: Definition = {
    name: "../a",
    inputs: [],
    nodes: [],
    outputs: [{ name: "y", value: "@b" }],
    constants: [
      { name: "a", type: small.type, source: { kind: "data", data: small.data } },
      { name: "b", type: big.type, source: { kind: "data", data: big.data } },
    ],
  };

  it("lie in a weights file when they are large, at aligned offsets", () => {
    const text = printDefinition(definition);
    expect(text).toContain('@a : u8[17] = file "___a.weights.bin" 0');
    expect(text).toContain('@b : f32[17] = file "___a.weights.bin" 20');
    expect(printDefinition(parseDefinition(text))).toBe(text);
  });

  it("never share a file with constants that lie in one already", () => {
    const inFile = parseDefinition(printDefinition(definition)).constants[0]!;
    const mixed = { ...definition, constants: [inFile, definition.constants[1]!] };
    expect(printDefinition(mixed)).toContain('@b : f32[17] = file "___a.weights.2.bin" 0');
  });

  it("print f32 as the shortest decimals that round to them", () => {
    const values = [0.1, 1 / 3, 3.4028234663852886e38, 1e-45, 16777216, 123456.789].map(
      Math.fround,
    );
    const data = Float32Array.from(values);
    const constant = {
      name: "c",
      type: { dtype: "f32", dims: [6] },
      source: { kind: "data", data },
    } as const;
    const text = printDefinition({ ...definition, constants: [constant] });
    expect(text).toContain("[0.1, 0.33333334, 3.4028235e+38, 1e-45, 16777216, 123456.79]");
    expect(parseDefinition(text).constants[0]!.source).toEqual({ kind: "data", data });
  });
});

describe("syntax errors", () => {
  const problem = (text: string): string => {
    try {
      parseText(text);
    } catch (error) {
      if (error instanceof CompileError) return error.message;
      throw error;
    }
    return "none";
  };

  it.each([
    ["", "line 1:1: expected 'model' or 'graph', found the end of the text"],
    ["model m(%x: f33[1])", `line 1:13: expected an element type (${DTYPES.join(", ")})`],
    ["model m(%x: f32[1]) {\n  %y relu", "line 2:6: expected '=', found \"relu\""],
    ["model m(%x: f32[1] %y", "line 1:20: expected ',' or ')', found \"%y\""],
    ["model m() {\n  foo", "line 2:3: expected a node such as '%name = op(…)', or 'return'"],
    ["model m() { %y = relu(x) }", "line 1:23: expected an operand: %value or @constant"],
    ['model "m', 'line 1:7: expected a closing " before the end of the line'],
    ['model "\\q"() {', "line 1:7: expected a string with JSON's escapes"],
    ["model m() { return } @a : f32[2] = [1]", "line 1:36: expected 2 values, found 1"],
    ["model m() { return } @a : u8[1] = [256]", "line 1:36: expected a value of type u8"],
    ["model m() { return } @a : f32[1e9] = [1]", "expected at most 536870911 values"],
    ["model m() { return } @a : f32[1.5] = [1]", "line 1:31: expected a dimension"],
    ['model m() { return } @a : f32[1] = file "x" -4', "expected a byte offset"],
    ["model m() { return } @a : f32[1] = seed 1 center inf", "expected a number"],
    ["model m() { return } stray", "expected a constant such as '@name : f32[1] = [0]'"],
    ["model m() { $", 'line 1:13: expected a name, number, string or punctuation, found "$"'],
    ["model m() { %y = f() {a=}", "line 1:25: expected a number, string, boolean or list"],
    ["graph g() { %y = f() return y = %y }", "line 1:22: expected ':'"],
    ["graph g(%x: f32[N]) {", "line 1:17: expected a dimension"],
    ["model m() { %y = f() {a=1.2.3}", "line 1:25: expected a name, number"],
  ])("%j says where and what", (text, message) => {
    expect(problem(text)).toContain(`[syntax]`);
    expect(problem(text)).toContain(message);
  });

  it("come in time proportional to the text", () => {
    for (const hostile of [
      "(",
      "[",
      "{",
      '"',
      "%",
      "\\",
      "//\n",
      " ",
      '"\\',
      "a",
      "1",
      "-",
      "\n",
    ]) {
      const code = hostile === "a" || hostile === "1" ? "[too-large]" : "[syntax]";
      expect(problem(`model m(${hostile.repeat(2_000_000)}`)).toContain(code);
      expect(problem(`model m() { %y = f(%x) {a=[${hostile.repeat(2_000_000)}`)).toContain(code);
    }
    const nested = `model m() { %y = f() {a=${"[".repeat(1_000_000)}`;
    expect(problem(nested)).toContain("line 1:26");
  });
});

describe("a graph made in memory", () => {
  it("keeps what it is through print and parse", () => {
    const graph: Graph = parseGraph(GRAPH);
    expect(parseGraph(printGraph(graph))).toEqual(graph);
  });
});
