/** Runs a Kernel as code compiled from it, on row-major tensors: folds constants to the same bytes in every engine. */
import {
  elementCount,
  newData,
  rowMajorStrides,
  type Tensor,
  type TensorData,
} from "../base/tensor.js";
import { decomposeKernel } from "../meaning/decompose/index.js";
import { interpretStmt } from "../meaning/interpretStmt.js";
import { scalarOf, type Compute, type Kernel } from "../compute/ir.js";
import { fuseLongest, fusionOf } from "../schedule/loops.js";
import { lowerKernel } from "./index.js";
import type { Place, Places } from "../place/place.js";
import type { Schedule } from "../schedule/schedule.js";
import { saturate } from "../meaning/scalarMath.js";

/**
 * The output of a kernel for inputs by name. Elementary functions are the polynomials of `decompose`, sums
 * run in f64, stores round; i64 operands are read saturated to i32.
 */
export function executeKernel(kernel: Kernel, inputs: ReadonlyMap<string, Tensor>): Tensor {
  const values = new Map([
    ...inputs,
    ...kernel.constants.map(({ name, value }) => [name, value] as const),
  ]);
  const { places, size } = placesOf(kernel);
  const f32 = new Float32Array(size);
  const memory = { f32, i32: new Int32Array(f32.buffer) };
  for (const [name, { type, data }] of values) {
    const place = places[name];
    if (place !== undefined) write(data, place.offset, memory[arrayOf(type)]);
  }
  const code = lowerKernel(decomposeKernel(kernel), {
    summary: "",
    schedules: kernel.computes.map((compute) => wideSchedule(compute, kernel, places)),
    places,
    spaceOf: () => "arena",
  });
  const addresses = code.parameters.map(({ source }) => places[source]!.offset);
  interpretStmt(code, { arena: memory, constants: memory }, addresses);
  const { output } = kernel;
  const data = newData(output.dtype, elementCount(output.dims));
  read(memory[arrayOf(output)], places["out"]!.offset, data);
  return { type: output, data };
}

/** So many lanes that calling a closure costs little beside the loop over them. */
const MOST_LANES = 256;

/** Axes as they come, neighbours merged where they can be, and the last one over lanes. */
function wideSchedule(compute: Compute, kernel: Kernel, places: Places): Schedule {
  const fused = fuseLongest(compute.axes, compute.axes.at(-1), compute, kernel, places);
  const { axes, vector } = fused;
  const lanes = Math.min(vector?.extent ?? 1, MOST_LANES);
  return {
    ...fusionOf(fused),
    split:
      vector === undefined || lanes === 1
        ? {}
        : { [vector.name]: [{ factor: lanes, kind: "vector" }] },
    order: [...axes, ...compute.reduce].map(({ name }) => name),
    lanes,
  };
}

function arrayOf(type: Tensor["type"]): "f32" | "i32" {
  return scalarOf(type.dtype) === "f32" ? "f32" : "i32";
}

/** Everything row-major, one after the other; `size` in elements. */
function placesOf(kernel: Kernel): {
  readonly places: Places;
  readonly size: number;
} {
  const places: Record<string, Place> = {};
  let size = 0;
  const add = (name: string, dims: readonly number[]): void => {
    places[name] = { buffer: 0, offset: size, strides: rowMajorStrides(dims) };
    size += elementCount(dims);
  };
  for (const { name, type } of kernel.inputs) add(name, type.dims);
  for (const { name, value } of kernel.constants) add(name, value.type.dims);
  for (const { name, dims } of kernel.temporaries) add(name, dims);
  add("out", kernel.output.dims);
  return { places, size };
}

function write(data: TensorData, offset: number, to: Float32Array | Int32Array): void {
  if (data instanceof BigInt64Array)
    data.forEach((value, i) => (to[offset + i] = saturate(Number(value))));
  else to.set(data, offset);
}

function read(from: Float32Array | Int32Array, offset: number, data: TensorData): void {
  if (data instanceof BigInt64Array)
    for (let i = 0; i < data.length; i++) data[i] = BigInt(from[offset + i]!);
  else data.set(from.subarray(offset, offset + data.length));
}
