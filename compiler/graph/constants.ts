/** Reads the values of constants when something needs them, and no sooner: weights can be hundreds of megabytes. */
import type { Budget } from "../base/budget.js";
import { fail } from "../base/error.js";
import {
  byteCount,
  elementCount,
  newData,
  type Tensor,
  type TensorData,
  type TensorType,
} from "../base/tensor.js";
import type { Constant, ConstantSource } from "./definition.js";

/** Bytes of a file that a constant names; paths are relative to the model's own text. */
export type ReadFile = (path: string) => Uint8Array;

const known = new WeakMap<ConstantSource, Tensor>();

/**
 * The constant's values. Throws CompileError `bad-file` where its file is absent or too short, `over-budget` where
 * making values that no file holds takes more bytes than the budget has.
 */
export function constantTensor(constant: Constant, readFile?: ReadFile, budget?: Budget): Tensor {
  const { source, type } = constant;
  const before = known.get(source);
  if (before !== undefined) return { type, data: before.data };
  const tensor = { type, data: readSource(constant, readFile, budget) };
  known.set(source, tensor);
  return tensor;
}

function readSource(
  { name, source, type }: Constant,
  readFile: ReadFile | undefined,
  budget: Budget | undefined,
): TensorData {
  const count = elementCount(type.dims);
  const spend = (): void => budget?.spend("bytes", byteCount(type), { node: name });
  switch (source.kind) {
    case "data":
      if (source.data.length !== count) {
        fail("bad-weights", `constant has ${source.data.length} values, its type ${count}`, {
          node: name,
        });
      }
      return source.data;
    case "file": {
      if (readFile === undefined)
        fail("bad-file", `no folder to read ${source.path} from`, { node: name });
      const bytes = readFile(source.path);
      spend();
      return fromBytes(name, bytes, source.offset, type);
    }
    case "seed":
      spend();
      return seededValues(count, source, type);
    default:
      return source satisfies never;
  }
}

function fromBytes(name: string, bytes: Uint8Array, offset: number, type: TensorType): TensorData {
  const count = elementCount(type.dims);
  const end = offset + byteCount(type);
  if (offset < 0 || end > bytes.length) {
    fail("bad-file", `bytes ${offset} to ${end} are wanted of a file of ${bytes.length}`, {
      node: name,
    });
  }
  const data = newData(type.dtype, count);
  new Uint8Array(data.buffer).set(bytes.subarray(offset, end));
  return data;
}

type Seed = Extract<ConstantSource, { kind: "seed" }>;

/**
 * Uniform values in center ± spread: 24 bits of a 32-bit mix of seed and position (Wellons' lowbias32), so
 * every engine makes the same.
 */
function seededValues(count: number, source: Seed, type: TensorType): TensorData {
  const data = newData(type.dtype, count);
  if (data instanceof BigInt64Array) fail("unsupported", "seeded values are not made for i64");
  // Floats have a loop of their own: one that meets several kinds of arrays is many times slower.
  if (data instanceof Float32Array) {
    fillFloats(data, source);
    if (source.sumless !== undefined) takeMeans(data, source.sumless);
    return data;
  }
  const floats = new Float32Array(count);
  fillFloats(floats, source);
  data.set(floats);
  return data;
}

function fillFloats(data: Float32Array, { seed, center, spread }: Seed): void {
  const start = Math.imul(seed, 0x9e3779b1);
  for (let i = 0; i < data.length; i++) {
    let x = (start + i) | 0;
    x = Math.imul(x ^ (x >>> 16), 0x7feb352d);
    x = Math.imul(x ^ (x >>> 15), 0x846ca68b);
    data[i] = center + spread * (((x ^ (x >>> 16)) >>> 8) / 8388608 - 1);
  }
}

function takeMeans(data: Float32Array, run: number): void {
  for (let from = 0; from < data.length; from += run) {
    let sum = 0;
    for (let i = from; i < from + run; i++) sum += data[i]!;
    const mean = sum / run;
    for (let i = from; i < from + run; i++) data[i]! -= mean;
  }
}
