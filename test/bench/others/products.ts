/** Products of two values that only a run knows: convolutions whose weights are inputs, matrices of activations. */
import { readOnnx } from "../../../compiler/frontend/onnx/import.js";
import { matmul, model, permute, softmax } from "tilewright";
import { onnxModel } from "../../support/onnxModel.js";
import { caseOf, lazyCase } from "../convolutions.js";
import type { Case, MakeCase } from "../peer.js";

/** Of the same size out as in. */
function convolution(channels: number, size: number, kernelSize: number): MakeCase {
  const make = (name: string): Case => {
    const pads = new Array<number>(4).fill((kernelSize - 1) / 2);
    const onnx = onnxModel({
      nodes: [{ op: "Conv", in: ["x", "w"], out: ["y"], attributes: { pads } }],
      inputs: {
        x: `f32[1,${channels},${size},${size}]`,
        w: `f32[${channels},${channels},${kernelSize},${kernelSize}]`,
      },
      outputs: ["y"],
    });
    return { ...caseOf(name, readOnnx(onnx)), onnx };
  };
  return {
    name: `${kernelSize}×${kernelSize} ${size}² ${channels}→${channels}, weights are inputs`,
    make,
  };
}

/** Scores between all pairs of rows, and what they choose. */
function attention(rows: number, width: number) {
  const dims = [1, 4, rows, width];
  return model("attention", { q: dims, k: dims, v: dims }, ({ q, k, v }) => ({
    chosen: matmul(softmax(matmul(q, permute(k, [0, 1, 3, 2])), { dim: 3 }), v),
  }));
}

export const products: readonly MakeCase[] = [
  convolution(64, 56, 3),
  convolution(128, 28, 1),
  lazyCase("attention, 4 heads, 196 rows of 32", () => attention(196, 32)),
];
