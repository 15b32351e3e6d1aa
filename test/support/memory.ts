/** The memory of Programs that run kernel by kernel: arena and constants, one over the other where a Program says so. */
import { constantsOffset } from "../../compiler/program/memory/lifetimes.js";
import { packConstants } from "../../compiler/program/pack.js";
import type { Program } from "../../compiler/program/program.js";

/** The same bytes twice. */
export interface Arrays {
  readonly f32: Float32Array;
  readonly i32: Int32Array;
}

export interface Memory {
  /** The arena alone, from its first byte. */
  readonly arena: Arrays;
  readonly constants: Arrays;
  /** Makes it as it is before a model loads: the constants in their places, and NaN everywhere else in the arena. */
  begin(): void;
}

/** One buffer for both: where the arena ends on the first constants, it does so here. */
export function allocate(program: Program): Memory {
  const { arenaBytes = 0, constantBytes = 0 } = program;
  const constantsStart = constantsOffset(program);
  const buffer = new ArrayBuffer(constantsStart + constantBytes);
  return memoryIn(buffer, packConstants(program), constantsStart, 0, arenaBytes);
}

/** In a memory that is there. */
export function memoryIn(
  buffer: ArrayBuffer,
  packed: Uint8Array,
  constantsStart: number,
  arenaStart: number,
  arenaBytes: number,
): Memory {
  const arena = arraysOf(buffer, arenaStart, arenaBytes);
  const begin = (): void => {
    arena.f32.fill(NaN);
    new Uint8Array(buffer).set(packed, constantsStart);
  };
  begin();
  return { arena, constants: arraysOf(buffer, constantsStart, packed.length), begin };
}

function arraysOf(buffer: ArrayBuffer, offset = 0, bytes = buffer.byteLength): Arrays {
  const elements = bytes / 4;
  return {
    f32: new Float32Array(buffer, offset, elements),
    i32: new Int32Array(buffer, offset, elements),
  };
}
