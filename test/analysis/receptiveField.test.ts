/** Receptive fields against the model itself: what an element sees is what changes it. */
import { describe, expect, it } from "vitest";
import {
  inputsSeen,
  receptiveFields,
  type FieldAxis,
} from "../../compiler/analysis/receptiveField.js";
import { evaluateGraph } from "../../compiler/graph/evaluate.js";
import type { Graph } from "../../compiler/graph/graph.js";
import { parseDefinition } from "../../compiler/graph/text/parse.js";
import { inferShapes } from "../../compiler/infer/inferShapes.js";
import { elementCount, newData, type TensorType } from "../../compiler/base/tensor.js";

function graphOf(dims: string, body: string, weights = ""): Graph {
  return inferShapes(
    parseDefinition(`model m(%x: f32[${dims}]) {\n${body}\n  return y = %y\n}\n${weights}`),
  );
}

/** Positive weights, so that nothing cancels. */
const weight = (name: string, dims: string): string =>
  `@${name} : f32[${dims}] = seed 3 center 1 spread 0.5\n`;

function valuesOf(graph: Graph, changed?: number): Map<string, ArrayLike<number | bigint>> {
  const { type } = graph.inputs[0]!;
  const data = newData(type.dtype, elementCount(type.dims)) as Float32Array;
  for (let i = 0; i < data.length; i++) data[i] = 1 + ((i * 7919) % 101) / 101;
  if (changed !== undefined) data[changed]! += 1000;
  const values = evaluateGraph(graph, new Map([["x", { type, data }]]));
  return new Map([...values].map(([name, tensor]) => [name, tensor.data]));
}

function coordinates(at: number, { dims }: TensorType): number[] {
  const position: number[] = [];
  for (let d = dims.length - 1, rest = at; d >= 0; d--) {
    position.unshift(rest % dims[d]!);
    rest = Math.floor(rest / dims[d]!);
  }
  return position;
}

/** For every element of y, the box of pixels whose change changes it. */
function boxesByChange(graph: Graph): Map<number, { from: number[]; to: number[] }> {
  const before = valuesOf(graph).get("%y")!;
  const boxes = new Map<number, { from: number[]; to: number[] }>();
  const { type } = graph.inputs[0]!;
  for (let pixel = 0; pixel < elementCount(type.dims); pixel++) {
    const after = valuesOf(graph, pixel).get("%y")!;
    const where = coordinates(pixel, type).slice(2);
    for (let i = 0; i < before.length; i++) {
      if (before[i] === after[i]) continue;
      const box = boxes.get(i);
      if (box === undefined) boxes.set(i, { from: [...where], to: [...where] });
      else
        where.forEach((at, d) => {
          box.from[d] = Math.min(box.from[d]!, at);
          box.to[d] = Math.max(box.to[d]!, at);
        });
    }
  }
  return boxes;
}

const graphs: Readonly<Record<string, Graph>> = {
  "stride and padding": graphOf(
    "1,1,9,7",
    "  %a = conv(%x, @w) {pads=[1,0,1,2], strides=[2,1]}\n  %y = averagePool(%a) {kernel=[2,2]}",
    weight("w", "1,1,3,3"),
  ),
  dilation: graphOf(
    "1,1,13",
    "  %a = conv(%x, @w) {dilations=[2]}\n  %y = conv(%a, @w) {dilations=[3]}",
    weight("w", "1,1,3"),
  ),
  "branches of unlike reach": graphOf(
    "1,1,11",
    "  %a = conv(%x, @v) {pads=[2,2]}\n  %b = conv(%x, @w) {pads=[1,1]}\n  %c = conv(%b, @w) {pads=[1,1]}\n  %d = concat(%a, %b, %c) {axis=1}\n  %y = reduceSum(%d) {axes=[1], keepDims=true}",
    weight("v", "1,1,5") + weight("w", "1,1,3"),
  ),
  "a residual around a stride": graphOf(
    "1,1,12",
    "  %a = conv(%x, @w) {pads=[1,1], strides=[2]}\n  %b = conv(%a, @w) {pads=[1,1]}\n  %s = conv(%x, @one) {strides=[2]}\n  %y = add(%b, %s)",
    weight("w", "1,1,3") + weight("one", "1,1,1"),
  ),
  "a transposed convolution": graphOf(
    "1,1,6",
    "  %a = convTranspose(%x, @w) {strides=[2]}\n  %y = conv(%a, @w)",
    weight("w", "1,1,3"),
  ),
  "slices, pads and resizing": graphOf(
    "1,1,10",
    '  %s = slice(%x) {starts=[2], ends=[9], axes=[2]}\n  %p = pad(%s) {pads=[0,0,1,0,0,3]}\n  %y = resize(%p) {scales=[2], mode="nearest"}',
  ),
  "a global mean": graphOf("1,1,5,4", "  %y = globalAveragePool(%x)"),
  transposed: graphOf(
    "1,1,4,6",
    "  %t = transpose(%x) {permutation=[0,1,3,2]}\n  %y = conv(%t, @w)",
    weight("w", "1,1,3,2"),
  ),
};

describe("what an element sees", () => {
  it.each(Object.entries(graphs))("%s", (_, graph) => {
    const type = graph.nodes.find(({ name }) => name === "y")!.type;
    const boxes = boxesByChange(graph);
    for (let i = 0; i < elementCount(type.dims); i++) {
      const box = boxes.get(i);
      const seen = inputsSeen(graph, "y", coordinates(i, type));
      expect(seen).toEqual(box === undefined ? [] : [{ input: "x", ...box }]);
    }
  });

  it("is asked of nodes and positions that there are", () => {
    const graph = graphs["dilation"]!;
    expect(() => inputsSeen(graph, "z", [0, 0, 0])).toThrow("'z': there is no such layer");
    expect(() => inputsSeen(graph, "y", [0, 0, 99])).toThrow(
      "0,0,99 is not inside 'y', f32[1,1,3]",
    );
    expect(() => inputsSeen(graph, "y", [0, 0])).toThrow("0,0 is not inside");
  });
});

it("fields are told in the first inputs, where there are very many", () => {
  const count = 20;
  const inputs = Array.from({ length: count }, (_, i) => `%x${i}: f32[1,1,2]`).join(", ");
  const sums = Array.from({ length: count }, (_, i) => `  %s${i + 1} = add(%s${i}, %x${i})`);
  const text = `model m(${inputs}) {\n  %s0 = relu(%x0)\n${sums.join("\n")}\n  return y = %s${count}\n}\n`;
  const fields = receptiveFields(inferShapes(parseDefinition(text))).get(`s${count}`)!;
  expect(fields.map(({ input }) => input)).toEqual(Array.from({ length: 16 }, (_, i) => `x${i}`));
});

describe("receptive fields by the lecture's formulas", () => {
  const chain = (layers: number, kernel: number, stride: number): FieldAxis => {
    const nodes = Array.from(
      { length: layers },
      (_, i) =>
        `  %${i === layers - 1 ? "y" : `c${i}`} = conv(%${i === 0 ? "x" : `c${i - 1}`}, @w) {strides=[${stride}]}`,
    );
    const graph = graphOf("1,1,200", nodes.join("\n"), weight("w", `1,1,${kernel}`));
    return receptiveFields(graph).get("y")![0]!.axes[0]!;
  };

  it.each([
    [1, 3],
    [2, 3],
    [5, 3],
    [3, 5],
    [4, 7],
  ])("%i layers of %i: 1 + L · (K − 1)", (layers, kernel) => {
    expect(chain(layers, kernel, 1)).toEqual({
      dim: 2,
      size: 1 + layers * (kernel - 1),
      stride: 1,
      start: 0,
    });
  });

  it("strides multiply, and fields grow by the stride so far", () => {
    expect(chain(3, 3, 2)).toEqual({ dim: 2, size: 1 + 2 * (1 + 2 + 4), stride: 8, start: 0 });
  });
});
