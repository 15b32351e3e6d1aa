/** Runs ONNX models on onnxruntime-web, the engine that numbers are compared with. */
import * as ort from "onnxruntime-web";
import { halfOfNumber } from "../../compiler/base/float16.js";
import { tensorOf } from "../../compiler/base/portValues.js";
import { newHalves } from "../../runtime/halves.js";
import type { DType, Tensor, TensorData } from "../../compiler/base/tensor.js";

ort.env.wasm.numThreads = 1;
ort.env.logLevel = "fatal";

/** Element types by onnxruntime's names for them. */
const TYPES = {
  f32: "float32",
  f64: "float64",
  f16: "float16",
  u16: "uint16",
  i16: "int16",
  i32: "int32",
  i64: "int64",
  u8: "uint8",
  i8: "int8",
  bool: "bool",
} as const satisfies Partial<Readonly<Record<DType, ort.Tensor.Type>>>;

/** onnxruntime takes a `Float16Array` where the engine has it, as modules give them out. */
function halves(data: TensorData): ArrayLike<number> {
  const all = newHalves(data.length);
  const bits = all instanceof Uint16Array;
  all.set(Array.from(data as Float32Array, (value) => (bits ? halfOfNumber(value) : value)));
  return all;
}

export interface OnnxSession {
  /** Outputs by name for inputs by name. Throws what onnxruntime says. */
  run(inputs: ReadonlyMap<string, Tensor>): Promise<Map<string, Tensor>>;
  release(): Promise<void>;
}

/** As onnxruntime on ARM does, and on other processors when asked: i8 between layers makes no floats of integer sums. */
const FUSES_INT8 = { session: { qdqisint8allowed: "1" } };

/**
 * Loads the bytes of a model, with all of onnxruntime's optimisations or none. Throws what onnxruntime says
 * of models that it does not take.
 */
export async function openOnnx(
  bytes: Uint8Array,
  graphOptimizationLevel: "all" | "disabled" = "all",
): Promise<OnnxSession> {
  const options = { graphOptimizationLevel, logSeverityLevel: 4, extra: FUSES_INT8 } as const;
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
  const name = TYPES[type.dtype as keyof typeof TYPES];
  const values = type.dtype === "f16" ? (halves(data) as never) : data;
  return new ort.Tensor(name, values, type.dims);
}

function fromOrt({ type, dims, data }: ort.Tensor): Tensor {
  const [dtype] = Object.entries(TYPES).find(([, name]) => name === type)!;
  return tensorOf({ dtype: dtype as DType, dims }, data as TensorData);
}
