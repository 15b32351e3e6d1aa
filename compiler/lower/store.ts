/** Writes a tile's values to its target, and reads back accumulators that were parked there. */
import type { Value } from "../loop/stmt.js";
import { laneStride } from "../place/access.js";
import type { Effect } from "./bind.js";
import { accessAddress } from "./address.js";
import type { Emitter } from "./emitter.js";
import { vectorAxis, type Instance } from "./instance.js";
import { checkBlock, partial, withoutLanes } from "./lanes.js";
import type { Nest, Result } from "./nestContext.js";
import type { Names } from "./scope.js";
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

/** One store for an instance, or one for each lane where they lie apart. */
export function storeEffects(
  nest: Nest,
  value: Value,
  instance: Instance,
  emitter: Emitter,
): Effect[] {
  const { compute, schedule, context } = nest;
  if (context.registers.has(compute.target)) {
    throw new Error(`temporary ${compute.target} is written twice`);
  }
  const access = context.access(compute, schedule, "target");
  const { name, memory } = emitter.parameter(compute.target);
  const vector = vectorAxis(instance);
  const store = (at: Instance, one: Value, count: { readonly count?: number }): Effect => ({
    kind: "store",
    memory,
    address: accessAddress(access, name, at, emitter),
    value: one,
    ...count,
  });
  if (vector === undefined) return [store(instance, value, {})];
  const [axis, { lanes, count }] = vector;
  if (laneStride(access, axis) === 1) {
    checkBlock(access.blocked, vector);
    return [store(instance, splat(value, lanes), partial(count, lanes))];
  }
  const whole = splat(value, lanes);
  return Array.from({ length: count }, (_, lane) => {
    const one: Value = { kind: "extract", dtype: value.dtype, lanes: 1, operand: whole, lane };
    return store(withoutLanes(instance, vector, lane), one, {});
  });
}

/** The stores of neighbouring vectors two by two, after everything that the values of both read. */
export function inPairs(
  results: readonly Result[],
  names: Names,
  stores: (result: Result) => Effect[],
): Effect[] {
  const effects: Effect[] = [];
  for (let i = 0; i < results.length;) {
    const pair = results.slice(i, follows(results[i]!, results[i + 1]) ? i + 2 : i + 1);
    i += pair.length;
    const held = pair.map((result): Result => {
      const { kind, dtype, lanes } = result.value;
      if (pair.length === 1 || kind === "register" || kind === "constant") return result;
      const register = names.fresh("held");
      effects.push({ kind: "let", register, mutable: false, value: result.value });
      return { ...result, value: registerValue(register, dtype, lanes) };
    });
    effects.push(...held.flatMap(stores));
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
