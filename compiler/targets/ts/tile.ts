/**
 * Chooses the register tile of a reduction by what it costs: a tile that shares its reads loads less, one of
 * several accumulators need not wait for a sum, and one that leaves no remainder stays full.
 */
import { exprMentions } from "../../compute/walk.js";
import type { Axis, Compute, Index } from "../../compute/ir.js";
import { decisionOf, type Candidate, type Decide } from "../../schedule/decision.js";
import { bodyLoads } from "../../schedule/loops.js";

/** Elements along each tiled axis; axes that are not here are taken one by one. */
export type Tile = ReadonlyMap<string, number>;

/** More accumulators and operands would not stay in the fifteen scalar registers engines leave on x64. */
const MOST_ACCUMULATORS = 8;
/** Where unrolled windows overlap, the values that they share want registers too. */
const MOST_SHARING = 4;
/** In cycles, roughly: a multiply-add; a bounds-checked load widened to f64; until a sum can be added to. */
const TERM = 1;
const LOAD = 1.25;
const LATENCY = 4;
/** Code of a remainder is printed and compiled too. */
const REMAINDER = 1.02;

/** An output loop; a fused one moves, within a tile, as the innermost of its axes does. */
export interface TileAxis extends Axis {
  readonly moves: string;
}

/**
 * The cheapest tile over at most two of the output loops, where the given reduce axes are unrolled; of `outputs`
 * and no others where they are given, registers or not.
 */
export function chooseTile(
  compute: Compute,
  output: readonly TileAxis[],
  unrolled: readonly Axis[],
  outputs?: number,
  decide?: Decide,
): Tile {
  const price = costOf(compute, unrolled, outputs);
  let best: Sizes = [];
  let least = outputs === undefined ? price(best) : Infinity;
  const prices: Candidate[] = [[textOf(best), least]];
  for (const sizes of candidates(output, outputs)) {
    const cost = price(sizes);
    if (decide !== undefined) prices.push([textOf(sizes), cost]);
    if (cost < least) [best, least] = [sizes, cost];
  }
  decide?.(decisionOf("tile", "cycles a term", prices, textOf(best)));
  return new Map(best.map(([axis, size]) => [axis.name, size]));
}

/** `4 oc × 2 ow` */
function textOf(sizes: Sizes): string {
  return sizes.map(([{ name }, size]) => `${size} ${name}`).join(" × ") || "one element";
}

type Sizes = readonly (readonly [axis: TileAxis, size: number])[];

/** Every tile that fits, the larger outer sizes first. */
function candidates(output: readonly TileAxis[], outputs: number | undefined): Sizes[] {
  const limit = outputs ?? MOST_ACCUMULATORS;
  const sizesOf = (axis: TileAxis): number[] => {
    const most = Math.min(axis.extent, limit);
    return Array.from({ length: most }, (_, i) => most - i).filter((size) => size > 1);
  };
  const fitting = output.flatMap((outer, i) =>
    sizesOf(outer).flatMap((a): Sizes[] => [
      [[outer, a]],
      ...output.slice(i + 1).flatMap((inner) =>
        sizesOf(inner).map((b): Sizes => [
          [outer, a],
          [inner, b],
        ]),
      ),
    ]),
  );
  return fitting.filter((sizes) =>
    outputs === undefined ? outputsOf(sizes) <= limit : outputsOf(sizes) === outputs,
  );
}

function outputsOf(sizes: Sizes): number {
  return sizes.reduce((product, [, size]) => product * size, 1);
}

/**
 * Cycles for one term of one output, the remainders of the extents included; infinite where registers are short,
 * unless a number of outputs is given.
 */
function costOf(
  compute: Compute,
  unrolled: readonly Axis[],
  given: number | undefined,
): (sizes: Sizes) => number {
  const reads = bodyLoads(compute).map(({ index }) => index);
  const steps = unrolled.map(({ name, extent }) => [name, extent] as const);
  const stepCount = steps.reduce((product, [, extent]) => product * extent, 1);
  const count = (axes: readonly (readonly [string, number])[]): number => {
    const offsets = instances(axes);
    return reads.reduce((sum, index) => sum + distinct(index, offsets), 0);
  };
  const known = new Map<string, number>();
  const full = (sizes: Sizes): number => {
    const key = sizes.map(([axis, size]) => `${axis.name}${size}`).join();
    const before = known.get(key);
    if (before !== undefined) return before;
    const outputs = outputsOf(sizes);
    const tile = sizes.map(([axis, size]) => [axis.moves, size] as const);
    const loads = count([...tile, ...steps]);
    const sharing = loads < stepCount * count(tile);
    const most = sharing ? MOST_SHARING : MOST_ACCUMULATORS;
    const fits = given !== undefined || outputs <= most;
    const cost = Math.max(TERM + (LOAD * loads) / (outputs * stepCount), LATENCY / outputs);
    known.set(key, fits ? cost : Infinity);
    return known.get(key)!;
  };
  const withRemainders = (sizes: Sizes, depth: number): number => {
    const one = sizes[depth];
    if (one === undefined) return full(sizes);
    const [axis, size] = one;
    const rest = axis.extent % size;
    const whole = withRemainders(sizes, depth + 1);
    if (rest === 0) return whole;
    const smaller = sizes.map((other, i) => (i === depth ? ([axis, rest] as const) : other));
    const part = withRemainders(smaller, depth + 1);
    return (REMAINDER * (whole * (axis.extent - rest) + part * rest)) / axis.extent;
  };
  return (sizes) => withRemainders(sizes, 0);
}

type Offsets = ReadonlyMap<string, number>;

/** Every combination of offsets along the axes. */
function instances(extents: readonly (readonly [axis: string, extent: number])[]): Offsets[] {
  return extents.reduce<Offsets[]>(
    (found, [axis, extent]) =>
      found.flatMap((offsets) =>
        Array.from({ length: extent }, (_, i) => new Map([...offsets, [axis, i]])),
      ),
    [new Map()],
  );
}

/** How many different elements a load reads over a tile: overlapping windows share theirs. */
function distinct(indices: readonly Index[], offsets: readonly Offsets[]): number {
  return new Set(offsets.map((at) => indices.map((index) => offsetOf(index, at)).join())).size;
}

/** An index relative to the tile's first; opaque terms differ wherever an axis that they mention does. */
function offsetOf(index: Index, at: Offsets): string {
  let sum = 0;
  let opaque = "";
  for (const { of, coefficient } of index.terms) {
    if (typeof of === "string") sum += coefficient * (at.get(of) ?? 0);
    else for (const [axis, i] of at) if (exprMentions(of.value, axis)) opaque += `${axis}${i}`;
  }
  return `${sum}${opaque}`;
}
