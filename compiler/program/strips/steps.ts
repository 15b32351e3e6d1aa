/**
 * Says which rows each stage of a chain computes in which step, and where they are in memory meanwhile: rows are made
 * when they are first read, and kept for as long as they are read again.
 */
import type { Link } from "./link.js";

/** Rows that a stage computes in a step: from `from` on, to before `to`. */
export interface Rows {
  readonly from: number;
  readonly to: number;
}

/** What of a value is in memory in a step: rows from `base` on, to before `end`; some may be beyond the edges. */
export interface Window {
  readonly base: number;
  readonly end: number;
  /** So many of them were there before, `shift` rows further down. */
  readonly keep: number;
  readonly shift: number;
  /** Those that are no rows, and were not there before. */
  readonly filled: readonly Rows[];
}

export interface Step {
  /** Of each stage. */
  readonly rows: readonly Rows[];
  /** Of the value between each stage and the next; undefined where nothing reads it in this step. */
  readonly windows: readonly (Window | undefined)[];
}

/** Neighbouring steps that do the same, each so many rows further on. */
export interface Group {
  readonly count: number;
  readonly first: Step;
  /** Of the rows of each stage from step to step; 0 where there is but one. */
  readonly advance: readonly number[];
}

/** Steps that find nothing in memory of steps of other bands. */
export type Band = readonly Step[];

/**
 * The steps of a chain in bands of so many rows of its last stage, `block` rows each; `rows` says how many each stage
 * has. Undefined where rows that are kept would be written over while they move.
 */
export function planBands(
  rows: readonly number[],
  links: readonly Link[],
  block: number,
  height: number,
): readonly Band[] | undefined {
  const total = rows.at(-1)!;
  const bands: Band[] = [];
  for (let from = 0; from < total; from += height) {
    const steps = planSteps(rows, links, block, { from, to: Math.min(from + height, total) });
    if (steps === undefined) return undefined;
    bands.push(steps);
  }
  return bands;
}

/** The steps that make some rows of the last stage. */
function planSteps(
  rows: readonly number[],
  links: readonly Link[],
  block: number,
  band: Rows,
): Band | undefined {
  const steps: Step[] = [];
  const made = rows.map(() => 0);
  const last: (Window | undefined)[] = links.map(() => undefined);
  for (let at = band.from; at < band.to; at += block) {
    const computed: Rows[] = [];
    const windows: (Window | undefined)[] = [];
    computed[links.length] = { from: at, to: Math.min(at + block, band.to) };
    for (let i = links.length - 1; i >= 0; i--) {
      const wanted = computed[i + 1]!;
      const window = windowOf(links[i]!, wanted, last[i], rows[i]!);
      const from = Math.max(made[i]!, window?.base ?? 0);
      const to = Math.max(from, Math.min(window?.end ?? 0, rows[i]!));
      computed[i] = { from, to };
      made[i] = to;
      windows[i] = window;
      last[i] = window ?? last[i];
      if (window !== undefined && window.keep > window.shift) return undefined;
    }
    steps.push({ rows: computed, windows });
  }
  return steps;
}

function windowOf(
  { stride, first, span }: Link,
  { from, to }: Rows,
  before: Window | undefined,
  rows: number,
): Window | undefined {
  if (from === to) return undefined;
  const base = stride * from + first;
  const end = stride * (to - 1) + first + span;
  const known = before === undefined ? base : Math.max(base, before.end);
  const keep = before === undefined ? 0 : Math.max(0, before.end - base);
  // Where nothing is kept a step is like the first one.
  const shift = keep === 0 ? 0 : base - before!.base;
  const filled = [
    { from: known, to: Math.min(0, end) },
    { from: Math.max(rows, known), to: end },
  ].filter((one) => one.from < one.to);
  return { base, end, keep, shift, filled };
}

/** Rows that memory has to hold of the value behind each link. */
export function heights(links: readonly Link[], steps: readonly Step[]): readonly number[] {
  return links.map((_, i) =>
    Math.max(...steps.map(({ windows }) => (windows[i] ? windows[i].end - windows[i].base : 0))),
  );
}

/** Steps as loops: neighbours that differ by nothing but how far on they are. */
export function groupSteps(steps: readonly Step[]): readonly Group[] {
  const groups: { count: number; first: Step; advance: readonly number[] }[] = [];
  let before: Step | undefined;
  for (const step of steps) {
    const group = groups.at(-1);
    const advance = before === undefined ? [] : distance(before, step);
    const goesOn =
      group !== undefined &&
      shapeOf(group.first) === shapeOf(step) &&
      (group.count === 1 || String(group.advance) === String(advance));
    if (goesOn) {
      group.count++;
      group.advance = advance;
    } else groups.push({ count: 1, first: step, advance: step.rows.map(() => 0) });
    before = step;
  }
  return groups;
}

function distance(a: Step, b: Step): readonly number[] {
  return b.rows.map(({ from }, i) => from - a.rows[i]!.from);
}

/** All that a step does, apart from where it stands. */
function shapeOf({ rows, windows }: Step): string {
  const own = rows.map(({ from, to }, i) => [to - from, from - (windows[i]?.base ?? from)]);
  const memory = windows.map(
    (window) =>
      window && {
        height: window.end - window.base,
        keep: window.keep,
        shift: window.shift,
        filled: window.filled.map(({ from, to }) => [from - window.base, to - window.base]),
      },
  );
  return JSON.stringify([own, memory]);
}
