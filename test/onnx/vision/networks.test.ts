/** Networks as exporters write them, small: they compile, and agree with onnxruntime-web on every engine. */
import { describe, expect, it, vi } from "vitest";
import type { Tensor } from "../../../compiler/base/tensor.js";
import { readOnnx } from "../../../compiler/frontend/onnx/import.js";
import { random } from "../../ops/cases/opCase.js";
import { ordinaryRms } from "../../support/difference.js";
import { ENGINES } from "../../support/engine.js";
import { runOnnx } from "../../support/onnxRuntime.js";
import { loadProduct } from "../../support/product.js";
import { maxVit, swin } from "./attention.js";
import { raft } from "./flow.js";
import { deepLab, yolov5, yolov8, yolox } from "./heads.js";

// That modules are laid out for people is looked at elsewhere.
vi.mock("prettier", () => ({ format: (source: string) => Promise.resolve(source) }));

const NETWORKS: readonly (readonly [string, () => Uint8Array])[] = [
  ["Swin", swin],
  ["MaxViT", maxVit],
  ["RAFT", raft],
  ["DeepLabV3", deepLab],
  ["YOLOv5", yolov5],
  ["YOLOv8", yolov8],
  ["YOLOX", yolox],
];

/** Of what an output's values are like: what f32 loses on the way through a network. */
const TOLERANCE = 4e-5;

function largestDifference({ data }: Tensor, expected: Tensor): number {
  return Array.from<number | bigint, number>(data, Number).reduce((most, value, i) => {
    const off = Math.abs(value - Number(expected.data[i]));
    return off <= most ? most : off;
  }, 0);
}

describe("networks", () => {
  it.each(NETWORKS)(
    "%s",
    async (_, create) => {
      const bytes = create();
      const definition = readOnnx(bytes);
      const inputs = new Map(
        definition.inputs.map(({ name, dims }, i) => [name, random(dims as number[], 7 + i)]),
      );
      const [name, expected] = [...(await runOnnx(bytes, inputs))][0]!;
      const scale = ordinaryRms(expected);
      expect(scale).toBeGreaterThan(0.01);
      for (const engine of ENGINES) {
        const own = (await loadProduct(definition, engine)).run(inputs).get(name)!;
        expect(own.type.dims, engine).toEqual(expected.type.dims);
        expect(largestDifference(own, expected) / scale, engine).toBeLessThan(TOLERANCE);
      }
    },
    60_000,
  );
});
