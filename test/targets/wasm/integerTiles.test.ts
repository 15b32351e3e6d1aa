/** Convolutions of integers have tiles that leave registers for products, which nothing adds at once. */
import { expect, it } from "vitest";
import { planModel } from "../../../compiler/compile.js";
import { parseDefinition } from "../../../compiler/graph/text/parse.js";

const definitionOf = (cast: string) =>
  parseDefinition(`model integers(%x: i32[1,64,25,25]) {
  %a = cast(%x) {to="${cast}"}
  %b = cast(@w) {to="${cast}"}
  %y = conv(%a, %b) {strides=[2,2]}
  return y = %y
}
@w : f32[16,64,3,3] = seed 1 center 0 spread 100
`);

it.each([
  ["i32", 4],
  ["f32", 6],
])("a convolution of %s has %i pixels a tile", (dtype, factor) => {
  const { program } = planModel(definitionOf(dtype), { target: "wasm" });
  const product = program.kernels.find(({ covers }) => covers.includes("y"))!;
  expect(product.schedules[0]!.split["ow"]).toEqual([{ factor, kind: "unroll" }]);
});
