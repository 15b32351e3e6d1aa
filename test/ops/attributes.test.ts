/** What the schemas of attributes refuse and fill in, and what TypeScript knows of them. */
import { describe, expect, it } from "vitest";
import type { AttributesOf, Node } from "../../compiler/graph/graph.js";
import { isOpName, ops } from "../../compiler/ops/index.js";
import type { Op } from "../../compiler/ops/op.js";
import type { Given } from "./rejected/index.js";

describe("attribute schemas", () => {
  const wrong: readonly (readonly [keyof typeof ops, Given])[] = [
    ["relu", { alpha: 1 }],
    ["leakyRelu", { alpha: NaN }],
    ["leakyRelu", { alpha: Infinity }],
    ["leakyRelu", { alpha: "1" }],
    ["celu", { alpha: 0 }],
    ["gelu", { approximate: "fast" }],
    ["softmax", { axis: 0.5 }],
    ["cast", { to: "f8" }],
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
    ["resample", { shift: 31 }],
    ["resample", { productShift: -1 }],
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
    // @ts-expect-error there is no f8
    const cast: AttributesOf<"cast"> = { to: "f8" };
    const axisOf = (node: Node): number | undefined =>
      node.op === "softmax" ? node.attributes.axis : undefined;
    const softmax: Node = {
      name: "probabilities",
      op: "softmax",
      inputs: ["%logits"],
      attributes: { axis: 1 },
      type: { dtype: "f32", dims: [1, 10] },
    };
    expect([axisOf(softmax), leaky.alpha, cast.to]).toEqual([1, 0.5, "f8"]);
  });

  it("does not take inherited names for ops", () => {
    expect(["relu", "toString", "__proto__", "constructor"].filter(isOpName)).toEqual(["relu"]);
  });
});
