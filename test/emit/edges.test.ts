/** Models at the edges of what models are: weights that are inputs, no layers, values without elements. */
import { describe, expect, it } from "vitest";
import { inferShapes } from "../../compiler/infer/inferShapes.js";
import { evaluateGraph } from "../../compiler/graph/evaluate.js";
import { parseText } from "../../compiler/graph/text/parse.js";
import { elementCount, tensor, type Tensor, type TensorType } from "../../compiler/base/tensor.js";
import { ENGINES, type Engine } from "../support/engine.js";
import { loadProduct } from "../support/product.js";
import { createRandom, type Random } from "../support/random.js";

function drawn({ dtype, dims }: TensorType, random: Random): Tensor {
  const value = (): number => (dtype === "bool" ? random.int(0, 1) : random.int(0, 9));
  return tensor(dtype, dims, Array.from({ length: elementCount(dims) }, value));
}

/** What is wrong with the second run of a model: outputs that are not what its ops mean. */
async function wrongOutputs(text: string, engine: Engine): Promise<string[]> {
  const parsed = parseText(text);
  if (parsed.kind !== "model") throw new Error("not a model");
  const graph = inferShapes(parsed.definition);
  const product = await loadProduct(parsed.definition, engine);
  const random = createRandom(3);
  const inputs = () => new Map(graph.inputs.map(({ name, type }) => [name, drawn(type, random)]));
  product.run(inputs());
  const last = inputs();
  const outputs = product.run(last);
  const values = evaluateGraph(graph, last);
  return graph.outputs.flatMap(({ name, value }) => {
    const [own, meant] = [outputs.get(name)!, values.get(value)!];
    expect(own.type).toEqual(meant.type);
    const right = own.data.every((one, i) => {
      const [got, want] = [Number(one), Number(meant.data[i])];
      return Object.is(got, want) || Math.abs(got - want) <= 1e-5 * Math.abs(want);
    });
    return right ? [] : [`${name}: ${own.data.join()}, not ${meant.data.join()}`];
  });
}

const MODELS: Readonly<Record<string, string>> = {
  "convolutions whose weights are inputs": `model weights(%x: f32[1,4,7,6], %w: f32[3,3,4,8], %d: f32[4,1,3], %s: f32[1,4,9]) {
  %t = transpose(%w) {permutation=[3,2,0,1]}
  %y = conv(%x, %t) {groups=1, pads=[1,1,1,1]}
  %u = convTranspose(%y, %t) {groups=1, strides=[2,2], pads=[1,1,1,1]}
  %p = slice(%t) {starts=[0,0], ends=[4,1]}
  %g = conv(%x, %p) {groups=4, pads=[0,0,1,1]}
  %r = relu(%d)
  %one = conv(%s, %r) {groups=4, pads=[1,1]}
  return y = %y, u = %u, g = %g, one = %one, t = %t
}`,
  "values that are each other's weights": `model both(%x: f32[4,4,5,5], %w: f32[4,4,5,5]) {
  %y = conv(%x, %w) {groups=1, pads=[2,2,2,2]}
  %z = conv(%w, %x) {groups=1, pads=[2,2,2,2]}
  %s = conv(%x, %x) {groups=1, pads=[2,2,2,2]}
  return y = %y, z = %z, s = %s, w = %w
}`,
  "a model that is its inputs": `model inputs(%x: f32[2,3], %b: bool[4], %u: u8[5], %l: i64[3], %s: f32[], %n: f32[7]) {
  return y = %x, z = %x, x = %x, b = %b, u = %u, u2 = %u, l = %l, s = %s, k = @k, k2 = @k
}

@k : f32[4] = [1,2,3,4]
`,
  "a model that is constant": `model constants() {
  return k = @k, k2 = @k, e = @e
}

@k : f32[4] = [1,2,3,4]
@e : i32[2,0] = []
`,
  "reductions over nothing": `model nothing(%x: f32[0,3], %y: f32[2,3], %i: i32[3,0]) {
  %s = reduceSum(%x) {axes=[0], keepDims=false}
  %most = reduceMax(%x) {axes=[0]}
  %least = reduceMin(%x) {axes=[0]}
  %p = reduceProd(%x) {axes=[0,1]}
  %mean = reduceMean(%x) {axes=[0]}
  %log = reduceLogSumExp(%x) {axes=[0]}
  %n = reduceMax(%i) {axes=[1]}
  %a = add(%s, %y)
  return s = %s, most = %most, least = %least, p = %p, mean = %mean, log = %log, n = %n, a = %a
}`,
  "products over nothing": `model products(%x: f32[2,0], %w: f32[0,4], %b: f32[4], %z: f32[2,4]) {
  %p = matmul(%x, %w)
  %q = add(%p, %b)
  %r = add(%q, %z)
  return p = %p, q = %q, r = %r
}`,
  "parts without elements": `model parts(%x: f32[1,3,4,4], %n: f32[0,3,4,4], %i: i64[0], %u: u8[0,2], %b: bool[0], %w: f32[5,3,3,3]) {
  %c = concat(%n, %x, %n) {axis=0}
  %g = gather(%x, %i) {axis=1}
  %h = where(%b, %i, %i)
  %e = expand(%u) {shape=[3,0,2]}
  %s = slice(%x) {starts=[2], ends=[2], axes=[3]}
  %f = conv(%n, %w) {groups=1, pads=[1,1,1,1]}
  %r = relu(%f)
  return c = %c, g = %g, h = %h, e = %e, s = %s, r = %r, n = %n, x = %x
}`,
};

describe.each(Object.entries(MODELS))("%s", (_, text) => {
  it.each(ENGINES)("%s", async (engine) => expect(await wrongOutputs(text, engine)).toEqual([]));
});

describe("states", () => {
  /** Values of the outputs y and g over three runs, of inputs 1, 2 and 3. */
  const runs = async (text: string, engine: Engine): Promise<string[]> => {
    const parsed = parseText(text);
    if (parsed.kind !== "model") throw new Error("not a model");
    const { model } = await loadProduct(parsed.definition, engine);
    return [1, 2, 3].map((value) => {
      const { y, g } = model.run({ x: Float32Array.of(value, value) });
      return `${y!.join()} ${g?.join() ?? ""}`;
    });
  };

  it.each(ENGINES)("without elements, or that are what they were: %s", async (engine) => {
    const none = `model none(%x: f32[2], %h: f32[1,0,2]) {
  state %h = hn
  %c = concat(%h, %h) {axis=1}
  return y = %x, hn = %c, g = %h
}`;
    expect(await runs(none, engine)).toEqual(["1,1 ", "2,2 ", "3,3 "]);
    const late = `model late(%x: f32[2], %h: f32[2], %g: f32[2]) {
  state %h = hn
  state %g = gn
  return hn = %x, gn = %h, y = %x, g = %g
}`;
    expect(await runs(late, engine)).toEqual(["1,1 0,0", "2,2 0,0", "3,3 1,1"]);
  });
});
