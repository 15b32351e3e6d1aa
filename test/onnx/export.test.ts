/** What is written as ONNX: nodes and attributes, names, outputs of every kind, and what is refused. */
import { describe, expect, it } from "vitest";
import { CompileError, type Problem } from "../../compiler/base/error.js";
import type { Graph } from "../../compiler/graph/graph.js";
import { parseDefinition } from "../../compiler/graph/text/parse.js";
import { decodeModel } from "../../compiler/onnx/decode.js";
import { exportOnnx } from "../../compiler/onnx-export/export.js";
import type { OnnxAttribute, OnnxNode } from "../../compiler/onnx/messages.js";
import { inferShapes } from "../../compiler/infer/inferShapes.js";
import { tensor, type Tensor } from "../../compiler/base/tensor.js";
import { runOnnx } from "../support/onnxRuntime.js";

const graphOf = (text: string): Graph => inferShapes(parseDefinition(text), {});

function valueOf({ type, f, i, s, floats, ints }: OnnxAttribute): string {
  const texts: Readonly<Record<number, string>> = {
    1: String(Math.round(f * 1e6) / 1e6),
    2: String(i),
    3: new TextDecoder().decode(s),
    6: floats.join(","),
    7: `[${ints.join(",")}]`,
  };
  return texts[type] ?? "?";
}

/** `Conv(x,w) pads=[1,1,1,1]` for every node. */
function nodesOf(graph: Graph): string[] {
  return decodeModel(exportOnnx(graph)).graph!.node.map(
    ({ opType, input, attribute }: OnnxNode) =>
      `${opType}(${input.join(",")})${attribute.map((one) => ` ${one.name}=${valueOf(one)}`).join("")}`,
  );
}

/** One node of images x, weights w and biases b. */
function exported(node: string, w = "f32[4,2,3,3]", x = "f32[1,2,5,6]"): string[] {
  return nodesOf(
    graphOf(`model m(%x: ${x}) {\n  %y = ${node}\n  return y = %y\n}
@w : ${w} = seed 1 center 0 spread 1
@b : f32[4] = seed 2 center 0 spread 1
`),
  );
}

function problemsOf(run: () => unknown): readonly Problem[] {
  try {
    run();
  } catch (error) {
    if (error instanceof CompileError) return error.problems;
    throw error;
  }
  throw new Error("nothing was refused");
}

describe("nodes", () => {
  it("of a convolution have its window, and nothing that is the default", () => {
    expect(exported("conv(%x, @w, @b) {pads=[1,0,2,1], strides=[2,1]}")).toEqual([
      "Conv(x,w,b) kernel_shape=[3,3] strides=[2,1] pads=[1,0,2,1] group=1",
    ]);
  });

  it("pad before a convolution what it cannot pad itself", () => {
    expect(exported('conv(%x, @w) {pads=[1,1,1,1], padMode="reflect"}')).toEqual([
      "Pad(x,y.constant) mode=reflect",
      "Conv(y.Pad,w) kernel_shape=[3,3] group=1",
    ]);
  });

  it("of a linear layer are a Gemm, a 1×1 Conv or a MatMul, by the axis", () => {
    const w = "f32[4,3]";
    expect(exported("matmul(%x, @w, @b) {axis=1}", w, "f32[2,3]")).toEqual([
      "Gemm(x,w,b) transB=1",
    ]);
    expect(exported("matmul(%x, @w) {axis=1}", w, "f32[2,3,7]")).toEqual([
      "Reshape(w,y.constant)",
      "Conv(x,y.Reshape) kernel_shape=[1]",
    ]);
    expect(exported("matmul(%x, @w, @b) {axis=2}", w, "f32[2,7,3]")).toEqual([
      "Transpose(w) perm=[1,0]",
      "MatMul(x,y.Transpose)",
      "Add(y.MatMul,b)",
    ]);
  });

  it("of pools say ceil mode only where ONNX has the same windows", () => {
    const pool = (more: string): string[] =>
      exported(`averagePool(%x) {kernel=[2,3], strides=[3,4], ${more}}`, "f32[1]", "f32[1,2,6,7]");
    expect(pool("ceilMode=true")).toEqual([
      "AveragePool(x) kernel_shape=[2,3] strides=[3,4] pads=[0,0,0,0]",
    ]);
    expect(pool("ceilMode=true, pads=[1,0,0,0]")).toEqual([
      "AveragePool(x) kernel_shape=[2,3] strides=[3,4] pads=[1,0,0,0] ceil_mode=1 count_include_pad=0",
    ]);
    expect(pool("ceilMode=true, pads=[1,1,0,1]")).toEqual([
      "AveragePool(x) kernel_shape=[2,3] strides=[3,4] pads=[1,1,1,1]",
    ]);
    expect(pool("ceilMode=true, pads=[1,1,0,1], countIncludePad=true")).toEqual([
      "Pad(x,y.constant)",
      "AveragePool(y.Pad) kernel_shape=[2,3] strides=[3,4] pads=[0,0,1,0]",
    ]);
  });

  it("of adaptive pools are global or plain pools where they can be", () => {
    const pool = (size: string): string[] =>
      exported(`adaptiveMaxPool(%x) {outputSize=[${size}]}`, "f32[1]", "f32[1,2,6,8]");
    expect(pool("1,1")).toEqual(["GlobalMaxPool(x)"]);
    expect(pool("3,2")).toEqual(["MaxPool(x) kernel_shape=[2,4] strides=[2,4]"]);
    expect(pool("4,8").map((node) => node.replace(/\(.*/, ""))).toEqual([
      ...["Slice", "ReduceMax", "Slice", "ReduceMax", "Slice", "ReduceMax", "Slice", "ReduceMax"],
      "Concat",
    ]);
  });

  it("of clips bound what has no bound with infinities", () => {
    expect(exported("clip(%x)")).toEqual(["Identity(x)"]);
    expect(exported("clip(%x) {min=0}")).toEqual(["Clip(x,y.constant,y.constant_1)"]);
    expect(exported("clip(%x) {max=300}", "f32[1]", "u8[3]")).toEqual(["Clip(x,,y.constant)"]);
  });
});

describe("names and outputs", () => {
  it("come out whatever an output is: a value twice, an input, a constant", async () => {
    const graph = graphOf(`model m(%x: f32[2], %y: f32[2]) {
  %a = relu(%x)
  return once = %a, twice = %a, passed = %y, kept = @w
}
@w : f32[2] = [5, 6]
`);
    const inputs = new Map([
      ["x", tensor("f32", [2], [-1, 2])],
      ["y", tensor("f32", [2], [3, 4])],
    ]);
    const outputs = await runOnnx(exportOnnx(graph), inputs);
    const values = [...outputs].map(([name, { data }]) => [name, ...Array.from(data, Number)]);
    expect(values).toEqual([
      ["once", 0, 2],
      ["twice", 0, 2],
      ["passed", 3, 4],
      ["kept", 5, 6],
    ]);
  });

  it("are made unique, because ONNX has one kind of name where there are three here", async () => {
    const graph = graphOf(`model m(%x: f32[1]) {
  %"x_1" = add(%x, @x)
  %"x.constant" = clip(%"x_1") {max=9}
  return x = %"x.constant", z = %"x_1", "\\n*/ \\u2028" = %x
}
@x : f32[1] = [3]
`);
    const model = decodeModel(exportOnnx(graph));
    const { node, input, output, initializer } = model.graph!;
    const given = [...input, ...initializer].map(({ name }) => name);
    const made = node.flatMap((one) => one.output);
    expect(new Set([...given, ...made]).size).toBe(given.length + made.length);
    expect(input.map(({ name }) => name)).toEqual(["x"]);
    const inputs = new Map([["x", tensor("f32", [1], [4])]]);
    const values = await runOnnx(exportOnnx(graph), inputs);
    const results = output.map(({ name }) => [name, Number(values.get(name)!.data[0])]);
    expect(results).toEqual([
      ["x_1", 7],
      ["z", 7],
      ["\n*/ \u2028", 4],
    ]);
  });

  it("leave out what nobody reads", () => {
    const graph = graphOf(`model m(%x: f32[2]) {
  %a = relu(%x)
  return y = %a
}
`);
    const unused = { name: "idle", type: { dtype: "f32", dims: [2 ** 28] } } as const;
    const source = { kind: "seed", seed: 1, center: 0, spread: 1 } as const;
    const more = { ...graph, constants: [...graph.constants, { ...unused, source }] };
    expect(decodeModel(exportOnnx(more)).graph!.initializer).toEqual([]);
  });

  it("keep every element type's bytes", async () => {
    const graph = graphOf(`model m(%f: f32[2], %i: i32[2], %u: u8[2], %s: i8[2], %b: bool[2]) {
  return fo = %f, io = %i, uo = %u, so = %s, bo = %b, l = @l
}
@l : i64[2] = [-9007199254740993, 5]
`);
    const inputs = new Map<string, Tensor>([
      ["f", tensor("f32", [2], [NaN, -0])],
      ["i", tensor("i32", [2], [-(2 ** 31), 2 ** 31 - 1])],
      ["u", tensor("u8", [2], [0, 255])],
      ["s", tensor("i8", [2], [-128, 127])],
      ["b", tensor("bool", [2], [0, 1])],
    ]);
    const outputs = await runOnnx(exportOnnx(graph), inputs);
    for (const [name, value] of inputs) expect(outputs.get(`${name}o`), name).toEqual(value);
    expect(outputs.get("l")!.data).toEqual(new BigInt64Array([-9007199254740993n, 5n]));
  });
});

describe("outputs that are inputs", () => {
  it("keep their own names, and go through an Identity by others", async () => {
    const graph = graphOf(
      "model m(%x: f32[2], %k: f32[1]) {\n  return k = %k, y = %x, x = %x\n}\n",
    );
    const bytes = exportOnnx(graph);
    expect(nodesOf(graph)).toEqual(["Identity(x)"]);
    expect(decodeModel(bytes).graph!.output.map(({ name }) => name)).toEqual(["k", "y", "x"]);
    const x = tensor("f32", [2], [3, 4]);
    const inputs = new Map<string, Tensor>([
      ["x", x],
      ["k", tensor("f32", [1], [5])],
    ]);
    const outputs = await runOnnx(bytes, inputs);
    expect([outputs.get("x"), outputs.get("y")]).toEqual([x, x]);
  });
});

describe("refusals", () => {
  it("come all at once, each with its node", () => {
    const graph = graphOf(`model m(%x: i32[1,2,6,6]) {
  %a = maxPool(%x) {kernel=[2,2]}
  %b = globalMaxPool(%a)
  %c = adaptiveMaxPool(%x) {outputSize=[2,2]}
  return b = %b, c = %c
}
`);
    const problems = problemsOf(() => exportOnnx(graph));
    expect(problems.map(({ code, node, op }) => [code, node, op])).toEqual([
      ["unsupported", "a", "maxPool"],
      ["unsupported", "b", "globalMaxPool"],
      ["unsupported", "c", "adaptiveMaxPool"],
    ]);
    expect(problems[0]!.message).toContain("i32[1,2,6,6]");
  });

  it("come before weights are made that no file can hold", () => {
    const big = Array.from({ length: 5 }, (_, i) => `@w${i}`);
    const graph = graphOf(`model m(%x: f32[1]) {
${big.map((name, i) => `  %a${i} = add(%x, ${name})`).join("\n")}
  return ${big.map((_, i) => `y${i} = %a${i}`).join(", ")}
}
${big.map((name) => `${name} : f32[${2 ** 27}] = seed 1 center 0 spread 1`).join("\n")}
`);
    expect(problemsOf(() => exportOnnx(graph)).map(({ code }) => code)).toEqual(["too-large"]);
  });
});
