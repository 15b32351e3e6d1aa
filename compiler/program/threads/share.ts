/** Decides which kernels threads share, in how many pieces, and where each thread has its scratch memory. */
import { bodyCost } from "../../loop/cost.js";
import { shareTiles } from "../../loop/share.js";
import { stagesOf, type Stage } from "../../loop/stages.js";
import type { KernelFunction } from "../../loop/stmt.js";
import { bytesOf } from "../../loop/storage.js";
import type { KernelCall } from "../lowered.js";
import { bufferOf } from "../memory/address.js";
import type { Program, ProgramKernel } from "../program.js";

/** How threads share kernels. */
export interface ThreadChoices {
  /** Statements that are worth handing out; what is less than two such pieces one thread does alone. */
  readonly piece: number;
}

/** Enough for eight threads to end together, and for each of 56 rows of tiles to be one. */
const MOST_PIECES = 64;
const CACHE_LINE = 64;

/** The function with tiles, where it has some and takes long enough for two threads. */
export function sharedCode(
  code: KernelFunction,
  { kernel, role }: ProgramKernel,
  { piece }: ThreadChoices,
): KernelFunction {
  // What fills corners reads, by another name, what has been filled in before; of all others each reads what it
  // writes over in that iteration alone.
  if (role === "fill" || bodyCost(code.body) < 2 * piece) return code;
  const temporaries = new Set(kernel.temporaries.map(({ name }) => name));
  const scratch = code.parameters.filter(({ source }) => temporaries.has(source));
  return shareTiles(code, new Set(scratch.map(({ name }) => name)));
}

/** Temporaries that all threads have together: what is between stages, and those of what one thread does alone. */
export function commonScratch(
  code: KernelFunction,
  { kernel }: ProgramKernel,
): ReadonlySet<string> {
  const own = new Set(
    code.parameters.flatMap(({ source, perThread }) => (perThread ? [source] : [])),
  );
  return new Set(kernel.temporaries.map(({ name }) => name).filter((name) => !own.has(name)));
}

/** What a call of a function with tiles says of threads. */
export function shareOf(
  code: KernelFunction,
  { places }: ProgramKernel,
  program: Program,
  { piece }: ThreadChoices,
): Pick<KernelCall, "pieces" | "scratch" | "scratchBytes"> {
  let scratchBytes = 0;
  const scratch = code.parameters.map(({ source, perThread }) => {
    if (perThread !== true) return undefined;
    const place = places[source]!;
    const { size, dtype } = bufferOf(program, place);
    const at = scratchBytes + place.offset * bytesOf(dtype);
    scratchBytes += Math.ceil((size * bytesOf(dtype)) / CACHE_LINE) * CACHE_LINE;
    return at;
  });
  return { pieces: stagesOf(code).map((stage) => piecesOf(stage, piece)), scratch, scratchBytes };
}

/** Of a stage. */
function piecesOf({ begin, end, cost }: Stage, piece: number): number {
  return Math.max(1, Math.min(Math.floor(cost / piece), MOST_PIECES, end - begin));
}
