/** Small graphs end to end: compiled, loaded and run, against the interpreter. */
import { describe, expect, it } from "vitest";
import { evaluateGraph } from "../../compiler/graph/evaluate.js";
import { parseDefinition } from "../../compiler/graph/text/parse.js";
import { inferShapes } from "../../compiler/infer/inferShapes.js";
import { elementCount, tensor } from "../../compiler/base/tensor.js";
import { ENGINES } from "../support/engine.js";
import { loadProduct } from "../support/product.js";

const models: Record<string, string> = {
  chain: `model chain(%x: f32[2,3,5]) {
  %a = relu(%x)
  %b = add(%a, @k)
  %s = softmax(%b) {axis=2}
  return y = %s
}
@k : f32[3,1] = [1, -2, 0.5]
`,
  chosen: `model chosen(%x: f32[3,5,2], %at: f32[3,1,2]) {
  %positive = relu(%at)
  %where = cast(%positive) {to="i32"}
  %y = gatherElements(%x, %where) {axis=1}
  %n = neg(%y)
  return y = %n
}
`,
  concat: `model cc(%x: f32[1,3,4,4], %y: f32[1,2,4,4]) {
  %a = relu(%x)
  %b = neg(%y)
  %c = concat(%a, %b) {axis=1}
  %d = sigmoid(%c)
  %e = concat(%c, %d, %x) {axis=1}
  return y = %e, z = %c
}
`,
};

function values(count: number, seed: number): number[] {
  let state = seed;
  return Array.from({ length: count }, () => {
    state = (Math.imul(state, 1103515245) + 12345) | 0;
    return ((state >>> 8) / 2 ** 23 - 1) * 2;
  });
}

describe.each(ENGINES)("modules on %s agree with the interpreter", (engine) => {
  it.each(Object.entries(models))("%s", async (_, text) => {
    const definition = parseDefinition(text);
    const graph = inferShapes(definition, {});
    const product = await loadProduct(definition, engine);
    for (const seed of [1, 2]) {
      const inputs = new Map(
        graph.inputs.map(({ name, type }, i) => [
          name,
          tensor(type.dtype, type.dims, values(elementCount(type.dims), seed + i)),
        ]),
      );
      const expected = evaluateGraph(graph, inputs);
      const actual = product.run(inputs);
      for (const { name, value } of graph.outputs) {
        const want = expected.get(value)!.data;
        const got = actual.get(name)!.data;
        for (let i = 0; i < want.length; i++)
          expect(Number(got[i])).toBeCloseTo(Number(want[i]), 5);
      }
    }
  });
});
