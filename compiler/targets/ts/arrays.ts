/** The memory that printed functions see, and the functions of the runtime that they call. */
import type { Memory } from "../../loop/stmt.js";
import { expectWide } from "../../loop/storage.js";

/** Memory arrays a kernel function can take, in the order of its parameters. */
export const MEMORY_ARRAYS = ["f32", "i32", "weights", "tables"] as const;
export type MemoryArray = (typeof MEMORY_ARRAYS)[number];

/** Functions of the runtime that printed expressions call. */
export const HELPERS = ["round", "bits", "float", "saturate"] as const;
export type Helper = (typeof HELPERS)[number];

/** The typed array that holds elements of this kind. */
export function arrayOf({ dtype, space }: Memory): MemoryArray {
  expectWide(dtype, "TypeScript");
  if (space === "arena") return dtype === "f32" ? "f32" : "i32";
  return dtype === "f32" ? "weights" : "tables";
}

export function arrayType(array: MemoryArray): "Float32Array" | "Int32Array" {
  return array === "f32" || array === "weights" ? "Float32Array" : "Int32Array";
}
