/** Writes a tile's values to its target, and reads back accumulators that were parked there. */
import type { Value } from "../loop/stmt.js";
import { laneStride } from "../place/access.js";
import type { Effect } from "./bind.js";
import { accessAddress } from "./address.js";
import type { Emitter } from "./emitter.js";
import { vectorAxis, type Instance } from "./instance.js";
import { checkBlock, partial, withoutLanes } from "./lanes.js";
import type { Nest, Result } from "./nestContext.js";
import { alongSquare, columnOf, squareOf, type Square } from "./square.js";
import { registerValue, splat } from "./values.js";

/** What was stored of an accumulator, read again. */
export function parkedValue(
  { compute, schedule, context }: Nest,
  at: Instance,
  emitter: Emitter,
): Value {
  const access = context.access(compute, schedule, "target");
  const { name, memory } = emitter.parameter(compute.target);
  const { dtype } = compute.body;
  if (memory.dtype !== dtype)
    throw new Error(`${dtype} accumulators of ${compute.target} are parked in ${memory.dtype}`);
  const vector = vectorAxis(at);
  if (vector !== undefined && laneStride(access, vector[0]) !== 1)
    throw new Error(`accumulators of ${compute.target} are parked in vectors that lie apart`);
  const { lanes, count } = vector?.[1] ?? { lanes: 1, count: 1 };
  const address = accessAddress(access, name, at, emitter);
  return { kind: "load", dtype, lanes, memory, address, ...partial(count, lanes) };
}

/** Stores of all results of a tile: squares of them together, or neighbouring vectors two by two. */
export function storeEffects(nest: Nest, results: readonly Result[], emitter: Emitter): Effect[] {
  const { compute, schedule, context } = nest;
  if (context.registers.has(compute.target)) {
    throw new Error(`temporary ${compute.target} is written twice`);
  }
  const access = context.access(compute, schedule, "target");
  const lanes = vectorAxis(results[0]!.instance);
  if (schedule.pairs === true && lanes !== undefined && laneStride(access, lanes[0]) === 1)
    return inPairs(nest, results, emitter);
  const squares = new Map<string, { readonly square: Square; readonly results: Result[] }>();
  const effects: (() => Effect[])[] = [];
  for (const result of results) {
    const vector = vectorAxis(result.instance);
    const square =
      vector === undefined || laneStride(access, vector[0]) === 1
        ? undefined
        : squareOf(access, result.instance, vector, schedule);
    if (square === undefined) {
      effects.push(() => storesOf(nest, result, emitter));
      continue;
    }
    const key = keyOf(result.instance, square);
    const known = squares.get(key);
    if (known !== undefined) known.results.push(result);
    else {
      const found = { square, results: [result] };
      squares.set(key, found);
      effects.push(() => squareStores(nest, found.square, found.results, emitter));
    }
  }
  return effects.flatMap((effect) => effect());
}

/** Where the results of one square stand, but for which of its copies each of them is. */
function keyOf(instance: Instance, { axis, offset }: Square): string {
  return [...instance].map(([name, at]) => (name === axis ? offset : at.offset)).join(" ");
}

/** One store for each lane, of all copies of the square. */
function squareStores(
  nest: Nest,
  square: Square,
  results: readonly Result[],
  emitter: Emitter,
): Effect[] {
  const [{ instance }] = results as readonly [Result];
  if (results.length !== square.count) throw new Error(`${results.length} copies of a square`);
  const vector = vectorAxis(instance)!;
  const { lanes, count } = vector[1];
  const rows = results.map(({ value }) => splat(value, lanes));
  return Array.from({ length: count }, (_, lane) =>
    storeAt(
      nest,
      alongSquare(withoutLanes(instance, vector, lane), square),
      columnOf(rows, lane),
      partial(square.count, lanes),
      emitter,
    ),
  );
}

/** One store for an instance, or one for each lane where they lie apart. */
function storesOf(nest: Nest, { instance, value }: Result, emitter: Emitter): Effect[] {
  const access = nest.context.access(nest.compute, nest.schedule, "target");
  const vector = vectorAxis(instance);
  if (vector === undefined) return [storeAt(nest, instance, value, {}, emitter)];
  const [axis, { lanes, count }] = vector;
  const whole = splat(value, lanes);
  if (laneStride(access, axis) === 1) {
    checkBlock(access.blocked, vector);
    return [storeAt(nest, instance, whole, partial(count, lanes), emitter)];
  }
  return Array.from({ length: count }, (_, lane) => {
    const one: Value = { kind: "extract", dtype: value.dtype, lanes: 1, operand: whole, lane };
    return storeAt(nest, withoutLanes(instance, vector, lane), one, {}, emitter);
  });
}

function storeAt(
  { compute, schedule, context }: Nest,
  instance: Instance,
  value: Value,
  count: { readonly count?: number },
  emitter: Emitter,
): Effect {
  const access = context.access(compute, schedule, "target");
  const { name, memory } = emitter.parameter(compute.target);
  const address = accessAddress(access, name, instance, emitter);
  return { kind: "store", memory, address, value, ...count };
}

/** The stores of neighbouring vectors two by two, after everything that the values of both read. */
function inPairs(nest: Nest, results: readonly Result[], emitter: Emitter): Effect[] {
  const effects: Effect[] = [];
  for (let i = 0; i < results.length;) {
    const pair = results.slice(i, follows(results[i]!, results[i + 1]) ? i + 2 : i + 1);
    i += pair.length;
    const held = pair.map((result): Result => {
      const { kind, dtype, lanes } = result.value;
      if (pair.length === 1 || kind === "register" || kind === "constant") return result;
      const register = emitter.names.fresh("held");
      effects.push({ kind: "let", register, mutable: false, value: result.value });
      return { ...result, value: registerValue(register, dtype, lanes) };
    });
    effects.push(...held.flatMap((one) => storesOf(nest, one, emitter)));
  }
  return effects;
}

/** Whether a whole vector lies right behind another. */
function follows(first: Result, second: Result | undefined): boolean {
  const [before, after] = [vectorAxis(first.instance), second && vectorAxis(second.instance)];
  if (before === undefined || after === undefined) return false;
  const { offset, lanes } = before[1];
  return after[1].offset === offset + lanes && after[1].count === lanes;
}
