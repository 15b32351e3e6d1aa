/** Networks over time: M5 on raw sound, and one that masks a spectrum, as DTLN does, with LSTMs. */
import { readOnnx } from "../../../compiler/frontend/onnx/import.js";
import { tensor, type Tensor } from "../../../compiler/base/tensor.js";
import { m5 } from "../../../examples/m5.js";
import { noise } from "../../support/floatModel.js";
import { onnxModel, type NodeText } from "../../support/onnxModel.js";
import { createRandom } from "../../support/random.js";
import { caseOf, lazyCase } from "../convolutions.js";
import type { Case, MakeCase } from "../peer.js";

const [BINS, HIDDEN] = [257, 128];

/** An LSTM over [frames, 1, features], without the axis of its one direction. */
function lstm(name: string, input: string): NodeText[] {
  const parameters = ["W", "R", "B"].map((kind) => name + kind);
  const attributes = { hidden_size: HIDDEN };
  return [
    { op: "LSTM", in: [input, ...parameters], out: [`${name}Y`], attributes },
    { op: "Squeeze", in: [`${name}Y`, "direction"], out: [name] },
  ];
}

/** A mask for each of the frames of a magnitude spectrum (Westhausen and Meyer 2020). */
function masker(name: string, frames: number): Case {
  const random = createRandom(5);
  // As PyTorch begins.
  const drawn = (...dims: readonly number[]): Tensor => noise(random, dims, HIDDEN ** -0.5);
  const parameters = (name: string, features: number): Record<string, Tensor> => ({
    [`${name}W`]: drawn(1, 4 * HIDDEN, features),
    [`${name}R`]: drawn(1, 4 * HIDDEN, HIDDEN),
    [`${name}B`]: drawn(1, 8 * HIDDEN),
  });
  const onnx = onnxModel({
    nodes: [
      { op: "Transpose", in: ["spectrum"], out: ["steps"], attributes: { perm: [1, 0, 2] } },
      ...lstm("first", "steps"),
      ...lstm("second", "first"),
      { op: "MatMul", in: ["second", "maskW"], out: ["products"] },
      { op: "Add", in: ["products", "maskB"], out: ["sums"] },
      { op: "Sigmoid", in: ["sums"], out: ["mask"] },
      { op: "Mul", in: ["mask", "steps"], out: ["masked"] },
      { op: "Transpose", in: ["masked"], out: ["spoken"], attributes: { perm: [1, 0, 2] } },
    ],
    inputs: { spectrum: `f32[1,${frames},${BINS}]` },
    outputs: ["spoken"],
    initializers: {
      direction: tensor("i64", [1], [1]),
      ...parameters("first", BINS),
      ...parameters("second", HIDDEN),
      maskW: drawn(HIDDEN, BINS),
      maskB: drawn(BINS),
    },
  });
  return { ...caseOf(name, readOnnx(onnx)), onnx };
}

export const sound: readonly MakeCase[] = [
  lazyCase("M5 16000", () => m5({ size: 16_000 })),
  { name: "masker, LSTMs, 100 frames", make: (name) => masker(name, 100) },
];
