/** Lowers a reduction: a register tile of accumulators, and the loops that add to them. */
import { identityOf, type Axis, type Combine } from "../compute/ir.js";
import type { Value } from "../loop/stmt.js";
import { bindEffects, type Effect } from "./bind.js";
import type { Emitter } from "./emitter.js";
import { emitExpr } from "./expression.js";
import { vectorAxis, type Instance } from "./instance.js";
import type { Nest } from "./nestContext.js";
import type { Scope } from "./scope.js";
import { tileOf, type Schedule } from "../schedule/schedule.js";
import { dotTerm } from "./dots.js";
import { foldedSum } from "./fold.js";
import { sumsOf } from "./halves.js";
import { instancesOf, overTiles, type Tiles } from "./tiles.js";
import {
  binaryValue,
  combineOp,
  constantValue,
  isConstant,
  registerValue,
  splat,
} from "./values.js";

/** Whether lanes are partial results, which are folded at the end. */
export function foldsLanes({ reduceAxes, schedule }: Nest): boolean {
  return reduceAxes.some(({ name }) => schedule.split[name]?.some((s) => s.kind === "vector"));
}

/** Lanes of partial results. */
export function sumLanes({ lanes, dots }: Schedule): number {
  return dots === true ? lanes / 2 : lanes;
}

/** Whether all that is summed up stands in one piece of straight-line code, with tables that are numbers. */
function isLinear({ reduceAxes, schedule, compute }: Nest): boolean {
  const { combine, body } = compute;
  const whole = reduceAxes.every(({ name, extent }) => tileOf(schedule, name) >= extent);
  return whole && schedule.foldTables === true && combine === "sum" && body.dtype !== "bool";
}

/** Declares accumulators, runs the reduce loops, and returns the reduced values. */
export function lowerReduction(
  nest: Nest,
  scope: Scope,
  outputs: readonly Instance[],
  emitter: (scope: Scope) => Emitter,
): Value[] {
  const { compute, context, schedule } = nest;
  const combine = compute.combine!;
  const dtype = compute.body.dtype;
  const identity = constantValue(identityOf(combine, dtype), dtype);
  const foldLanes = foldsLanes(nest);
  const starts = outputs.map((instance) =>
    compute.init === undefined ? identity : emitExpr(compute.init, instance, emitter(scope)),
  );
  if (isLinear(nest) && !foldLanes) {
    let sums: readonly Value[] = [];
    overTiles(nest, nest.reduceAxes, scope, (inner, tiles) => {
      const steps = instancesOf(nest, nest.reduceAxes, tiles, new Map());
      const terms = outputs.map((instance) =>
        steps
          .map((step) => emitExpr(compute.body, new Map([...instance, ...step]), emitter(inner)))
          .filter((term) => !isConstant(term, 0)),
      );
      sums = sumsOf(starts, terms);
    });
    return outputs.map((instance, i) => splat(sums[i]!, vectorAxis(instance)?.[1].lanes ?? 1));
  }
  const { accumulators = 1 } = schedule;
  const registers = outputs.flatMap((instance, i) => {
    const lanes = foldLanes ? sumLanes(schedule) : (vectorAxis(instance)?.[1].lanes ?? 1);
    return Array.from({ length: accumulators }, (_, turn): Register => {
      const name = context.names.fresh(accumulatorName(instance, outputs));
      const start = splat(foldLanes || turn > 0 ? identity : starts[i]!, lanes);
      return { value: registerValue(name, dtype, lanes), name, start };
    });
  });
  declare(registers, nest, scope);
  const addUp = (at: Scope, axes: readonly Axis[], open: Tiles, into: readonly Register[]): void =>
    overTiles(nest, axes, at, (inner, tiles) => {
      const all = new Map([...open, ...tiles]);
      const effects = instancesOf(nest, nest.reduceAxes, all, new Map()).flatMap((step, at) =>
        outputs.flatMap((instance, i): Effect[] => {
          const both = new Map([...instance, ...step]);
          const { name, value } = into[i * accumulators + (at % accumulators)]!;
          const term =
            schedule.dots === true
              ? dotTerm(compute.body, both, step, emitter(inner))
              : masked(emitExpr(compute.body, both, emitter(inner)), step, identity);
          const sum =
            schedule.foldTables === true && combine === "sum"
              ? foldedSum(value, term)
              : binaryValue(combineOp(combine), dtype, value, splat(term, value.lanes));
          if (sum === undefined) return [];
          return [{ kind: "assign", register: name, value: sum }];
        }),
      );
      inner.body.push(...bindEffects(effects, context.names, new Set(into.map(nameOf))));
    });
  const parts = nest.reduceAxes.findIndex(({ name }) => name === schedule.partialSums?.axis);
  const outside = nest.reduceAxes.slice(0, Math.max(0, parts));
  if (outside.every(({ extent }) => extent === 1))
    addUp(scope, nest.reduceAxes, new Map(), registers);
  else
    overTiles(nest, outside, scope, (at, open) => {
      const partial = registers.map(({ value }): Register => {
        const name = context.names.fresh("part");
        const start = splat(identity, value.lanes);
        return { name, value: registerValue(name, dtype, value.lanes), start };
      });
      declare(partial, nest, at);
      addUp(at, nest.reduceAxes.slice(parts), open, partial);
      const sums = registers.map(({ name, value }, i): Effect => {
        const sum = binaryValue(combineOp(combine), dtype, value, partial[i]!.value);
        return { kind: "assign", register: name, value: sum };
      });
      at.body.push(...bindEffects(sums, context.names, new Set(registers.map(nameOf))));
    });
  const sums = outputs.map((_, i) =>
    joined(registers.slice(i * accumulators, (i + 1) * accumulators), combine, nest, scope),
  );
  if (!foldLanes) return sums;
  return sums.map((operand, i) => {
    const folded: Value = { kind: "reduce", dtype, lanes: 1, combine, operand };
    return compute.init === undefined
      ? folded
      : binaryValue(combineOp(combine), dtype, starts[i]!, folded);
  });
}

/** An accumulator of a tile. */
interface Register {
  readonly name: string;
  readonly value: Value;
  readonly start: Value;
}

function nameOf({ name }: Register): string {
  return name;
}

function declare(registers: readonly Register[], { context }: Nest, scope: Scope): void {
  const declarations = registers.map(({ name, start }): Effect => ({
    kind: "let",
    register: name,
    mutable: true,
    value: start,
  }));
  scope.body.push(...bindEffects(declarations, context.names, new Set()));
}

/** What the accumulators of one output come to together. */
function joined(
  [first, ...others]: readonly Register[],
  combine: Combine,
  { context }: Nest,
  scope: Scope,
): Value {
  const { value } = first!;
  if (others.length === 0) return value;
  const name = context.names.fresh("acc");
  const all = others.reduce<Value>(
    (sum, other) => binaryValue(combineOp(combine), value.dtype, sum, other.value),
    value,
  );
  const joins: Effect = { kind: "let", register: name, mutable: false, value: all };
  scope.body.push(...bindEffects([joins], context.names, new Set()));
  return registerValue(name, value.dtype, value.lanes);
}

/** Lanes past the end of a vector reduce axis contribute nothing. */
function masked(term: Value, step: Instance, identity: Value): Value {
  const vector = vectorAxis(step);
  if (vector === undefined || identity.kind !== "constant") return term;
  const { lanes, count } = vector[1];
  if (count === lanes) return term;
  return {
    kind: "mask",
    dtype: term.dtype,
    lanes,
    operand: splat(term, lanes),
    count,
    fill: identity.value,
  };
}

/** acc_oc4_ow1: the offsets that tell the accumulators of a tile apart. */
function accumulatorName(instance: Instance, outputs: readonly Instance[]): string {
  const telling = [...instance].filter(([axis]) =>
    outputs.some((other) => other.get(axis)!.offset !== instance.get(axis)!.offset),
  );
  return ["acc", ...telling.map(([axis, position]) => `${axis}${position.offset}`)].join("_");
}
