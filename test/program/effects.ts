/** What each pass that makes or lays out a Program can do, counted: goldens say which of it they show. */
import { DOTS } from "../../compiler/program/dots/computes.js";
import { hasDigits } from "../../compiler/program/words/digits.js";
import { bytesOf } from "../../compiler/loop/storage.js";
import type { ProgramPass } from "../../compiler/program/passes.js";
import type { Buffer, Program } from "../../compiler/program/program.js";
import { isRowMajor } from "../../compiler/place/views.js";

/** How often something was done; `before` is undefined for fuse-kernels. */
export type Effect = (after: Program, before: Program | undefined) => number;

function count<T>(list: readonly T[], holds: (one: T) => boolean): number {
  return list.filter(holds).length;
}

/** Copies that there were not before, of inputs at the beginning or else of outputs at the end. */
const copied =
  (isOutput: boolean): Effect =>
  (after, before) => {
    const outputs = new Set(after.outputs.map(({ value }) => value));
    const known = new Set(before!.kernels.map(({ output }) => output));
    return count(
      after.kernels,
      ({ output }) => !known.has(output) && outputs.has(output) === isOutput,
    );
  };

/** Buffers of the arena that lie where another one lies at another time. */
function overlaid({ buffers }: Program): number {
  const end = ({ offset, size }: Buffer): number => offset! + 4 * size;
  const arena = buffers.filter(({ space }) => space === "arena");
  return count(arena, (one) =>
    arena.some((other) => other !== one && one.offset! < end(other) && other.offset! < end(one)),
  );
}

const aliased =
  (kind: "view" | "part"): Effect =>
  ({ values }) =>
    count(values, ({ alias }) => alias?.kind === kind);

const schedulesOf = ({ kernels }: Program) => kernels.flatMap(({ schedules }) => schedules);

const GATHERED = "phases as channels";

export const EFFECTS: Readonly<Record<ProgramPass, Readonly<Record<string, Effect>>>> = {
  "fuse-kernels": {
    /** Nodes that are no kernel of their own. */
    fuse: ({ kernels }) => kernels.reduce((sum, { covers }) => sum + covers.length - 1, 0),
  },
  "split-phases": {
    split: ({ kernels }) =>
      count(kernels, ({ algorithm }) => algorithm?.startsWith("phase 1") === true),
    gather: ({ kernels }) =>
      count(kernels, ({ algorithm, covers }) => algorithm === GATHERED && covers.length > 0),
  },
  "use-winograd": {
    winograd: ({ kernels }) =>
      count(kernels, ({ algorithm }) => algorithm?.startsWith("winograd") === true),
  },
  "use-words": { words: ({ kernels }) => count(kernels, ({ algorithm }) => algorithm === "words") },
  "use-digits": { digits: ({ kernels }) => count(kernels, ({ kernel }) => hasDigits(kernel)) },
  "use-integer-winograd": {
    winograd: ({ kernels }) =>
      count(kernels, ({ algorithm }) => algorithm?.includes(", winograd") === true),
  },
  "use-dots": { dots: ({ kernels }) => count(kernels, ({ algorithm }) => algorithm === DOTS) },
  "fuse-strips": {
    /** Values that are in memory a few rows at a time. */
    strip: ({ kernels }, before) => before!.kernels.length - kernels.length,
  },
  "copy-boundaries": { "copy-input": copied(false), "copy-output": copied(true) },
  "update-states": {
    copy: (after, before) => after.kernels.length - before!.kernels.length,
    /** States that are written over without a copy. */
    overwrite: ({ states }, before) =>
      count(states, ({ value, next }) => next !== value && before!.values[next] !== undefined),
  },
  "run-at-load": { load: ({ kernels }) => count(kernels, ({ atLoad }) => atLoad === true) },
  "choose-orders": {
    /** Values that do not lie row-major. */
    nest: ({ values }) => count(values, ({ order }) => order !== undefined && !isRowMajor(order)),
  },
  "copy-operands": { copy: (after, before) => after.kernels.length - before!.kernels.length },
  "alias-values": { view: aliased("view"), part: aliased("part") },
  "add-margins": { fill: ({ kernels }) => count(kernels, ({ role }) => role === "fill") },
  "place-values": { elide: ({ elided }) => elided.length },
  "guard-branches": { guard: ({ kernels }) => count(kernels, ({ when }) => when !== undefined) },
  "choose-schedules": {
    merge: (after) => count(schedulesOf(after), ({ fuse }) => fuse !== undefined),
    unroll: (after) => count(schedulesOf(after), ({ split }) => Object.keys(split).length > 0),
  },
  "pack-constants": {
    block: ({ constants }) => count(constants, ({ place }) => place.block !== undefined),
    /** Reads of what is packed for another already. */
    share: ({ kernels, constants, values }) =>
      kernels.reduce(
        (sum, { kernel: { inputs, constants: tables }, operands }) =>
          sum +
          count(inputs, ({ name }) => values[operands[name]!]!.constant !== undefined) +
          tables.length,
        -constants.length,
      ),
    /** What is made at load, written in blocks. */
    make: ({ kernels }) =>
      count(kernels, ({ atLoad, places }) => atLoad === true && places["out"]?.block !== undefined),
    /** Constants of fewer bits than are computed with. */
    narrow: ({ buffers }) => count(buffers, ({ dtype }) => bytesOf(dtype) < 4),
  },
  "reuse-operands": { reuse: (after, before) => before!.buffers.length - after.buffers.length },
  "allocate-buffers": {
    overlay: overlaid,
    /** Constants where the arena ends. */
    end: ({ buffers, overlaidBytes = 0 }) =>
      count(buffers, ({ space, offset }) => space === "constants" && offset! < overlaidBytes),
  },
};
