/** How elements lie in memory, which may be narrower than what is computed with. */
import type { DType } from "../base/tensor.js";
import { scalarOf, type Scalar } from "../compute/ir.js";

/**
 * Scalars lie in 32 bits, a bool as 0 or 1. A load widens the others to their scalar. A store to f16 rounds to the
 * nearest f32 and from there to the nearest half, ties to even and what is too large to infinity, one to bf16 likewise; a
 * store to fewer bits of an integer keeps the low ones: as ONNX casts from f32, and from i32.
 */
export type Storage = Scalar | "f16" | "bf16" | "i16" | "i8" | "u8";

/** What values of a storage are in registers. */
export function widened(storage: Storage): Scalar {
  switch (storage) {
    case "f32":
    case "i32":
    case "bool":
      return storage;
    case "f16":
    case "bf16":
      return "f32";
    case "i16":
    case "i8":
    case "u8":
      return "i32";
    default:
      return storage satisfies never;
  }
}

export function bytesOf(storage: Storage): 1 | 2 | 4 {
  if (storage === "i8" || storage === "u8") return 1;
  return storage === "f16" || storage === "bf16" || storage === "i16" ? 2 : 4;
}

/** The fewest bits in which every value of an integer type lies; floats and bools lie as their scalars. */
export function storageOf(dtype: DType): Storage {
  switch (dtype) {
    case "i8":
    case "i4":
      return "i8";
    case "u8":
    case "u4":
      return "u8";
    case "i16":
      return "i16";
    default:
      return scalarOf(dtype);
  }
}

/** The least and the greatest integer of a storage that has fewer bits than 32; undefined of all else. */
export function rangeOfStorage(
  storage: Storage,
): { readonly min: number; readonly max: number } | undefined {
  switch (storage) {
    case "i16":
      return { min: -32768, max: 32767 };
    case "i8":
      return { min: -128, max: 127 };
    case "u8":
      return { min: 0, max: 255 };
    default:
      return undefined;
  }
}

/** Whether an element of a storage can be this number: an integer that it would cut off cannot. */
export function holds(storage: Storage, value: number): boolean {
  const range = rangeOfStorage(storage);
  return range === undefined || (value >= range.min && value <= range.max);
}
