/** The memories that interpreted functions read and write, as elements of every storage. */
import { bfloatOfNumber, halfOfNumber, numberOfBfloat, numberOfHalf } from "../base/float16.js";
import type { Memory } from "../loop/stmt.js";

/** The memories a function touches, each the same bytes twice; every access is checked against the array's bounds. */
export interface StmtMemory {
  readonly arena: { readonly f32: Float32Array; readonly i32: Int32Array };
  readonly constants: { readonly f32: Float32Array; readonly i32: Int32Array };
}

type Elements = Float32Array | Int32Array | Uint16Array | Int16Array | Int8Array | Uint8Array;

/** Elements that a typed array converts as a store does; what else there is to do to one that is read or written. */
export interface StoredElements {
  readonly array: Elements;
  readonly decode?: (element: number) => number;
  readonly encode?: (value: number) => number;
}

export function elementsOf({ space, dtype }: Memory, all: StmtMemory): StoredElements {
  const { f32, i32 } = all[space];
  const { buffer, byteOffset, byteLength } = f32;
  switch (dtype) {
    case "f32":
      return { array: f32 };
    case "i32":
    case "bool":
      return { array: i32 };
    case "f16":
      return {
        array: new Uint16Array(buffer, byteOffset, byteLength / 2),
        decode: numberOfHalf,
        encode: halfOfNumber,
      };
    case "bf16":
      return {
        array: new Uint16Array(buffer, byteOffset, byteLength / 2),
        decode: numberOfBfloat,
        encode: bfloatOfNumber,
      };
    case "i16":
      return { array: new Int16Array(buffer, byteOffset, byteLength / 2) };
    case "i8":
      return { array: new Int8Array(buffer, byteOffset, byteLength) };
    case "u8":
      return { array: new Uint8Array(buffer, byteOffset, byteLength) };
    default:
      return dtype satisfies never;
  }
}

/** Throws a plain Error where not all of `count` elements from an address on are in the array. */
export function checkAddresses(array: Elements, address: number, count: number): void {
  if (!(address >= 0 && address + count <= array.length)) {
    throw new Error(`address ${address} is outside a memory of ${array.length}`);
  }
}
