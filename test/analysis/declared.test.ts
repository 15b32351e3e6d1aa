/** What files declare of their outputs is compared with what is computed, and said where it differs. */
import { expect, it } from "vitest";
import { compile } from "../../compiler/compile.js";
import { readOnnx } from "../../compiler/frontend/onnx/import.js";
import { onnxModel } from "../support/onnxModel.js";

const warnings = async (outputs: Readonly<Record<string, string>>): Promise<readonly string[]> => {
  const nodes = Object.keys(outputs).map((out) => ({ op: "Relu", in: ["x"], out: [out] }));
  const shapes = { x: [2, 3] };
  const bytes = onnxModel({ inputs: { x: "f32[N,3]" }, outputs, nodes });
  return (await compile(readOnnx(bytes, { shapes }), { shapes })).warnings;
};

it("names outputs of other sizes, or of another number of them", async () => {
  expect(await warnings({ a: "f32[1,3]", b: "f32[N,4]", c: "f32[3]", d: "f32[2,3]" })).toEqual([
    "output 'a' is f32[2,3], but the file says [1,3]",
    "output 'b' is f32[2,3], but the file says [N,4]",
    "output 'c' is f32[2,3], but the file says [3]",
  ]);
});

it("takes names and open dims for any size", async () => {
  expect(await warnings({ a: "f32[M,3]", b: "f32[0,3]" })).toEqual([]);
});
