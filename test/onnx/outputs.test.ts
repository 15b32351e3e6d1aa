/** Models that end at values of their file, so that what comes behind need not be read. */
import { expect, it } from "vitest";
import { onnxModel } from "../support/onnxModel.js";
import { body, problemsOf, x } from "./imported.js";

const bytes = onnxModel({
  inputs: x,
  nodes: [
    { op: "Exp", in: ["x"], out: ["e"], name: "grow" },
    { op: "ImageDecoder", in: ["e"], out: ["d"], name: "decode" },
    { op: "Relu", in: ["d"], out: ["y"] },
  ],
  outputs: ["y"],
});

it("are asked nothing of what comes behind", () => {
  expect(problemsOf(bytes)).toMatchObject([{ code: "unknown-op", op: "ImageDecoder" }]);
  expect(body(bytes, { outputs: ["e"] })).toContain("return e = %grow");
});

it("may be called by a node, be inputs, and be named twice", () => {
  expect(body(bytes, { outputs: ["grow", "x", "x", "e"] })).toMatch(/return e = %grow, x = %x$/m);
});

it("say which there is not", () => {
  expect(problemsOf(bytes, { outputs: ["ee", "e"] })).toMatchObject([
    { code: "unknown-operand", node: "ee", hint: "did you mean 'e'?" },
  ]);
});
