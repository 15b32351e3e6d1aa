/** Floats of other widths: constants of f64 are computed exactly, what runs is f32, and who only moves them keeps them. */
import { describe, expect, it } from "vitest";
import { tensor, type Tensor } from "../../compiler/base/tensor.js";
import { compile } from "../../compiler/compile.js";
import { readOnnx } from "../../compiler/frontend/onnx/import.js";
import { constantTensor } from "../../compiler/graph/constants.js";
import { parseDefinition } from "../../compiler/graph/text/parse.js";
import { printGraph } from "../../compiler/graph/text/print.js";
import { inferShapes } from "../../compiler/infer/inferShapes.js";
import { onnxModel, type NodeText } from "../support/onnxModel.js";

/** What an ONNX model of these nodes over constants folds to. */
function folded(initializers: Readonly<Record<string, Tensor>>, nodes: readonly NodeText[]) {
  const graph = inferShapes(
    readOnnx(onnxModel({ inputs: { x: "f32[1]" }, initializers, nodes, outputs: ["y"] })),
  );
  const name = graph.outputs[0]!.value.slice(1);
  return constantTensor(graph.constants.find((one) => one.name === name)!);
}

describe("constants of f64", () => {
  it("are exact where sizes are computed with them", () => {
    const size = tensor("i64", [], [16777217]);
    const y = folded({ size, third: tensor("f64", [], [1 / 3]), three: tensor("f64", [], [3]) }, [
      { op: "Cast", in: ["size"], out: ["a"], attributes: { to: 11 } },
      { op: "Mul", in: ["a", "third"], out: ["b"] },
      { op: "Mul", in: ["b", "three"], out: ["c"] },
      { op: "Floor", in: ["c"], out: ["d"] },
      { op: "Cast", in: ["d"], out: ["y"], attributes: { to: 7 } },
    ]);
    expect(y).toEqual(size);
  });

  it("move as they are, and are rounded once where f32 is wanted", () => {
    const pair = tensor("f64", [2], [0.1, 1 + 2 ** -40]);
    const moved = folded({ pair, at: tensor("i64", [1], [1]) }, [
      { op: "Gather", in: ["pair", "at"], out: ["y"] },
    ]);
    expect(moved).toEqual(tensor("f64", [1], [1 + 2 ** -40]));
    const wide = folded({ pair }, [
      { op: "Cast", in: ["pair"], out: ["y"], attributes: { to: 1 } },
    ]);
    expect(wide).toEqual(tensor("f32", [2], [0.1, 1]));
  });

  it("are polynomials for f32 where elementary functions are taken of them", () => {
    const y = folded({ x0: tensor("f64", [1], [1]) }, [{ op: "Exp", in: ["x0"], out: ["y"] }]);
    expect(y.type.dtype).toBe("f32");
    expect(y.data[0]).toBeCloseTo(Math.E, 6);
  });
});

describe("what runs", () => {
  it("reads f32, once for all readers, and only moves what is moved", () => {
    const text = `model m(%x: f16[2,3]) {
      %t = transpose(%x) {permutation=[1,0]}
      %a = relu(%t)
      %b = neg(%t)
      %y = add(%a, %b)
      return y = %y, t = %t
    }`;
    const graph = inferShapes(parseDefinition(text));
    expect(printGraph(graph)).toBe(`graph m(%x: f16[2,3]) {
  %t = transpose(%x) {permutation=[1,0]} : f16[3,2]
  %t.f32 = cast(%t) {to="f32"} : f32[3,2]
  %a = relu(%t.f32) : f32[3,2]
  %b = neg(%t.f32) : f32[3,2]
  %y = add(%a, %b) : f32[3,2]
  return y = %y, t = %t
}
`);
  });

  it("says where f64 is f32", async () => {
    const model = (type: string, to: number) =>
      readOnnx(
        onnxModel({
          inputs: { x: type },
          nodes: [
            { op: "Cast", in: ["x"], out: ["w"], name: "widen", attributes: { to } },
            { op: "Exp", in: ["w"], out: ["e"] },
            { op: "Cast", in: ["e"], out: ["y"], name: "narrow", attributes: { to: 1 } },
          ],
          outputs: ["y"],
        }),
      );
    const { warnings } = await compile(model("f32[2]", 11));
    expect(warnings).toEqual(["f64 is computed in f32: 1 value ('widen')"]);
    expect((await compile(model("f64[2]", 1))).warnings).toEqual([
      "f64 is computed in f32: 1 value ('x')",
    ]);
    expect((await compile(model("f32[2]", 10))).warnings).toEqual([]);
  });
});
