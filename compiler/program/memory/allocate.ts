/**
 * allocate-buffers: an address for every buffer, of the arena for the time in which it is live. Where a module owns
 * its constants, those that kernels at load alone read come first, in the order in which they are read, and the arena
 * ends on them: so kernels can run while constants are still on their way.
 */
import { fail } from "../../base/error.js";
import type { LayoutChoices } from "../layout/choices.js";
import type { Buffer, BufferId, Program } from "../program.js";
import {
  alignedBytes,
  arenaLowerBound,
  bufferLifetimes,
  momentsOf,
  type Lifetime,
} from "./lifetimes.js";
import { placeArena, type Block, type Placement } from "./placement.js";

/** Of both spaces together: what an engine's memory holds, and so that addresses of elements stay inside an i32. */
const MOST_BYTES = 2 ** 32 - 2 ** 16;

/** The Program with offsets for all buffers and the sizes of both spaces. Throws CompileError `too-large`. */
export function allocateBuffers(
  program: Program,
  { ownsConstants = false }: Pick<LayoutChoices, "ownsConstants">,
): Program {
  const lifetimes = bufferLifetimes(program);
  const { inputs, outputs } = momentsOf(program);
  const blocksOf = (space: Buffer["space"]): Block[] =>
    program.buffers.flatMap((buffer, id) => {
      const time = lifetimes[id] ?? NEVER;
      const stays = time.first <= inputs && time.last === outputs;
      return buffer.space === space ? [{ id, size: alignedBytes(buffer), time, stays }] : [];
    });
  const constants = blocksOf("constants");
  const isOverlaid = ({ time }: Block): boolean =>
    ownsConstants && time !== NEVER && time.last < inputs;
  const overlaid = constants.filter(isOverlaid).sort((a, b) => a.time.last - b.time.last);
  const offsets = new Map<BufferId, number>();
  let constantBytes = 0;
  for (const { id, size } of [...overlaid, ...constants.filter((one) => !isOverlaid(one))]) {
    offsets.set(id, constantBytes);
    constantBytes += size;
  }
  const overlaidBytes = overlaid.reduce((sum, { size }) => sum + size, 0);
  const placed = {
    ...program,
    buffers: program.buffers.map((buffer, id) => ({ ...buffer, offset: offsets.get(id)! })),
    constantBytes,
    ...(overlaidBytes > 0 ? { overlaidBytes } : {}),
  };
  const arena = placeOver(blocksOf("arena"), arenaLowerBound(placed), overlaid);
  checkSize(arena.bytes, constantBytes - overlaidBytes);
  const buffers = placed.buffers.map((buffer, id): Buffer => ({
    ...buffer,
    offset: offsets.get(id) ?? arena.offsets.get(id)!,
  }));
  return { ...placed, buffers, arenaBytes: arena.bytes };
}

/**
 * Addresses that end on blocks that are there. Those are placed from the end on: what is read last is the last of them,
 * and before it all is free for what the last kernels make.
 */
function placeOver(
  blocks: readonly Block[],
  bound: number,
  there: readonly Block[],
): Pick<Placement, "offsets" | "bytes"> {
  const { offsets, bytes } = placeArena(blocks, bound, there.toReversed());
  if (there.length === 0) return { offsets, bytes };
  const ends = blocks.map(({ id, size }) => [id, bytes - size - offsets.get(id)!] as const);
  return { offsets: new Map(ends), bytes };
}

/** Of a buffer that nothing touches. */
const NEVER: Lifetime = { first: -1, last: -1 };

function checkSize(arena: number, constants: number): void {
  if (arena + constants <= MOST_BYTES) return;
  const parts = `${arena} bytes of values of one run and ${constants} of constants`;
  fail("too-large", `the model takes ${parts}: the most is ${MOST_BYTES} together`, {
    hint: "make the batch or the input smaller",
  });
}
