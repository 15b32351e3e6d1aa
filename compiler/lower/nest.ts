/** Lowers one Compute: output loops, the reduction of each tile, epilogue and stores. */
import { accumulator, startedBehind } from "../compute/expr.js";
import type { Compute } from "../compute/ir.js";
import { tileOf, type Schedule } from "../schedule/schedule.js";
import type { Stmt, Value } from "../loop/stmt.js";
import { bindEffects } from "./bind.js";
import type { Emitter } from "./emitter.js";
import { emitExpr } from "./expression.js";
import type { Instance } from "./instance.js";
import type { Scope } from "./scope.js";
import { joinLanes } from "./join.js";
import type { Nest, NestContext, Result } from "./nestContext.js";
import { foldsLanes, lowerReduction } from "./reduction.js";
import { squareOf } from "./square.js";
import { parkedValue, storeEffects } from "./store.js";
import {
  checkOrder,
  instancesOf,
  orderedAxes,
  overGroups,
  overTiles,
  type Tiles,
} from "./tiles.js";
import { registerValue } from "./values.js";

/** Appends the code of a Compute to a scope in which `outer` axes stand. */
export function lowerCompute(
  whole: Compute,
  schedule: Schedule,
  context: NestContext,
  scope: Scope,
  outer: Instance,
): void {
  const outputAxes = orderedAxes(whole.axes, schedule);
  const reduceAxes = orderedAxes(whole.reduce, schedule);
  const compute = schedule.dots === true ? startedBehind(whole) : whole;
  checkOrder(outputAxes, reduceAxes, schedule);
  const nest: Nest = { compute, schedule, context, outputAxes, reduceAxes };
  overGroups(nest, scope, (at, group) =>
    lowerNest(group === undefined ? nest : { ...nest, group }, at, outer),
  );
}

/** The loops over all tiles, or over those of a group. */
function lowerNest(nest: Nest, scope: Scope, outer: Instance): void {
  const { compute, schedule, outputAxes } = nest;
  if (schedule.park !== true || compute.epilogue === undefined) {
    const lower = (inner: Scope, tiles: Tiles): void => lowerTile(nest, inner, tiles, outer);
    return overTiles(nest, outputAxes, scope, lower);
  }
  const depth = outputAxes.findLastIndex(
    ({ name, extent }) => extent >= 2 * tileOf(schedule, name),
  );
  const [around, within] = [
    outputAxes.slice(0, Math.max(0, depth)),
    outputAxes.slice(Math.max(0, depth)),
  ];
  overTiles(nest, around, scope, (at, open) => {
    const each = (lower: (scope: Scope, outputs: readonly Instance[]) => void): void =>
      overTiles(nest, within, at, (inner, tiles) =>
        lower(inner, instancesOf(nest, outputAxes, new Map([...open, ...tiles]), outer)),
      );
    each((inner, outputs) => storeAll(nest, inner, reduceTile(nest, inner, outputs)));
    each((inner, outputs) => finishParked(nest, inner, outputs));
  });
}

/** What expressions of a nest need, at a scope, with the reduced value where there is one. */
function emitterOf(nest: Nest): (scope: Scope, accumulator?: Value) => Emitter {
  const { compute, schedule, context } = nest;
  return (scope, value) => {
    const emitter: Emitter = {
      names: context.names,
      scope,
      registers: context.registers,
      parameter: context.parameter,
      table: (source) => (schedule.foldTables === true ? context.tables.get(source) : undefined),
      squareOf: (access, instance, vector) => squareOf(access, instance, vector, schedule),
      access: (load) => context.access(compute, schedule, load),
      emit: (expr, instance) => emitExpr(expr, instance, emitter),
      ...(value === undefined ? {} : { accumulator: value }),
    };
    return emitter;
  };
}

/** One register tile: every output instance has its accumulator. */
function lowerTile(nest: Nest, scope: Scope, tiles: Tiles, outer: Instance): void {
  const outputs = instancesOf(nest, nest.outputAxes, tiles, outer);
  const results = reduceTile(nest, scope, outputs);
  const { epilogue } = nest.compute;
  if (epilogue === undefined) return storeAll(nest, scope, results);
  if (nest.schedule.park === true) {
    storeAll(nest, scope, results);
    return finishParked(nest, scope, outputs);
  }
  const emitter = emitterOf(nest);
  const last = foldsLanes(nest) ? joinLanes(results, nest) : results;
  const finished = last.map(({ instance, value }) => ({
    instance,
    value: emitExpr(epilogue, instance, emitter(scope, value)),
  }));
  storeAll(nest, scope, finished);
}

/** What is stored before an epilogue, or at once where there is none. */
function reduceTile(nest: Nest, scope: Scope, outputs: readonly Instance[]): Result[] {
  const { reduce, body } = nest.compute;
  const emitter = emitterOf(nest);
  const values =
    reduce.length === 0
      ? outputs.map((instance) => emitExpr(body, instance, emitter(scope)))
      : lowerReduction(nest, scope, outputs, emitter);
  return outputs.map((instance, i) => ({ instance, value: values[i]! }));
}

/** The epilogue of accumulators that wait in the target. */
function finishParked(nest: Nest, scope: Scope, outputs: readonly Instance[]): void {
  const emitter = emitterOf(nest);
  const finished = outputs.map((instance) => {
    const parked = parkedValue(nest, instance, emitter(scope));
    return { instance, value: emitExpr(nest.compute.epilogue!, instance, emitter(scope, parked)) };
  });
  storeAll(nest, scope, finished);
}

function storeAll(nest: Nest, scope: Scope, results: readonly Result[]): void {
  const effects = storeEffects(nest, results, emitterOf(nest)(scope));
  scope.body.push(...bindEffects(effects, nest.context.names, new Set()));
}

/** A Compute of a scalar temporary becomes a register of the enclosing scope. */
export function lowerScalar(
  compute: Compute,
  schedule: Schedule,
  context: NestContext,
  scope: Scope,
  outer: Instance,
): void {
  const nest: Nest = {
    compute,
    schedule,
    context,
    outputAxes: [],
    reduceAxes: orderedAxes(compute.reduce, schedule),
  };
  const emitter = emitterOf(nest);
  const reduced =
    compute.reduce.length === 0
      ? emitExpr(compute.body, outer, emitter(scope))
      : lowerReduction(nest, scope, [outer], emitter)[0]!;
  const epilogue = compute.epilogue ?? accumulator(compute.body.dtype);
  const value = emitExpr(epilogue, outer, emitter(scope, reduced));
  const register = context.names.fresh(compute.target);
  const statements: Stmt[] = bindEffects(
    [{ kind: "let", register, mutable: false, value }],
    context.names,
    new Set(),
  );
  scope.body.push(...statements);
  context.registers.set(compute.target, registerValue(register, value.dtype));
}
