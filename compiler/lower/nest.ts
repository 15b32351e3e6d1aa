/** Lowers one Compute: output loops, the reduction of each tile, epilogue and stores. */
import { accumulator } from "../compute/expr.js";
import type { Compute } from "../compute/ir.js";
import type { Schedule } from "../schedule/schedule.js";
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
import { checkOrder, instancesOf, orderedAxes, overTiles, type Tiles } from "./tiles.js";
import { registerValue } from "./values.js";

/** Appends the code of a Compute to a scope in which `outer` axes stand. */
export function lowerCompute(
  compute: Compute,
  schedule: Schedule,
  context: NestContext,
  scope: Scope,
  outer: Instance,
): void {
  const outputAxes = orderedAxes(compute.axes, schedule);
  const reduceAxes = orderedAxes(compute.reduce, schedule);
  checkOrder(outputAxes, reduceAxes, schedule);
  const nest: Nest = { compute, schedule, context, outputAxes, reduceAxes };
  const lower = (inner: Scope, tiles: Tiles): void => lowerTile(nest, inner, tiles, outer);
  overTiles(nest, outputAxes, scope, lower, compute.target === "out" ? context.tiles : undefined);
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
  const { compute, context } = nest;
  const outputs = instancesOf(nest, nest.outputAxes, tiles, outer);
  const emitter = emitterOf(nest);
  const reduced =
    compute.reduce.length === 0
      ? outputs.map((instance) => emitExpr(compute.body, instance, emitter(scope)))
      : lowerReduction(nest, scope, outputs, emitter);
  const results = outputs.map((instance, i): Result => ({ instance, value: reduced[i]! }));
  const store = (all: readonly Result[]): void => {
    const effects = storeEffects(nest, all, emitter(scope));
    scope.body.push(...bindEffects(effects, context.names, new Set()));
  };
  const { epilogue } = compute;
  if (epilogue === undefined) return store(results);
  const parked = nest.schedule.park === true;
  if (parked) store(results);
  const last = parked || !foldsLanes(nest) ? results : joinLanes(results, nest);
  store(
    last.map(({ instance, value }) => {
      const own = parked ? parkedValue(nest, instance, emitter(scope)) : value;
      return { instance, value: emitExpr(epilogue, instance, emitter(scope, own)) };
    }),
  );
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
