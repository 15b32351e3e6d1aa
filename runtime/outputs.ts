/** Moves results out of the arena, into arrays that are no part of it: whoever holds one cannot reach the model. */
import type { Memory } from "./memory.js";
import { quote } from "./text.js";
import { halvesOf, type ElementType, type PortSpec } from "./values.js";

export interface RunOptions {
  /** New arrays in a new object, which no later run writes to, instead of the ones that every run fills. */
  readonly copy?: boolean | undefined;
}

type OutputArray = Float32Array | Int32Array | BigInt64Array | Uint8Array | Int8Array;

/**
 * A function that fills arrays of their own with the outputs and returns all of them as a frozen object: always the
 * same, so that nothing is allocated, unless it is to copy. Throws a TypeError where the memory of one is gone.
 */
export function createOutputs<Outputs extends object>(
  specs: readonly PortSpec[],
  memory: Memory,
): (options?: RunOptions) => Outputs {
  const windows = specs.map(({ type, offset, length }) =>
    (type === "f32" ? memory.f32 : memory.i32).subarray(offset, offset + length),
  );
  const arrays = specs.map(newArray);
  const outputs = nameArrays(specs, arrays);
  const fill = (all: readonly OutputArray[]): void => {
    for (let i = 0; i < specs.length; i++) readOutput(windows[i]!, all[i]!, specs[i]!);
  };
  return (options) => {
    if (options?.copy !== true) {
      fill(arrays);
      return outputs as Outputs;
    }
    const copies = specs.map(newArray);
    fill(copies);
    return nameArrays(specs, copies) as Outputs;
  };
}

function nameArrays(specs: readonly PortSpec[], arrays: readonly OutputArray[]): object {
  return Object.freeze(Object.fromEntries(specs.map(({ name }, i) => [name, arrays[i]])));
}

function newArray({ type, length }: PortSpec): OutputArray {
  return new ARRAYS[type](length);
}

const ARRAYS: Readonly<Record<ElementType, new (length: number) => OutputArray>> = {
  f32: Float32Array,
  i32: Int32Array,
  i64: BigInt64Array,
  u8: Uint8Array,
  i8: Int8Array,
  bool: Uint8Array,
};

function readOutput(
  from: Float32Array | Int32Array,
  to: OutputArray,
  { name, length }: PortSpec,
): void {
  if (to.length !== length)
    throw new TypeError(
      `run: the memory of output ${quote(name)} was transferred away; transfer outputs of run(inputs, { copy: true })`,
    );
  if (to instanceof BigInt64Array) widen(from as Int32Array, to);
  else to.set(from);
}

/** Widens i32 results into an i64 array. */
export function widen(from: Int32Array, to: BigInt64Array): void {
  const words = halvesOf(to);
  for (let i = 0; i < from.length; i++) {
    words[2 * i] = from[i]!;
    words[2 * i + 1] = from[i]! >> 31;
  }
}
