/** Random storages for what a kernel reads, where they have all its values, and for its output. */
import { halfOfNumber, numberOfHalf } from "../../compiler/base/float16.js";
import type { Tensor } from "../../compiler/base/tensor.js";
import { scalarOf, type Kernel } from "../../compiler/compute/ir.js";
import type { Storage } from "../../compiler/loop/storage.js";
import type { Schedule } from "../../compiler/schedule/schedule.js";
import type { Random } from "./random.js";

/** By source, halves only where they are wanted; those that are left out lie as scalars. An output in which accumulators wait keeps their type. */
export function randomStorages(
  kernel: Kernel,
  schedules: readonly Schedule[],
  inputs: ReadonlyMap<string, Tensor>,
  random: Random,
  halves = true,
): Map<string, Storage> {
  const storages = new Map<string, Storage>();
  const values = [...inputs, ...kernel.constants.map(({ name, value }) => [name, value] as const)];
  for (const [name, value] of values) {
    const fitting = narrowOf(scalarOf(value.type.dtype), halves).filter((storage) => {
      const back = stored(value, storage).data;
      return value.data.every((one, i) => Object.is(back[i], one));
    });
    if (fitting.length > 0 && random.chance(0.3)) storages.set(name, random.pick(fitting));
  }
  const narrow = narrowOf(scalarOf(kernel.output.dtype), halves);
  const parked = schedules.some(({ park }) => park === true);
  const isScalar = kernel.output.dtype === "f32" || kernel.output.dtype === "i32";
  if (!parked && isScalar && narrow.length > 0 && random.chance(0.3))
    storages.set("out", random.pick(narrow));
  return storages;
}

function narrowOf(scalar: string, halves: boolean): Storage[] {
  return scalar === "f32" && halves ? ["f16"] : scalar === "i32" ? ["i16", "i8", "u8"] : [];
}

const BITS: Readonly<Partial<Record<Storage, (value: number) => number>>> = {
  f16: (value) => numberOfHalf(halfOfNumber(value)),
  i16: (value) => (value << 16) >> 16,
  i8: (value) => (value << 24) >> 24,
  u8: (value) => value & 255,
};

/** What is read back of values. */
export function stored({ type, data }: Tensor, storage: Storage | undefined): Tensor {
  const narrow = BITS[storage ?? "f32"];
  if (narrow === undefined || data instanceof BigInt64Array) return { type, data };
  return { type, data: data.map(narrow) };
}
