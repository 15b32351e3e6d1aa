/** What an ONNX file is that must be refused, and the small models that such files are made of. */
import { tensor } from "../../../compiler/base/tensor.js";
import { type NodeText, onnxModel, type OnnxText } from "../onnxModel.js";

export interface HostileModel {
  readonly title: string;
  readonly bytes: Uint8Array;
  readonly code: string;
}

export const image = { x: "f32[1,2,8,4]" };
export const kernel = { w: tensor("f32", [2, 2, 3, 3], new Float32Array(36).fill(0.1)) };
export const ofNodes = (nodes: readonly NodeText[], rest: Partial<OnnxText> = {}): Uint8Array =>
  onnxModel({ inputs: image, nodes, outputs: ["y"], ...rest });
export const conv = (attributes: NonNullable<NodeText["attributes"]>): Uint8Array =>
  ofNodes([{ op: "Conv", in: ["x", "w"], out: ["y"], attributes }], { initializers: kernel });
export const pool = (op: string, attributes: NodeText["attributes"]): Uint8Array =>
  ofNodes([{ op, in: ["x"], out: ["y"], attributes: { kernel_shape: [2, 2], ...attributes } }]);
/** One node whose last input is a list of whole numbers. */
export const sized = (
  op: string,
  inputs: readonly string[],
  ...sizes: readonly number[]
): Uint8Array =>
  ofNodes([{ op, in: [...inputs, "sizes"], out: ["y"] }], {
    initializers: { sizes: tensor("i64", [sizes.length], sizes) },
  });
export const relu: NodeText = { op: "Relu", in: ["x"], out: ["y"], name: "act" };
export const branch: OnnxText = { nodes: [{ ...relu, out: ["r"] }], outputs: ["r"] };

/** A sum with an initializer that is written as the message says. */
export function withTensor(message: object): Uint8Array {
  return onnxModel(
    { inputs: image, nodes: [{ op: "Add", in: ["x", "w"], out: ["y"] }], outputs: ["y"] },
    {
      change: (model) =>
        Object.assign(model["graph"] as object, { initializer: [{ name: "w", ...message }] }),
    },
  );
}

/** A tensor of four numbers in another file. */
export function externalTensor(entries: Readonly<Record<string, string>>): Uint8Array {
  const externalData = Object.entries(entries).map(([key, value]) => ({ key, value }));
  return withTensor({ dims: [4], dataType: 1, dataLocation: 1, externalData });
}
