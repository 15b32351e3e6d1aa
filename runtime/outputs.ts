/** Moves results out of the arena, into arrays that are no part of it: whoever holds one cannot reach the model. */
import { encodeHalves, newHalves, type HalfArray } from "./halves.js";
import type { Memory } from "./memory.js";
import { quote } from "./text.js";
import { halvesOf, isFloat, type ElementType, type PortSpec } from "./values.js";

export interface RunOptions {
  /** New arrays in a new object, which no later run writes to, instead of the ones that every run fills. */
  readonly copy?: boolean | undefined;
}

type OutputArray = HalfArray | ReturnType<(typeof ARRAYS)[keyof typeof ARRAYS]>;

/**
 * A function that fills arrays of their own with the outputs and returns all of them as a frozen object: always the
 * same, so that nothing is allocated, unless it is to copy. Throws a TypeError where the memory of one is gone.
 */
export function createOutputs<Outputs extends object>(
  specs: readonly PortSpec[],
  memory: Memory,
): (options?: RunOptions) => Outputs {
  const arrays = specs.map(newArray);
  const windows = specs.map(({ type, offset, length }, i) =>
    (isFloat(type) && !isEncoded(arrays[i]!, type) ? memory.f32 : memory.i32).subarray(
      offset,
      offset + length,
    ),
  );
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
  return ARRAYS[type](length);
}

const ARRAYS = {
  f32: (length: number) => new Float32Array(length),
  i32: (length: number) => new Int32Array(length),
  i64: (length: number) => new BigInt64Array(length),
  u8: (length: number) => new Uint8Array(length),
  i8: (length: number) => new Int8Array(length),
  bool: (length: number) => new Uint8Array(length),
  f64: (length: number) => new Float64Array(length),
  f16: newHalves,
  bf16: (length: number) => new Uint16Array(length),
  u16: (length: number) => new Uint16Array(length),
  i16: (length: number) => new Int16Array(length),
  u4: (length: number) => new Uint8Array(length),
  i4: (length: number) => new Int8Array(length),
};

/** Whether floats of 16 bits are given out as their patterns. */
function isEncoded(to: OutputArray, type: ElementType): to is Uint16Array {
  return to instanceof Uint16Array && isFloat(type);
}

function readOutput(
  from: Float32Array | Int32Array,
  to: OutputArray,
  { name, type, length }: PortSpec,
): void {
  if (to.length !== length)
    throw new TypeError(
      `run: the memory of output ${quote(name)} was transferred away; transfer outputs of run(inputs, { copy: true })`,
    );
  if (to instanceof BigInt64Array) widen(from as Int32Array, to);
  else if (isEncoded(to, type)) encodeHalves(from as Int32Array, type as "f16", to);
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
