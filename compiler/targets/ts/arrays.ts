/** The memory that printed functions see, and the functions of the runtime that they call. */
import type { Memory } from "../../loop/stmt.js";
import { expectWide } from "../../loop/storage.js";

/** Memory arrays a kernel function can take, in the order of its parameters: of the arena, then of the constants. */
export const MEMORY_ARRAYS = [
  ...(["f32", "i32"] as const),
  ...(["weights", "tables", "int8", "uint8", "int16", "halves"] as const),
] as const;
export type MemoryArray = (typeof MEMORY_ARRAYS)[number];

/** Functions of the runtime that printed expressions call. */
export const HELPERS = ["round", "bits", "float", "half", "saturate"] as const;
export type Helper = (typeof HELPERS)[number];

const TYPES = {
  f32: Float32Array,
  i32: Int32Array,
  weights: Float32Array,
  tables: Int32Array,
  int8: Int8Array,
  uint8: Uint8Array,
  int16: Int16Array,
  halves: Uint16Array,
} as const;

/** The typed array that holds elements of this kind. */
export function arrayOf({ dtype, space }: Memory): MemoryArray {
  if (space === "arena") {
    expectWide(dtype, "TypeScript");
    return dtype === "f32" ? "f32" : "i32";
  }
  switch (dtype) {
    case "f32":
      return "weights";
    case "i32":
    case "bool":
      return "tables";
    case "i8":
      return "int8";
    case "u8":
      return "uint8";
    case "i16":
      return "int16";
    case "f16":
    case "bf16":
      return "halves";
    default:
      return dtype satisfies never;
  }
}

/** The name of its class. */
export function arrayType(array: MemoryArray): string {
  return TYPES[array].name;
}

/** How many of its elements are in 32 bits. */
export function elementsAWord(array: MemoryArray): number {
  return 4 / TYPES[array].BYTES_PER_ELEMENT;
}

interface Words {
  readonly f32: Float32Array;
  readonly i32: Int32Array;
}

/** All arrays over two memories. */
export function memoryArrays(arena: Words, constants: Words): Record<MemoryArray, object> {
  const { buffer, byteOffset, length } = constants.f32;
  const narrow = (["int8", "uint8", "int16", "halves"] as const).map((name): [string, object] => [
    name,
    new TYPES[name](buffer as ArrayBuffer, byteOffset, length * elementsAWord(name)),
  ]);
  return {
    ...arena,
    weights: constants.f32,
    tables: constants.i32,
    ...(Object.fromEntries(narrow) as Record<"int8" | "uint8" | "int16" | "halves", object>),
  };
}
