/** What ops reject, with which code and which numbers, and how they write attributes canonically. */
import { describe, expect, it } from "vitest";
import { CompileError } from "../../compiler/base/error.js";
import type { AttributesOf, Node } from "../../compiler/graph/graph.js";
import { isOpName, ops } from "../../compiler/ops/index.js";
import type { Op } from "../../compiler/ops/op.js";
import type { DType, TensorType } from "../../compiler/base/tensor.js";
import { rejected, type Given } from "./rejected.js";

/** `f32[2,3]` as a type. */
function type(text: string): TensorType {
  const [, dtype, dims] = /^(\w+)\[(.*)\]$/.exec(text)!;
  return { dtype: dtype as DType, dims: dims === "" ? [] : dims!.split(",").map(Number) };
}

function inferred(name: keyof typeof ops, inputs: string, attributes: Given = {}) {
  const op = ops[name] as unknown as Op;
  const facts = inputs.split(" ").map((text) => (text === "-" ? undefined : { type: type(text) }));
  return op.infer(facts, op.attributes.parse(attributes));
}

function problemOf(action: () => unknown) {
  try {
    action();
  } catch (error) {
    if (error instanceof CompileError) return error.problems[0]!;
    throw error;
  }
  throw new Error("nothing was rejected");
}

describe("infer", () => {
  it.each(rejected)("%s(%s) %j is a %s", (name, inputs, attributes, code, message) => {
    const problem = problemOf(() => inferred(name, inputs, attributes));
    expect(problem.code).toBe(code);
    expect(problem.message).toContain(message);
  });

  const RESIZED = {
    cubicCoeffA: -0.75,
    excludeOutside: false,
    antialias: false,
    keepAspectRatioPolicy: "stretch",
    extrapolationValue: 0,
  };
  const canonical: readonly (readonly [keyof typeof ops, string, Given, string, Given])[] = [
    ["softmax", "f32[2,3]", {}, "f32[2,3]", { axis: 1 }],
    ["matmul", "f32[2,8] f32[5,8]", { axis: -1 }, "f32[2,5]", { axis: 1 }],
    ["reduceMean", "f32[2,3,4]", { axes: [-1, 1] }, "f32[2,1,1]", { axes: [1, 2], keepDims: true }],
    ["reduceMean", "i32[2,3]", { keepDims: false }, "i32[]", { axes: [0, 1], keepDims: false }],
    [
      "argMax",
      "f32[2,3]",
      { axis: -1 },
      "i32[2,1]",
      { axis: 1, keepDims: true, selectLast: false },
    ],
    ["einsum", "f32[2,3] f32[3,4]", { equation: "ab, bc" }, "f32[2,4]", { equation: "ab,bc->ac" }],
    ["reshape", "f32[2,3,4]", { shape: [0, -1] }, "f32[2,12]", { shape: [2, 12] }],
    ["flatten", "f32[2,3,4]", { axis: -1 }, "f32[6,4]", { axis: 2 }],
    ["squeeze", "f32[1,3,1]", {}, "f32[3]", { axes: [0, 2] }],
    ["unsqueeze", "f32[3]", { axes: [-1] }, "f32[3,1]", { axes: [1] }],
    ["transpose", "f32[2,3,4]", {}, "f32[4,3,2]", { permutation: [2, 1, 0] }],
    ["concat", "f32[2,3] f32[2,4]", { axis: -1 }, "f32[2,7]", { axis: 1 }],
    [
      "slice",
      "f32[4,6]",
      { starts: [-1], ends: [-99], axes: [1], steps: [-2] },
      "f32[4,3]",
      { starts: [0, 5], ends: [4, -7], steps: [1, -2] },
    ],
    [
      "split",
      "f32[2,7]",
      { axis: -1, parts: 3, index: 2 },
      "f32[2,1]",
      { axis: 1, sizes: [6, 1, 0], index: 1 },
    ],
    [
      "split",
      "f32[7]",
      { sizes: [2, 1, 4], index: 1 },
      "f32[1]",
      { axis: 0, sizes: [2, 1, 4], index: 1 },
    ],
    [
      "split",
      "f32[7]",
      { sizes: [3, 4], index: 0 },
      "f32[3]",
      { axis: 0, sizes: [0, 3, 4], index: 1 },
    ],
    ["expand", "f32[2,1]", { shape: [3, 1, 5] }, "f32[3,2,5]", { shape: [3, 2, 5] }],
    ["cast", "f32[2]", { to: "i64" }, "i64[2]", { to: "i64" }],
    ["equal", "f32[2] f32[3,1]", {}, "bool[3,2]", {}],
    [
      "conv",
      "f32[1,3,8,8] f32[6,3,3,3] f32[6]",
      { strides: [1, 1], dilations: [1, 1], pads: [0, 0, 0, 0], padMode: "reflect" },
      "f32[1,6,6,6]",
      { groups: 1, padMode: "constant" },
    ],
    [
      "conv",
      "f32[1,4,7,8] f32[4,1,3,3]",
      { groups: 4, strides: [2, 2], pads: "sameUpper", padMode: "replicate" },
      "f32[1,4,4,4]",
      { groups: 4, strides: [2, 2], pads: [1, 0, 1, 1], padMode: "replicate" },
    ],
    [
      "convTranspose",
      "f32[1,4,7] f32[4,3,3]",
      { strides: [2], pads: [0, 0], outputPads: [1], dilations: [1] },
      "f32[1,3,16]",
      { strides: [2], outputPads: [1], groups: 1 },
    ],
    [
      "convTranspose",
      "f32[1,4,7] f32[4,3,3]",
      { strides: [2], pads: "sameUpper" },
      "f32[1,3,14]",
      { strides: [2], pads: [0, 1], groups: 1 },
    ],
    [
      "convTranspose",
      "f32[1,4,7] f32[4,3,3]",
      { strides: [2], pads: "sameLower" },
      "f32[1,3,14]",
      { strides: [2], pads: [1, 0], groups: 1 },
    ],
    [
      "convTranspose",
      "f32[1,4,7] f32[4,3,3]",
      { strides: [3], outputShape: [20] },
      "f32[1,3,20]",
      { strides: [3], pads: [1, 0], groups: 1 },
    ],
    [
      "convTranspose",
      "f32[1,4,7] f32[4,3,3]",
      { strides: [3], outputShape: [22] },
      "f32[1,3,22]",
      { strides: [3], outputPads: [1], groups: 1 },
    ],
    [
      "maxPool",
      "f32[1,3,7,7]",
      { kernel: [2, 2], strides: [2, 2], pads: "valid", ceilMode: true },
      "f32[1,3,4,4]",
      { kernel: [2, 2], strides: [2, 2], ceilMode: true },
    ],
    [
      "averagePool",
      "f32[1,3,7]",
      { kernel: [3], pads: [1, 1] },
      "f32[1,3,7]",
      { kernel: [3], pads: [1, 1], ceilMode: false, countIncludePad: false },
    ],
    ["layerNorm", "f32[2,3]", {}, "f32[2,3]", { axis: 1, epsilon: 1e-5 }],
    [
      "resize",
      "f32[1,2,3,4]",
      { scales: [1, 1, 2, 1.5] },
      "f32[1,2,6,6]",
      {
        sizes: [1, 2, 6, 6],
        mode: "nearest",
        coordinates: "halfPixel",
        nearest: "roundPreferFloor",
        ...RESIZED,
      },
    ],
    [
      "resize",
      "f32[2,3,4]",
      { axes: [-1, 0], sizes: [9, 3], keepAspectRatioPolicy: "notLarger" },
      "f32[3,3,6]",
      {
        axes: [2, 0],
        sizes: [9, 3],
        mode: "nearest",
        coordinates: "halfPixel",
        nearest: "roundPreferFloor",
        ...RESIZED,
        keepAspectRatioPolicy: "notLarger",
      },
    ],
    [
      "resize",
      "f32[1,2,5]",
      { scales: [0.3], mode: "linear" },
      "f32[1,2,1]",
      {
        scales: [0.3],
        mode: "linear",
        coordinates: "halfPixel",
        nearest: "roundPreferFloor",
        ...RESIZED,
      },
    ],
  ];
  it.each(canonical)("%s(%s) %j is %s", (name, inputs, attributes, output, expected) => {
    const result = inferred(name, inputs, attributes);
    expect(result.type).toEqual(type(output));
    const given = (ops[name] as unknown as Op).attributes.parse(attributes);
    expect(result.attributes ?? given).toEqual(expected);
  });
});

describe("attribute schemas", () => {
  const wrong: readonly (readonly [keyof typeof ops, Given])[] = [
    ["relu", { alpha: 1 }],
    ["leakyRelu", { alpha: NaN }],
    ["leakyRelu", { alpha: Infinity }],
    ["leakyRelu", { alpha: "1" }],
    ["celu", { alpha: 0 }],
    ["gelu", { approximate: "fast" }],
    ["softmax", { axis: 0.5 }],
    ["cast", { to: "f64" }],
    ["cast", {}],
    ["reshape", { shape: [1.5] }],
    ["split", { sizes: [-1], index: 0 }],
    ["split", { parts: 2 ** 40, index: 0 }],
    ["tile", { repeats: [-1] }],
    ["expand", { shape: [-1] }],
    ["conv", { strides: [0] }],
    ["conv", { strides: [1.5] }],
    ["conv", { strides: [NaN] }],
    ["conv", { dilations: [2 ** 40] }],
    ["conv", { pads: [-1, 0] }],
    ["conv", { pads: "same" }],
    ["conv", { groups: 0 }],
    ["conv", { stride: [1] }],
    ["convTranspose", { outputPads: [-1] }],
    ["convTranspose", { pads: "same" }],
    ["maxPoolIndices", { kernel: [2], columnMajor: 1 }],
    ["maxPool", {}],
    ["maxPool", { kernel: [0] }],
    ["averagePool", { kernel: [2], ceilMode: 1 }],
    ["adaptiveMaxPool", { outputSize: [0] }],
    ["batchNorm", { epsilon: -1 }],
    ["batchNorm", { epsilon: Infinity }],
    ["groupNorm", { groups: 0 }],
    ["localResponseNorm", { size: 0 }],
    ["pad", { pads: [0.5] }],
    ["pad", { pads: [0], value: NaN }],
    ["pad", { pads: [0], mode: "wrap" }],
    ["resize", { scales: [0] }],
    ["resize", { scales: [Infinity] }],
    ["resize", { sizes: [] }],
    ["resize", { sizes: [2], mode: "lanczos" }],
    ["resize", { sizes: [2], roi: [NaN, 1] }],
    ["einsum", { equation: "i->j->k" }],
    ["einsum", { equation: "i*j" }],
    ["topKIndices", {}],
    ["topKIndices", { k: -1 }],
    ["cumSum", {}],
    ["lpPool", { kernel: [2], p: 0 }],
    ["gridSample", { mode: "bilinear" }],
    ["depthToSpace", { blockSize: 0 }],
    ["depthToSpace", {}],
  ];
  it.each(wrong)("%s refuses %j", (name, attributes) => {
    expect((ops[name] as unknown as Op).attributes.safeParse(attributes).success).toBe(false);
  });

  it("fills defaults in", () => {
    expect(ops.leakyRelu.attributes.parse({})).toEqual({ alpha: 0.01 });
    expect(ops.reduceSum.attributes.parse({})).toEqual({ keepDims: true });
    expect(ops.clip.attributes.parse({})).toEqual({});
  });
});

describe("the registry's types", () => {
  it("knows each op's attributes", () => {
    const leaky: AttributesOf<"leakyRelu"> = { alpha: 0.5 };
    // @ts-expect-error there is no f64
    const cast: AttributesOf<"cast"> = { to: "f64" };
    const axisOf = (node: Node): number | undefined =>
      node.op === "softmax" ? node.attributes.axis : undefined;
    const softmax: Node = {
      name: "probabilities",
      op: "softmax",
      inputs: ["%logits"],
      attributes: { axis: 1 },
      type: type("f32[1,10]"),
    };
    expect([axisOf(softmax), leaky.alpha, cast.to]).toEqual([1, 0.5, "f64"]);
  });

  it("does not take inherited names for ops", () => {
    expect(["relu", "toString", "__proto__", "constructor"].filter(isOpName)).toEqual(["relu"]);
  });
});
