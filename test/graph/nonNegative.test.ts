/** Which values cannot be below 0: as nodes mean it, and never of one that is. */
import { expect, it } from "vitest";
import { evaluateGraph } from "../../compiler/graph/evaluate.js";
import { constantTensor } from "../../compiler/graph/constants.js";
import type { Graph } from "../../compiler/graph/graph.js";
import { isNonNegative } from "../../compiler/graph/nonNegative.js";
import { parseGraph } from "../../compiler/graph/text/parse.js";
import { inferShapes } from "../../compiler/infer/inferShapes.js";
import { randomInputs } from "../aliasing/reference.js";
import { randomModel } from "../passes/randomModel.js";

function nonNegativeIn(graph: Graph): readonly string[] {
  const nodes = new Map(graph.nodes.map((node) => [`%${node.name}`, node]));
  const inputs = new Map(graph.inputs.map(({ name, type }) => [`%${name}`, type]));
  const constants = new Map(graph.constants.map((one) => [`@${one.name}`, one]));
  const around = {
    node: (operand: string | undefined) => nodes.get(operand!),
    type: (operand: string) =>
      nodes.get(operand)?.type ?? inputs.get(operand) ?? constants.get(operand)!.type,
    value(operand: string | undefined) {
      const constant = constants.get(operand!);
      return constant && constantTensor(constant);
    },
  };
  return graph.nodes.map(({ name }) => name).filter((name) => isNonNegative(`%${name}`, around));
}

it("is read off what nodes mean", () => {
  const graph = parseGraph(`graph g(%x: f32[1,2,4,4]) {
  %relu = relu(%x) : f32[1,2,4,4]
  %six = clip(%x) {min=0, max=6} : f32[1,2,4,4]
  %sigmoid = sigmoid(%x) : f32[1,2,4,4]
  %softmax = softmax(%x) {axis=1} : f32[1,2,4,4]
  %square = mul(%relu, %sigmoid) : f32[1,2,4,4]
  %sum = add(%relu, @one) : f32[1,2,4,4]
  %pool = maxPool(%sum) {kernel=[3,3], pads=[1,1,1,1]} : f32[1,2,4,4]
  %mean = averagePool(%pool) {kernel=[3,3], pads=[1,1,1,1]} : f32[1,2,4,4]
  %both = concat(%mean, %six) {axis=1} : f32[1,4,4,4]
  %resized = resize(%both) {sizes=[8,8], mode="linear"} : f32[1,4,8,8]
  %tanh = tanh(%x) : f32[1,2,4,4]
  %silu = silu(%x) : f32[1,2,4,4]
  %less = sub(%relu, %six) : f32[1,2,4,4]
  %scaled = mul(%relu, @minus) : f32[1,2,4,4]
  %conv = conv(%relu, @w) : f32[1,1,4,4]
  %open = maxPool(%x) {kernel=[2,2]} : f32[1,2,3,3]
  %mixed = concat(%relu, %x) {axis=1} : f32[1,4,4,4]
  %bound = clip(%x) {max=6} : f32[1,2,4,4]
  return a = %resized, b = %tanh, c = %silu, d = %less, e = %scaled, f = %conv, g = %open, h = %mixed, i = %bound, j = %square, k = %softmax
}
@minus : f32[] = [-1]
@one : f32[] = [1]
@w : f32[1,2,1,1] = [1, -1]
`);
  expect(nonNegativeIn(graph)).toEqual(
    "relu six sigmoid softmax square sum pool mean both resized".split(" "),
  );
});

it("is so of random graphs", () => {
  let found = 0;
  for (let seed = 1; seed <= 60; seed++) {
    const graph = inferShapes(randomModel(seed));
    const names = nonNegativeIn(graph);
    if (names.length === 0) continue;
    found += names.length;
    const values = evaluateGraph(graph, randomInputs(graph, seed));
    for (const name of names) {
      const { data } = values.get(`%${name}`)!;
      expect(
        [...data].every((value) => !(Number(value) < 0)),
        `${name} of seed ${seed}`,
      ).toBe(true);
    }
  }
  expect(found).toBeGreaterThan(25);
});
