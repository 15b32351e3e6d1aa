/** Norms of values far from zero: mean and variance keep their digits in every target, as a layer and as its formula. */
import { describe, expect, it } from "vitest";
import { parseText } from "../../compiler/graph/text/parse.js";
import { tensor, type Tensor } from "../../compiler/base/tensor.js";
import type { Definition } from "../../compiler/graph/definition.js";
import { ENGINES } from "../support/engine.js";
import { loadProduct } from "../support/product.js";
import { createRandom } from "../support/random.js";

const EPSILON = 1e-5;
const DIMS = [1, 6, 30, 30];

/** A body, and how many elements are normalised together. */
const NORMS: Readonly<Record<string, readonly [body: string, together: number]>> = {
  layerNorm: ["%y = layerNorm(%x) {axis=-1}", 30],
  "layerNorm of maps": ["%y = layerNorm(%x) {axis=1}", 5400],
  groupNorm: ["%y = groupNorm(%x) {groups=2}", 2700],
  instanceNorm: ["%y = instanceNorm(%x) {}", 900],
  "layerNorm's formula": [
    `%m = reduceMean(%x) {axes=[-1]}
     %d = sub(%x, %m)
     %s = mul(%d, %d)
     %v = reduceMean(%s) {axes=[-1]}
     %e = add(%v, @epsilon)
     %r = sqrt(%e)
     %y = div(%d, %r)`,
    30,
  ],
};

function definitionOf(body: string): Definition {
  const text = `model norm(%x: f32[${DIMS.join(",")}]) {
  ${body}
  return y = %y
}

@epsilon : f32[1] = [${EPSILON}]
`;
  const parsed = parseText(text);
  if (parsed.kind !== "model") throw new Error("not a model");
  return parsed.definition;
}

function farFromZero(offset: number): Tensor {
  const random = createRandom(5);
  const count = DIMS.reduce((product, dim) => product * dim, 1);
  const values = Array.from({ length: count }, () => offset + random.int(-1000, 1000) / 500);
  return tensor("f32", DIMS, values);
}

/** In f64, of the values as f32 has them. */
function normalised({ data }: Tensor, together: number): number[] {
  const values = Array.from(data, Number);
  return values.map((value, i) => {
    const first = i - (i % together);
    const group = values.slice(first, first + together);
    const mean = group.reduce((sum, one) => sum + one, 0) / together;
    const variance = group.reduce((sum, one) => sum + (one - mean) ** 2, 0) / together;
    return (value - mean) / Math.sqrt(variance + EPSILON);
  });
}

describe.each(ENGINES)("%s", (engine) => {
  it.each(Object.entries(NORMS))("%s", async (_, [body, together]) => {
    const product = await loadProduct(definitionOf(body), engine);
    for (const offset of [0, 1e4, -1e5]) {
      const x = farFromZero(offset);
      const expected = normalised(x, together);
      const { data } = product.run(new Map([["x", x]])).get("y")!;
      const worst = expected.reduce(
        (most, one, i) => Math.max(most, Math.abs(one - Number(data[i]))),
        0,
      );
      expect(worst).toBeLessThan(5e-6);
    }
  });
});
