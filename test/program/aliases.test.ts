/** Which values share memory: models whose reshapes, transposes and concats must be Places, with the copies that remain. */
import { describe, expect, it } from "vitest";
import { evaluateGraph } from "../../compiler/graph/evaluate.js";
import type { Graph } from "../../compiler/graph/graph.js";
import { parseDefinition } from "../../compiler/graph/text/parse.js";
import { inferShapes } from "../../compiler/infer/inferShapes.js";
import { passes } from "../../compiler/passes/index.js";
import { elementCount, tensor, type Tensor } from "../../compiler/base/tensor.js";
import { createRandom } from "../support/random.js";
import { ENGINES } from "../support/engine.js";
import { loadProduct, steadyRun, type Product } from "../support/product.js";

interface Case {
  readonly model: string;
  /** What is copied besides inputs and outputs, as the nodes that copies cover. */
  readonly copies: readonly string[];
}

const cases: Readonly<Record<string, Case>> = {
  "a channel shuffle is a concat of interleaved parts": {
    model: `model m(%x: f32[1,6,5,5]) {
  %a = conv(%x, @w) {pads=[1,1,1,1]}
  %b = conv(%x, @v)
  %c = concat(%a, %b) {axis=1}
  %r = reshape(%c) {shape=[1,2,4,5,5]}
  %t = transpose(%r) {permutation=[0,2,1,3,4]}
  %s = reshape(%t) {shape=[1,8,5,5]}
  %y = maxPool(%s) {kernel=[3,3], pads=[1,1,1,1], strides=[2,2]}
  return y = %y
}
@w : f32[4,6,3,3] = seed 1 center 0 spread 1
@v : f32[4,6,1,1] = seed 2 center 0 spread 1
`,
    copies: [],
  },
  "half of the channels pass by a shuffle: one copy": {
    model: `model m(%x: f32[2,4,3,3]) {
  %a = conv(%x, @v)
  %k = split(%a) {axis=1, index=0, parts=2}
  %d = split(%a) {axis=1, index=1, parts=2}
  %b = conv(%d, @w)
  %c = concat(%k, %b) {axis=1}
  %r = reshape(%c) {shape=[2,2,2,3,3]}
  %t = transpose(%r) {permutation=[0,2,1,3,4]}
  %s = reshape(%t) {shape=[2,4,3,3]}
  %y = conv(%s, @v)
  return y = %y
}
@v : f32[4,4,1,1] = seed 2 center 0 spread 1
@w : f32[2,2,1,1] = seed 3 center 0 spread 1
`,
    copies: ["t"],
  },
  "the parts of a split are one window of the concat that they begin": {
    model: `model m(%x: f32[1,4,3,3]) {
  %c = conv(%x, @v)
  %a = relu(%c)
  %k = split(%a) {axis=1, index=0, parts=2}
  %d = split(%a) {axis=1, index=1, parts=2}
  %b = conv(%d, @w) {pads=[1,1,1,1]}
  %e = conv(%b, @w) {pads=[1,1,1,1]}
  %j = concat(%k, %d, %b, %e) {axis=1}
  %y = conv(%j, @u)
  return y = %y
}
@v : f32[4,4,1,1] = seed 2 center 0 spread 1
@w : f32[2,2,3,3] = seed 3 center 0 spread 1
@u : f32[4,8,1,1] = seed 4 center 0 spread 1
`,
    copies: [],
  },
  "a shuffle of one value is one copy": {
    model: `model m(%x: f32[1,4,3,3]) {
  %a = conv(%x, @v)
  %r = reshape(%a) {shape=[1,2,2,3,3]}
  %t = transpose(%r) {permutation=[0,2,1,3,4]}
  %s = reshape(%t) {shape=[1,4,3,3]}
  %y = conv(%s, @v)
  return y = %y
}
@v : f32[4,4,1,1] = seed 2 center 0 spread 1
`,
    copies: ["s"],
  },
  "heads of a detector are written where their concat lies": {
    model: `model m(%x: f32[1,3,4,4]) {
  %a = conv(%x, @w) {pads=[1,1,1,1]}
  %p = transpose(%a) {permutation=[0,2,3,1]}
  %q = reshape(%p) {shape=[1,32,3]}
  %b = conv(%x, @w) {strides=[2,2]}
  %r = transpose(%b) {permutation=[0,2,3,1]}
  %s = reshape(%r) {shape=[1,2,3]}
  %c = concat(%q, %s) {axis=1}
  %y = sigmoid(%c)
  return y = %y
}
@w : f32[6,3,3,3] = seed 1 center 0 spread 1
`,
    copies: [],
  },
  "the same value twice: one of the two is a copy": {
    model: `model m(%x: f32[1,3,4]) {
  %a = relu(%x)
  %c = concat(%a, %a) {axis=1}
  %y = sigmoid(%c)
  return y = %y
}
`,
    copies: ["c"],
  },
  "a value with a margin flattens by a copy": {
    model: `model m(%x: f32[1,2,4,4]) {
  %a = conv(%x, @v)
  %f = flatten(%a)
  %g = softmax(%f) {axis=1}
  %b = conv(%a, @w) {pads=[1,1,1,1]}
  return g = %g, b = %b
}
@v : f32[2,2,1,1] = seed 2 center 0 spread 1
@w : f32[2,2,3,3] = seed 3 center 0 spread 1
`,
    copies: ["f"],
  },
  "a part is still there after its concat": {
    model: `model m(%x: f32[1,4,3]) {
  %k = split(%x) {axis=1, index=0, parts=2}
  %a = relu(%x)
  %c = concat(%k, %a) {axis=1}
  %d = neg(%a)
  return c = %c, d = %d
}
`,
    copies: ["c"],
  },
  "a concat inside a concat along another axis": {
    model: `model m(%x: f32[1,2,3,3]) {
  %a = relu(%x)
  %b = sigmoid(%x)
  %c = concat(%a, %b) {axis=1}
  %d = neg(%c)
  %e = concat(%c, %d) {axis=2}
  %y = abs(%e)
  return y = %y
}
`,
    copies: [],
  },
};

function inputsOf(graph: Graph, seed: number): Map<string, Tensor> {
  const random = createRandom(seed);
  return new Map(
    graph.inputs.map(({ name, type }) => [
      name,
      tensor(
        type.dtype,
        type.dims,
        Array.from({ length: elementCount(type.dims) }, () => random.int(-4096, 4096) / 2048),
      ),
    ]),
  );
}

function expectAgreement(product: Product, reference: Graph): void {
  for (const seed of [1, 2]) {
    const inputs = inputsOf(reference, seed);
    const expected = evaluateGraph(reference, inputs);
    const actual = steadyRun(product, inputs);
    for (const { name, value } of reference.outputs) {
      const want = Array.from(expected.get(value)!.data, Number);
      const got = Array.from(actual.get(name)!.data, Number);
      const worst = Math.max(...want.map((one, i) => Math.abs(one - got[i]!)));
      expect(worst).toBeLessThan(1e-4);
    }
  }
}

describe.each(ENGINES)("aliases on %s", (engine) => {
  it.each(Object.entries(cases))("%s", async (_, { model, copies }) => {
    const definition = parseDefinition(model);
    const raw = inferShapes(definition, {});
    const product = await loadProduct(definition, engine);
    const copied = product.result.program.kernels.filter(({ role }) => role === "copy");
    expect(copied.flatMap(({ covers }) => covers)).toEqual(copies);
    expectAgreement(product, raw);
    const disable = passes.map(({ name }) => name);
    expectAgreement(await loadProduct(definition, engine, { disable }), raw);
  });
});
