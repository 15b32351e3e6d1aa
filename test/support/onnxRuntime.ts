/** Runs ONNX models on onnxruntime-web, the engine that numbers are compared with. */
import * as ort from "onnxruntime-web";
import type { DType, Tensor, TensorData } from "../../compiler/base/tensor.js";

ort.env.wasm.numThreads = 1;
ort.env.logLevel = "fatal";

/** Element types by onnxruntime's names for them. */
const TYPES = {
  f32: "float32",
  i32: "int32",
  i64: "int64",
  u8: "uint8",
  i8: "int8",
  bool: "bool",
} as const satisfies Readonly<Record<DType, ort.Tensor.Type>>;

export interface OnnxSession {
  /** Outputs by name for inputs by name. Throws what onnxruntime says. */
  run(inputs: ReadonlyMap<string, Tensor>): Promise<Map<string, Tensor>>;
  release(): Promise<void>;
}

/**
 * Loads the bytes of a model, with all of onnxruntime's optimisations or none. Throws what onnxruntime says
 * of models that it does not take.
 */
export async function openOnnx(
  bytes: Uint8Array,
  graphOptimizationLevel: "all" | "disabled" = "all",
): Promise<OnnxSession> {
  const options = { graphOptimizationLevel, logSeverityLevel: 4 } as const;
  const session = await ort.InferenceSession.create(bytes, options);
  return {
    async run(inputs) {
      const feeds = [...inputs].map(([name, value]) => [name, toOrt(value)] as const);
      const results = await session.run(Object.fromEntries(feeds), {
        logSeverityLevel: 4,
      });
      return new Map(Object.entries(results).map(([name, value]) => [name, fromOrt(value)]));
    },
    release: () => session.release(),
  };
}

/** Loads a model, runs it once, and lets it go. */
export async function runOnnx(
  bytes: Uint8Array,
  inputs: ReadonlyMap<string, Tensor>,
): Promise<Map<string, Tensor>> {
  const session = await openOnnx(bytes);
  try {
    return await session.run(inputs);
  } finally {
    await session.release();
  }
}

function toOrt({ type, data }: Tensor): ort.Tensor {
  return new ort.Tensor(TYPES[type.dtype], data, type.dims);
}

function fromOrt({ type, dims, data }: ort.Tensor): Tensor {
  const [dtype] = Object.entries(TYPES).find(([, name]) => name === type)!;
  return { type: { dtype: dtype as DType, dims }, data: data as TensorData };
}
