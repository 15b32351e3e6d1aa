/** Writing at indices: what is known to lie together is put between its surroundings, the rest is looked up. */
import { describe, expect, it } from "vitest";
import { tensor, type Tensor } from "../../compiler/base/tensor.js";
import { onnxModel, type NodeText } from "../support/onnxModel.js";
import { body, problemsOf } from "./imported.js";

function model(
  op: string,
  indices: Tensor,
  updates: string,
  attributes: NodeText["attributes"] = {},
): Uint8Array {
  return onnxModel({
    inputs: { x: "f32[3,4]", u: updates },
    nodes: [{ op, in: ["x", "i", "u"], out: ["y"], attributes }],
    initializers: { i: indices },
    outputs: ["y"],
  });
}

const opsIn = (bytes: Uint8Array): string[] =>
  [...body(bytes).matchAll(/= (\w+)\(/g)].map(([, op]) => op!);

describe("what is written", () => {
  it("stands between the parts around it where it is a box", () => {
    const points = tensor("i64", [4, 2], [1, 2, 1, 3, 2, 2, 2, 3]);
    expect(opsIn(model("ScatterND", points, "f32[4]")).sort()).toEqual(
      ["slice", "slice", "slice", "reshape", "concat", "concat"].sort(),
    );
  });

  it("is all there is where everything is written", () => {
    const points = tensor("i64", [3, 1], [0, 1, -1]);
    expect(opsIn(model("ScatterND", points, "f32[3,4]"))).toEqual(["reshape"]);
  });

  it("is looked up by rows where lines along the axis are alike", () => {
    const lines = tensor("i64", [2, 4], [2, 2, 2, 2, 0, 0, 0, 0]);
    expect(body(model("ScatterElements", lines, "f32[2,4]"))).toMatch(
      /gather\(%u, @\S+\) \{axis=0\}\n.*where\(@\S+, %\S+, %x\)/,
    );
  });
});

describe("is refused", () => {
  it.each<[string, Uint8Array, string]>([
    [
      "where it lies outside",
      model("ScatterND", tensor("i64", [1, 1], [3]), "f32[1,4]"),
      "index 3 of a dimension of 3",
    ],
    [
      "where updates do not fit",
      model("ScatterND", tensor("i64", [1, 1], [0]), "f32[2,4]"),
      "updates f32[2,4] do not fit indices i64[1,1] into f32[3,4]",
    ],
    [
      "where lines are longer than those of data",
      model("ScatterElements", tensor("i64", [1, 5], [0, 0, 0, 0, 0]), "f32[1,5]"),
      "updates f32[1,5] do not fit indices i64[1,5] into f32[3,4]",
    ],
  ])("%s", (_, bytes, message) => {
    expect(problemsOf(bytes).map((one) => one.message)).toEqual([message]);
  });
});
