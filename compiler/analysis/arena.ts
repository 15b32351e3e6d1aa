/** What an arena's bytes are for at the moment when the most of them are in use. */
import { alignedBytes, bufferLifetimes } from "../program/memory.js";
import type { Buffer, Program, ProgramKernel } from "../program/program.js";
import { elementCount } from "../base/tensor.js";

/** All numbers are bytes; `values` and what follows add up to `bytes`. */
export interface ArenaUse {
  readonly bytes: number;
  /** The kernel during which the most is in use; undefined before the first and after the last. */
  readonly fullestIn: string | undefined;
  /** Of the model's own values that are alive then: what any plan needs for this order of kernels. */
  readonly values: number;
  /** Parts of concats that are written later: their room is kept, so that nothing is copied into place. */
  readonly waiting: number;
  /** Inputs, outputs and other values once more, in another layout. */
  readonly copies: number;
  /** Scratch of kernels. */
  readonly scratch: number;
  /** Around values, so that loads beyond the edge need no guard. */
  readonly margins: number;
  /** Up to the next cache line. */
  readonly alignment: number;
  /** Between buffers, where none of those alive fits. */
  readonly gaps: number;
  /** What is in use then, the largest first. */
  readonly buffers: readonly { readonly name: string; readonly bytes: number }[];
}

/** Of a planned Program. */
export function arenaUse(program: Program): ArenaUse {
  const [at, live] = fullestMoment(program);
  const writers = writersByBuffer(program);
  const use = { values: 0, waiting: 0, copies: 0, scratch: 0, margins: 0, alignment: 0 };
  for (const buffer of live) {
    const written = writers.get(buffer.name) ?? [];
    const margin = buffer.margin ?? 0;
    const inside = buffer.size - margin;
    const isInput = program.inputs.some(({ place }) => place?.buffer === buffer.name);
    use.margins += 4 * margin;
    use.alignment += alignedBytes(buffer) - 4 * buffer.size;
    if (written.length === 0 && !isInput) use.scratch += 4 * inside;
    else if (isCopied(written)) use.copies += 4 * inside;
    else {
      const there = isInput ? inside : Math.min(inside, elementsWritten(written, at));
      use.values += 4 * there;
      use.waiting += 4 * (inside - there);
    }
  }
  const bytes = program.arenaBytes ?? 0;
  const buffers = live.map((buffer) => ({ name: buffer.name, bytes: alignedBytes(buffer) }));
  return {
    bytes,
    fullestIn: program.kernels[at]?.name,
    ...use,
    gaps: bytes - buffers.reduce((sum, buffer) => sum + buffer.bytes, 0),
    buffers: buffers.sort((a, b) => b.bytes - a.bytes),
  };
}

/** The position of the kernel around which the most bytes are alive, and the buffers that hold them. */
function fullestMoment(program: Program): readonly [number, readonly Buffer[]] {
  const lifetimes = bufferLifetimes(program);
  const arena = program.buffers.filter(({ space }) => space === "arena");
  const liveAt = (at: number): readonly Buffer[] =>
    arena.filter(({ name }) => {
      const time = lifetimes.get(name);
      return time !== undefined && time.first <= at && at <= time.last;
    });
  const total = (live: readonly Buffer[]): number =>
    live.reduce((sum, buffer) => sum + alignedBytes(buffer), 0);
  let [best, live] = [-1, liveAt(-1)];
  for (let at = 0; at <= program.kernels.length; at++) {
    const now = liveAt(at);
    if (total(now) > total(live)) [best, live] = [at, now];
  }
  return [best, live];
}

interface Writer {
  readonly at: number;
  readonly kernel: ProgramKernel;
}

function writersByBuffer(program: Program): ReadonlyMap<string, readonly Writer[]> {
  const writers = new Map<string, Writer[]>();
  program.kernels.forEach((kernel, at) => {
    const buffer = kernel.places["out"]?.buffer;
    if (buffer === undefined || kernel.role === "fill") return;
    writers.set(buffer, [...(writers.get(buffer) ?? []), { at, kernel }]);
  });
  return writers;
}

function isCopied(writers: readonly Writer[]): boolean {
  return (
    writers.length > 0 &&
    writers.every(({ kernel }) => kernel.role === "copy" && kernel.covers.length === 0)
  );
}

/** A concat's kernel writes only those of its parts that do not lie there already. */
function outputElements({ kernel, view }: ProgramKernel): number {
  if (view?.kind !== "concat") return elementCount(kernel.output.dims);
  const parts = kernel.computes.map(({ axes }) => elementCount(axes.map(({ extent }) => extent)));
  return parts.reduce((sum, count) => sum + count, 0);
}

/** Elements of all values written up to a moment; more than the buffer's where one overwrites another. */
function elementsWritten(writers: readonly Writer[], moment: number): number {
  return writers
    .filter(({ at }) => at <= moment)
    .reduce((sum, { kernel }) => sum + outputElements(kernel), 0);
}
