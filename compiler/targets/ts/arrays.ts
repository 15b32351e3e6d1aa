/** The memory that printed functions see, and the functions of the runtime that they call. */
import type { Memory } from "../../loop/stmt.js";

/** Memory arrays a kernel function can take, in the order of its parameters: of the arena, then of the constants. */
export const MEMORY_ARRAYS = [
  ...(["f32", "i32", "i8", "u8", "i16"] as const),
  ...(["weights", "tables", "int8", "uint8", "int16", "halves"] as const),
] as const;
export type MemoryArray = (typeof MEMORY_ARRAYS)[number];

/** Functions of the runtime that printed expressions call. */
export const HELPERS = [
  ...(["round", "bits", "float", "half", "saturate"] as const),
  ...(["sdot", "usdot", "dot16"] as const),
] as const;
export type Helper = (typeof HELPERS)[number];

const TYPES = {
  f32: Float32Array,
  i32: Int32Array,
  i8: Int8Array,
  u8: Uint8Array,
  i16: Int16Array,
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
    if (dtype === "bool") return "i32";
    if (dtype === "f16" || dtype === "bf16")
      throw new Error(`the TypeScript target has no values of ${dtype} in its arena`);
    return dtype;
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

/** Whether an array is of what runs write. */
export function isOfArena(array: MemoryArray): boolean {
  return ["f32", "i32", "i8", "u8", "i16"].includes(array);
}

interface Words {
  readonly f32: Float32Array;
  readonly i32: Int32Array;
}

/** All arrays over two memories. */
export function memoryArrays(arena: Words, constants: Words): Record<MemoryArray, object> {
  const arrays = MEMORY_ARRAYS.map((name): [MemoryArray, object] => {
    const { buffer, byteOffset, length } = (isOfArena(name) ? arena : constants).f32;
    const elements = length * elementsAWord(name);
    return [name, new TYPES[name](buffer as ArrayBuffer, byteOffset, elements)];
  });
  return Object.fromEntries(arrays) as Record<MemoryArray, object>;
}
