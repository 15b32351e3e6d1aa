/** Networks of bytes, as onnxruntime's quantiser writes them: calibrated by one image, weights a scale for each channel. */
import { readOnnx } from "../../../compiler/frontend/onnx/import.js";
import type { Definition } from "../../../compiler/graph/definition.js";
import { mobilenetV2 } from "../../../examples/mobilenetV2.js";
import { resnet18 } from "../../../examples/resnet18.js";
import { floatBytes, floatModel, noise } from "../../support/floatModel.js";
import { quantize, type Quantization } from "../../support/quantizer.js";
import { createRandom } from "../../support/random.js";
import { caseOf } from "../convolutions.js";
import type { Case, MakeCase } from "../peer.js";

async function bytesOf(name: string, network: Definition, how: Quantization): Promise<Case> {
  const model = floatModel(network, 1);
  const image = noise(createRandom(3), model.dims);
  const written = await quantize(model, image, how);
  const onnx = floatBytes(written, [written.output]);
  // An optimiser that fuses layers rounds some integers the other way: a few steps of the outputs' scale.
  return { ...caseOf(name, readOnnx(onnx)), onnx, tolerance: 0.25 };
}

const NETWORKS = { "ResNet-18": resnet18, MobileNetV2: mobilenetV2 } as const;

export const quantized: readonly MakeCase[] = Object.entries(NETWORKS).flatMap(([name, network]) =>
  (["qdq", "operators"] as const).map((form): MakeCase => ({
    name: `${name} as ${form} of u8`,
    make: (of) => bytesOf(of, network(), { dtype: "u8", form }),
  })),
);
