/** What an arena's bytes are for at the moment when the most of them are in use. */
import {
  alignedBytes,
  bufferLifetimes,
  elementBytes,
  liesInArena,
  liveBytes,
  momentsOf,
} from "../program/memory/lifetimes.js";
import { givenPorts } from "../program/ports.js";
import type { BufferId, Program, ProgramKernel } from "../program/program.js";
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
  /** Constants that kernels at load have yet to read. */
  readonly constants: number;
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
  const [moment, live] = fullestMoment(program);
  const at = momentsOf(program).kernelAt(moment);
  const writers = writersByBuffer(program);
  const use = {
    ...{ values: 0, waiting: 0, copies: 0, scratch: 0, constants: 0, margins: 0 },
    alignment: 0,
  };
  const inputs = new Set(givenPorts(program).map(({ place }) => place?.buffer));
  for (const id of live) {
    const buffer = program.buffers[id]!;
    if (buffer.space === "constants") {
      use.constants += alignedBytes(buffer);
      continue;
    }
    const written = writers.get(id) ?? [];
    const margin = buffer.margin ?? 0;
    const inside = buffer.size - margin;
    const bytes = elementBytes(buffer);
    const isInput = inputs.has(id);
    use.margins += bytes * margin;
    use.alignment += alignedBytes(buffer) - bytes * buffer.size;
    if (written.length === 0 && !isInput) use.scratch += bytes * inside;
    else if (isCopied(written)) use.copies += bytes * inside;
    else {
      const there = isInput ? inside : Math.min(inside, elementsWritten(written, moment));
      use.values += bytes * there;
      use.waiting += bytes * (inside - there);
    }
  }
  const bytes = program.arenaBytes ?? 0;
  const buffers = live.map((id) => {
    const buffer = program.buffers[id]!;
    return { name: buffer.name, bytes: alignedBytes(buffer) };
  });
  return {
    bytes,
    fullestIn: at === undefined ? undefined : program.kernels[at]!.name,
    ...use,
    gaps: bytes - buffers.reduce((sum, buffer) => sum + buffer.bytes, 0),
    buffers: buffers.sort((a, b) => b.bytes - a.bytes),
  };
}

/** The moment at which the most bytes are alive, and the buffers that hold them. */
function fullestMoment(program: Program): readonly [number, readonly BufferId[]] {
  const bytes = liveBytes(program);
  const most = bytes.reduce((best, live) => Math.max(best, live), 0);
  const moment = bytes.indexOf(most);
  const live = bufferLifetimes(program).flatMap((time, id): BufferId[] => {
    const alive = time !== undefined && time.first <= moment && moment <= time.last;
    return alive && liesInArena(program, program.buffers[id]!) ? [id] : [];
  });
  return [moment, live];
}

interface Writer {
  /** A moment. */
  readonly at: number;
  readonly kernel: ProgramKernel;
}

function writersByBuffer(program: Program): ReadonlyMap<BufferId, readonly Writer[]> {
  const writers = new Map<BufferId, Writer[]>();
  const moments = momentsOf(program);
  program.kernels.forEach((kernel, position) => {
    const at = moments.of(position);
    const buffer = kernel.places["out"]?.buffer;
    if (buffer === undefined || kernel.role === "fill") return;
    const known = writers.get(buffer);
    if (known === undefined) writers.set(buffer, [{ at, kernel }]);
    else known.push({ at, kernel });
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
