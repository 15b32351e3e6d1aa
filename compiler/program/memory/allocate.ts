/** allocate-buffers: an address for every buffer, of the arena for the time in which it is live. */
import { fail } from "../../base/error.js";
import type { Buffer, Program } from "../program.js";
import { alignedBytes, arenaLowerBound, bufferLifetimes } from "./lifetimes.js";
import { placeArena, type Block } from "./placement.js";

/** Of both spaces together: what an engine's memory holds, and so that addresses of elements stay inside an i32. */
const MOST_BYTES = 2 ** 32 - 2 ** 16;

/** The Program with offsets for all buffers and the sizes of both spaces. Throws CompileError `too-large`. */
export function allocateBuffers(program: Program): Program {
  const lifetimes = bufferLifetimes(program);
  const blocks = program.buffers.flatMap((buffer, id): Block[] => {
    const time = lifetimes[id] ?? { first: -1, last: -1 };
    return buffer.space === "arena" ? [{ id, size: alignedBytes(buffer), time }] : [];
  });
  const arena = placeArena(blocks, arenaLowerBound(program));
  let constantBytes = 0;
  const buffers = program.buffers.map((buffer, id): Buffer => {
    if (buffer.space === "arena") return { ...buffer, offset: arena.offsets.get(id)! };
    const offset = constantBytes;
    constantBytes += alignedBytes(buffer);
    return { ...buffer, offset };
  });
  checkSize(arena.bytes, constantBytes);
  return { ...program, buffers, arenaBytes: arena.bytes, constantBytes };
}

function checkSize(arena: number, constants: number): void {
  if (arena + constants <= MOST_BYTES) return;
  const parts = `${arena} bytes of values of one run and ${constants} of constants`;
  fail("too-large", `the model takes ${parts}: the most is ${MOST_BYTES} together`, {
    hint: "make the batch or the input smaller",
  });
}
