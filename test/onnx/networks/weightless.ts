/** ONNX files whose weights are taken out and drawn anew: the mean and the deviation of each stand in for them. */
import { decodeModel } from "../../../compiler/onnx/decode.js";
import type { OnnxTensor } from "../../../compiler/onnx/messages.js";
import { ONNX_TYPES } from "../../../compiler/onnx/proto.js";
import { encodeMessage } from "../../support/onnxModel.js";
import { createRandom } from "../../support/random.js";

/** Tensors of at most so many elements stay as they are. */
const KEPT = 16;

/** A file without weights, of one with them. */
export const withoutWeights = (bytes: Uint8Array): Uint8Array =>
  changed(bytes, (weights) => {
    const count = weights.length;
    const mean = weights.reduce((sum, value) => sum + value, 0) / count;
    const variance = weights.reduce((sum, value) => sum + (value - mean) ** 2, 0) / count;
    return Float32Array.of(mean, Math.sqrt(variance));
  });

/** A file with weights, of one without: even draws that have the same mean and deviation. */
export function withWeights(bytes: Uint8Array): Uint8Array {
  const random = createRandom(1);
  return changed(bytes, ([mean, deviation], count) => {
    const most = Math.sqrt(3) * deviation!;
    const draw = (): number => mean! + (most * random.int(-1e6, 1e6)) / 1e6;
    return Float32Array.from({ length: count }, draw);
  });
}

function changed(
  bytes: Uint8Array,
  change: (values: Float32Array, count: number) => Float32Array,
): Uint8Array {
  const model = decodeModel(bytes);
  const graph = model.graph!;
  const initializer = graph.initializer.map((one): OnnxTensor => {
    const count = one.dims.reduce((product, dim) => product * Number(dim), 1);
    if (one.dataType !== ONNX_TYPES.f32 || count <= KEPT) return one;
    const values = change(new Float32Array(one.rawData.slice().buffer), count);
    return { ...one, rawData: new Uint8Array(values.buffer) };
  });
  const message = present({ ...model, graph: { ...graph, initializer } });
  return encodeMessage("ModelProto", message as object);
}

/** What is absent in a file is written by nobody; integers are numbers. */
function present(value: unknown): unknown {
  if (typeof value === "bigint") return Number(value);
  if (Array.isArray(value)) return value.map(present);
  if (typeof value !== "object" || value === null || value instanceof Uint8Array) return value;
  const entries = Object.entries(value).filter(([, field]) => !isAbsent(field));
  return Object.fromEntries(entries.map(([name, field]) => [name, present(field)]));
}

function isAbsent(field: unknown): boolean {
  if (Array.isArray(field) || field instanceof Uint8Array) return field.length === 0;
  return field === undefined || field === "" || field === 0 || field === 0n;
}
