/** Memory for code that is timed: values that are neither zeros nor subnormal. */
import type { Program } from "../program/program.js";

const PATTERN = Float32Array.from({ length: 4099 }, (_, i) => Math.sin(i + 1));

/** Floats between −1 and 1; integers stay 0, a legal index everywhere. */
export function fill(
  memory: ArrayBuffer,
  start: number,
  bytes: number,
  { buffers }: Program,
  space: "arena" | "constants",
): void {
  for (const buffer of buffers) {
    if (buffer.space !== space || buffer.dtype !== "f32") continue;
    const end = Math.min(buffer.offset! / 4 + buffer.size, bytes / 4);
    const all = new Float32Array(memory, start, bytes / 4);
    for (let at = buffer.offset! / 4; at < end; at += PATTERN.length)
      all.set(PATTERN.subarray(0, Math.min(PATTERN.length, end - at)), at);
  }
}
