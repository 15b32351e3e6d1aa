/** Which constants lie in memory as narrow as their types are, and are widened by whoever reads them. */
import { axesInScope } from "../../compute/scan.js";
import { allLoads } from "../../compute/loads.js";
import { scalarOf, type Kernel, type KernelInput } from "../../compute/ir.js";
import { constantTensor } from "../../graph/constants.js";
import type { Constant } from "../../graph/definition.js";
import { bytesOf, storageOf, widened, type Storage } from "../../loop/storage.js";
import { elementCount } from "../../base/tensor.js";
import type { Buffer, Program, ProgramKernel } from "../program.js";

/**
 * The storage of constants that are narrow, and that each of their readers reads at most once an element, so that no
 * element is widened twice in a run.
 */
export function narrowConstants({ values, kernels }: Program): ReadonlyMap<Constant, Storage> {
  const narrow = new Map<Constant, Storage>();
  const wide = new Set<Constant>();
  for (const { kernel, operands } of kernels)
    for (const { name, type } of kernel.inputs) {
      const { constant } = values[operands[name]!]!;
      if (constant === undefined || wide.has(constant)) continue;
      const storage = narrowest(constant);
      // An integer is one that is as good in fewer bits, and products of such are faster.
      const isInteger = storage !== undefined && widened(storage) === "i32";
      if (storage === undefined || !(isInteger || readsOnce(kernel, name, type.dims)))
        wide.add(constant);
      else narrow.set(constant, storage);
    }
  for (const constant of wide) narrow.delete(constant);
  return narrow;
}

function narrowest(constant: Constant): Storage | undefined {
  const { type } = constant;
  switch (type.dtype) {
    case "f16":
      return isFiniteData(constant) ? "f16" : undefined;
    case "bf16":
      return "bf16";
    default: {
      const storage = storageOf(type.dtype);
      return bytesOf(storage) < 4 ? storage : undefined;
    }
  }
}

/** Loops widen finite halves alone; what lies in a file is not read to know. */
function isFiniteData(constant: Constant): boolean {
  const { source } = constant;
  if (source.kind !== "data") return false;
  const { data } = constantTensor(constant);
  return data instanceof Float32Array && data.every(Number.isFinite);
}

/** A kernel as who reads memory sees it: what lies in 32 bits, as inputs of the model do, is no narrow type. */
export function asStored({ kernel, places }: ProgramKernel, buffers: readonly Buffer[]): Kernel {
  const inputs = kernel.inputs.map((input): KernelInput => {
    const place = places[input.name];
    const buffer = place === undefined ? undefined : buffers[place.buffer];
    const { dtype, dims } = input.type;
    if (buffer === undefined || bytesOf(buffer.dtype) === bytesOf(storageOf(dtype))) return input;
    return { ...input, type: { dtype: scalarOf(dtype) === "i32" ? "i32" : dtype, dims } };
  });
  return inputs.every((input, i) => input === kernel.inputs[i]) ? kernel : { ...kernel, inputs };
}

/** Whether a kernel runs each load of a source at most as often as the source has elements. */
export function readsOnce(kernel: Kernel, source: string, dims: readonly number[]): boolean {
  const readers = kernel.computes.flatMap((compute) =>
    allLoads(compute).flatMap((load) =>
      load.kind === "load" && load.source === source ? [axesInScope(kernel, compute)] : [],
    ),
  );
  const runs = readers.map((axes) => elementCount(axes.map(({ extent }) => extent)));
  return runs.reduce((sum, count) => sum + count, 0) <= elementCount(dims);
}
