/** Prologue fusion: which kernels take in what prepares their operands, which do not, and that the numbers stay. */
import { describe, expect, it } from "vitest";
import { evaluateGraph } from "../../compiler/graph/evaluate.js";
import { parseDefinition } from "../../compiler/graph/text/parse.js";
import { inferShapes } from "../../compiler/infer/inferShapes.js";
import { elementCount, tensor } from "../../compiler/base/tensor.js";
import { createRandom } from "../support/random.js";
import { ENGINES } from "../support/engine.js";
import { loadProduct, steadyRun } from "../support/product.js";

/** The body of a model of %x: f32[2,3,4,6], and what its kernels cover. */
const cases: Readonly<Record<string, readonly [body: string, covers: readonly string[]]>> = {
  "a global average takes in a norm and an activation": [
    `%a = mul(%x, @k)
  %b = relu(%a)
  %y = globalAveragePool(%b)`,
    ["a b y"],
  ],
  "a pool without overlap, and its own epilogue": [
    `%a = abs(%x)
  %p = maxPool(%a) {kernel=[2,3], strides=[2,3]}
  %y = sigmoid(%p)`,
    ["a p y"],
  ],
  "a sum whose operands are broadcast": [
    `%s = reduceSum(%x) {axes=[2,3], keepDims=true}
  %a = sub(%x, %s)
  %y = reduceMax(%a) {axes=[1]}`,
    ["s", "a y"],
  ],
  "what is behind a sum, where the sum itself reads elements several times": [
    `%a = abs(%x)
  %m = maxPool(%x) {kernel=[3,3], pads=[1,1,1,1]}
  %y = add(%m, %a)`,
    ["a m y"],
  ],
  "not where windows overlap": [
    `%a = abs(%x)
  %y = maxPool(%a) {kernel=[2,2]}`,
    ["a", "y"],
  ],
  "not where there is padding, which is not prepared": [
    `%a = exp(%x)
  %y = averagePool(%a) {kernel=[2,2], pads=[0,1,0,1], strides=[2,2]}`,
    ["a", "y"],
  ],
  "not where every element is read for many outputs": [
    `%a = exp(%x)
  %y = conv(%a, @w)`,
    ["a", "y"],
  ],
  "not where another reads it too": [
    `%a = exp(%x)
  %m = globalAveragePool(%a)
  %y = mul(%a, %m)`,
    ["a", "m", "y"],
  ],
};

describe.each(ENGINES)("prologues on %s", (engine) => {
  it.each(Object.entries(cases))("%s", async (_, [body, covers]) => {
    const text = `model m(%x: f32[2,3,4,6]) {
  ${body}
  return y = %y
}
@k : f32[3,1,1] = [1, -2, 0.5]
@w : f32[4,3,1,1] = seed 1 center 0 spread 1
`;
    const used = text
      .split("\n")
      .filter((line) => !line.startsWith("@") || body.includes(line.slice(0, 2)));
    const definition = parseDefinition(used.join("\n"));
    const graph = inferShapes(definition, {});
    const product = await loadProduct(definition, engine);
    const computing = product.result.program.kernels.filter(({ role }) => role === "compute");
    expect(computing.map((kernel) => kernel.covers.join(" "))).toEqual(covers);
    const random = createRandom(3);
    const [{ name, type }] = graph.inputs as [(typeof graph.inputs)[number]];
    const values = Array.from({ length: elementCount(type.dims) }, () => random.int(-9, 9) / 4);
    const inputs = new Map([[name, tensor(type.dtype, type.dims, values)]]);
    const want = Array.from(
      evaluateGraph(graph, inputs).get(graph.outputs[0]!.value)!.data,
      Number,
    );
    const got = Array.from(steadyRun(product, inputs).get("y")!.data, Number);
    const worst = Math.max(...want.map((one, i) => Math.abs(one - got[i]!) / (1 + Math.abs(one))));
    expect(worst).toBeLessThan(1e-6);
  });
});
