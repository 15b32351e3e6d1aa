/** Attention with and without copies of what lies across the lanes: the same numbers, other Programs. */
import { describe, expect, it } from "vitest";
import type { CompileOptions } from "../../compiler/compile.js";
import { parseDefinition } from "../../compiler/graph/text/parse.js";
import { inferShapes } from "../../compiler/infer/inferShapes.js";
import { randomInputs } from "../aliasing/reference.js";
import { ENGINES } from "../support/engine.js";
import { loadProduct } from "../support/product.js";

const attention = parseDefinition(`model attention(%x: f32[2,20,12]) {
  %q = matmul(%x, @w) {axis=2}
  %r = reshape(%q) {shape=[2,20,3,2,6]}
  %t = transpose(%r) {permutation=[2,0,3,1,4]}
  %a = split(%t) {axis=0, index=0, parts=3}
  %b = split(%t) {axis=0, index=1, parts=3}
  %c = split(%t) {axis=0, index=2, parts=3}
  %k = transpose(%b) {permutation=[0,1,2,4,3]}
  %s = matmul(%a, %k)
  %p = softmax(%s) {axis=4}
  %m = matmul(%p, %c)
  %h = transpose(%m) {permutation=[0,1,3,2,4]}
  %y = reshape(%h) {shape=[2,20,12]}
  %z = matmul(%y, @v) {axis=2}
  return z = %z
}
@w : f32[36,12] = seed 1 center 0 spread 0.5
@v : f32[12,12] = seed 2 center 0 spread 0.5
`);

/** Of the output's root mean square: sums of six and of twenty products in another order. */
const BOUND = 2e-6;

const isOwnCopy = ({ role, covers }: { role: string; covers: readonly string[] }): boolean =>
  role === "copy" && covers.length === 0;

describe.each(ENGINES)("attention on %s", (engine) => {
  it("copies keys where there are lanes, and computes the same without", async () => {
    const compiled = (options: CompileOptions) => loadProduct(attention, engine, options);
    const [on, off] = [await compiled({}), await compiled({ disable: ["copy-operands"] })];
    const copies = [on, off].map(({ result }) => result.program.kernels.filter(isOwnCopy).length);
    expect(copies).toEqual([engine === "ts" ? 0 : 1, 0]);
    for (const seed of [1, 2]) {
      const inputs = randomInputs(inferShapes(attention), seed);
      const [a, b] = [on, off].map((product) =>
        Array.from(product.run(inputs).get("z")!.data, Number),
      );
      const rms = Math.sqrt(a!.reduce((sum, one) => sum + one ** 2, 0) / a!.length);
      expect(rms).toBeGreaterThan(0.01);
      a!.forEach((one, i) => expect(Math.abs(one - b![i]!)).toBeLessThan(BOUND * rms));
    }
  });
});
