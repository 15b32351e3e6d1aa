/** Where the buffers of places are. */
import { bytesOf } from "../../loop/storage.js";
import type { Place } from "../../place/place.js";
import type { Buffer, Program } from "../program.js";

/** The buffer behind a place, with its address in its space in bytes. Throws an Error before allocate-buffers. */
export function bufferOf(program: Program, place: Place): Buffer & { readonly offset: number } {
  const buffer = program.buffers[place.buffer];
  if (buffer?.offset === undefined) throw new Error(`buffer ${place.buffer} has no address`);
  return { ...buffer, offset: buffer.offset };
}

/** Where a place begins in its space, in elements of its buffer. Throws an Error before allocate-buffers. */
export function elementAddress(program: Program, place: Place): number {
  const { offset, dtype } = bufferOf(program, place);
  return offset / bytesOf(dtype) + place.offset;
}
