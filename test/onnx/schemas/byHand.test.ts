/** Versions that onnxruntime-web does not have, by values that ONNX's text gives. */
import { describe, expect, it } from "vitest";
import { evaluateGraph } from "../../../compiler/graph/evaluate.js";
import { NEWEST_OPSET, readOnnx } from "../../../compiler/frontend/onnx/import.js";
import { inferShapes } from "../../../compiler/infer/inferShapes.js";
import { tensor, type Tensor } from "../../../compiler/base/tensor.js";
import { onnxModel, type NodeText } from "../../support/onnxModel.js";
import type { Operand } from "./draw.js";
import { caseInputs, caseModel, type NodeCase } from "./nodeCase.js";

describe("by hand, where onnxruntime-web has no such version", () => {
  /** The only output at the newest opset of a node for its inputs. */
  function valuesOf(op: string, attributes: NodeText["attributes"], ...inputs: readonly Tensor[]) {
    const operands = inputs.map((value, i): Operand => {
      return { name: `x${i}`, ...value.type, tensor: value };
    });
    const nodes: NodeCase = {
      op,
      since: NEWEST_OPSET,
      opset: NEWEST_OPSET,
      attributes: attributes ?? {},
      inputs: operands,
      outputs: ["y"],
    };
    const graph = inferShapes(readOnnx(caseModel(nodes)));
    return [...evaluateGraph(graph, caseInputs(nodes)).get(graph.outputs[0]!.value)!.data];
  }

  it("Mod of floats without fmod has the sign of the divisor", () => {
    const x = tensor("f32", [7], [5.5, -5.5, 5.5, -5.5, 4, Infinity, 1]);
    const y = tensor("f32", [7], [2, 2, -2, -2, -Infinity, 3, NaN]);
    expect(valuesOf("Mod", {}, x, y)).toEqual([1.5, 0.5, -0.5, -1.5, -Infinity, NaN, NaN]);
  });

  it("QuantizeLinear to 4 bits stays in their range, and the last block may be shorter", () => {
    const x = tensor("f32", [5], [-30, 2.5, 3.5, 30, 6]);
    const scale = tensor("f32", [3], [1, 2, 3]);
    const how = { axis: 0, block_size: 2 };
    const signed = valuesOf("QuantizeLinear", how, x, scale, tensor("i4", [3], [0, 1, -1]));
    expect(signed).toEqual([-8, 2, 3, 7, 1]);
    const unsigned = valuesOf("QuantizeLinear", { ...how, output_dtype: 21 }, x, scale);
    expect(unsigned).toEqual([0, 2, 2, 15, 2]);
  });

  it("DequantizeLinear takes zero points away exactly", () => {
    const x = tensor("i32", [2], [2 ** 30 + 1, -5]);
    const zero = tensor("i32", [], [2 ** 30]);
    expect(valuesOf("DequantizeLinear", {}, x, tensor("f32", [], [0.5]), zero)).toEqual([
      0.5,
      Math.fround((-5 - 2 ** 30) * 0.5),
    ]);
  });

  it("SpaceToDepth orders channels by its mode", () => {
    const x = tensor("f32", [1, 2, 2, 2], [0, 1, 2, 3, 4, 5, 6, 7]);
    expect(valuesOf("SpaceToDepth", { blocksize: 2, mode: "CRD" }, x)).toEqual([
      0, 1, 2, 3, 4, 5, 6, 7,
    ]);
    expect(valuesOf("SpaceToDepth", { blocksize: 2, mode: "DCR" }, x)).toEqual([
      0, 4, 1, 5, 2, 6, 3, 7,
    ]);
  });
});

describe("what an opset has no more", () => {
  const x = tensor("f32", [1, 1, 2, 2], [1, 2, 3, 4]);

  it("Upsample is refused from opset 10 on", () => {
    const one: NodeCase = {
      op: "Upsample",
      since: 9,
      opset: 10,
      attributes: {},
      inputs: [
        { name: "x", ...x.type, tensor: x },
        {
          name: "s",
          dtype: "f32",
          dims: [4],
          tensor: tensor("f32", [4], [1, 1, 2, 2]),
          constant: true,
        },
      ],
      outputs: ["y"],
    };
    expect(() => readOnnx(caseModel({ ...one, opset: 9 }))).not.toThrow();
    expect(() => readOnnx(caseModel(one))).toThrow(/Upsample is not in ONNX since opset 10/);
  });
});

describe("PRelu", () => {
  const node = { op: "PRelu", in: ["x", "slope"], out: ["y"] };
  const graphOf = (x: string, slope: Tensor) =>
    inferShapes(
      readOnnx(
        onnxModel({ inputs: { x }, initializers: { slope }, nodes: [node], outputs: ["y"] }),
      ),
    );

  it("of a vector, by a slope for each element, is a vector", () => {
    const graph = graphOf("f32[3]", tensor("f32", [3], [1, 2, 3]));
    expect(graph.nodes.at(-1)!.type.dims).toEqual([3]);
  });

  it("of integers is of integers", () => {
    const graph = graphOf("i32[2,3]", tensor("i32", [3], [1, 2, 3]));
    const x = tensor("i32", [2, 3], [-1, -1, -1, 1, 2, -3]);
    const y = evaluateGraph(graph, new Map([["x", x]])).get(graph.outputs[0]!.value)!;
    expect([...y.data]).toEqual([-1, -2, -3, 1, 2, -9]);
  });
});
