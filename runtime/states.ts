/** Sets what a model keeps from run to run to what it is at first. */
import type { Memory } from "./memory.js";
import type { PortSpec } from "./values.js";

/**
 * A function that makes every state what it is before the first run: what `constants` hold from the element on that
 * `initial` says by name, or zeros.
 */
export function createReset(
  specs: readonly PortSpec[],
  arena: Memory,
  initial: Readonly<Record<string, number>> = {},
  constants?: Memory,
): () => void {
  return () => {
    for (const { name, offset, length } of specs) {
      const from = Object.hasOwn(initial, name) ? initial[name] : undefined;
      if (from === undefined || constants === undefined) arena.i32.fill(0, offset, offset + length);
      else arena.i32.set(constants.i32.subarray(from, from + length), offset);
    }
  };
}
