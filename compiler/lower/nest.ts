/** Lowers one Compute: output loops, a register tile of accumulators, reduce loops, epilogue and stores. */
import { extentsOf } from "../compute/affine.js";
import { accumulator } from "../compute/expr.js";
import type { Axis, Compute } from "../compute/ir.js";
import { identityOf } from "../compute/ir.js";
import { tileOf, type Schedule } from "../schedule/schedule.js";
import type { Stmt, Value } from "../loop/stmt.js";
import { bindEffects, type Effect } from "./bind.js";
import { emitExpr, type Emitter } from "./expression.js";
import {
  crossProduct,
  positionsOf,
  tilesOf,
  vectorAxis,
  type Instance,
  type Position,
  type Tile,
} from "./instance.js";
import { closeScope, openScope, type Scope } from "./scope.js";
import { joinLanes } from "./join.js";
import type { Nest, NestContext, Result } from "./nestContext.js";
import { parkedValue, storeEffects } from "./store.js";
import { binaryValue, combineOp, constantValue, registerValue, splat } from "./values.js";

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
  overTiles(nest, outputAxes, 0, scope, new Map(), (inner, tiles) =>
    lowerTile(nest, inner, tiles, outer),
  );
}

/** The axes after fusing, outermost loop first. */
function orderedAxes(axes: readonly Axis[], schedule: Schedule): Axis[] {
  const extents = extentsOf(axes);
  const fused = Object.entries(schedule.fuse ?? {}).filter(([, group]) =>
    group.every((axis) => extents.has(axis)),
  );
  const merged = fused.map(([name, group]) => ({
    name,
    extent: group.reduce((product, axis) => product * extents.get(axis)!, 1),
  }));
  const gone = new Set(fused.flatMap(([, group]) => group));
  const left = [...axes.filter((axis) => !gone.has(axis.name)), ...merged];
  return left.sort((a, b) => schedule.order.indexOf(a.name) - schedule.order.indexOf(b.name));
}

function checkOrder(
  outputAxes: readonly Axis[],
  reduceAxes: readonly Axis[],
  schedule: Schedule,
): void {
  const names = [...outputAxes, ...reduceAxes].map((axis) => axis.name);
  if (
    names.length !== schedule.order.length ||
    names.some((name, i) => schedule.order[i] !== name)
  ) {
    throw new Error(
      `schedule order ${schedule.order.join(" ")} is not the axes ${names.join(" ")}`,
    );
  }
}

type Tiles = ReadonlyMap<string, Tile>;

/** Opens the loops over some axes from the outermost in; remainders become straight-line tiles of their own. */
function overTiles(
  nest: Nest,
  axes: readonly Axis[],
  depth: number,
  scope: Scope,
  tiles: Tiles,
  body: (scope: Scope, tiles: Tiles) => void,
): void {
  const axis = axes[depth];
  if (axis === undefined) return body(scope, tiles);
  for (const { from, to, count } of tilesOf(axis.extent, tileOf(nest.schedule, axis.name))) {
    const inner = (at: Scope, tile: Tile): void =>
      overTiles(nest, axes, depth + 1, at, new Map([...tiles, [axis.name, tile]]), body);
    if (from + count === to) {
      inner(scope, { variable: undefined, last: 0, step: 0, start: from, count });
      continue;
    }
    const variable = nest.context.names.fresh(axis.name);
    const loop = openScope(scope, variable);
    inner(loop, { variable, last: to - count, step: count, start: 0, count });
    scope.body.push({ kind: "for", variable, from, to, step: count, body: closeScope(loop) });
  }
}

/** The straight-line copies of a tile: neighbouring vectors side by side, so that a splat serves all of them at once. */
function instancesOf(nest: Nest, axes: readonly Axis[], tiles: Tiles, base: Instance): Instance[] {
  const inLanes = ({ name }: Axis): number =>
    Number(nest.schedule.split[name]?.some(({ kind }) => kind === "vector") === true);
  const ordered = [...axes].sort((a, b) => inLanes(a) - inLanes(b));
  const positions = ordered.map((axis): readonly [string, readonly Position[]] => [
    axis.name,
    positionsOf(tiles.get(axis.name)!, nest.schedule.split[axis.name] ?? []),
  ]);
  return crossProduct(positions, base);
}

/** What expressions of a nest need, at a scope, with the reduced value where there is one. */
function emitterOf(nest: Nest): (scope: Scope, accumulator?: Value) => Emitter {
  const { compute, schedule, context } = nest;
  return (scope, value) => ({
    names: context.names,
    scope,
    registers: context.registers,
    parameter: context.parameter,
    access: (load) => context.access(compute, schedule, load),
    ...(value === undefined ? {} : { accumulator: value }),
  });
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
    const effects = all.flatMap(({ instance, value }) =>
      storeEffects(nest, value, instance, emitter(scope)),
    );
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

/** Whether lanes are partial results, which are folded at the end. */
function foldsLanes({ reduceAxes, schedule }: Nest): boolean {
  return reduceAxes.some(({ name }) => schedule.split[name]?.some((s) => s.kind === "vector"));
}

/** Declares accumulators, runs the reduce loops, and returns the reduced values. */
function lowerReduction(
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
  const registers = outputs.map((instance, i) => {
    const lanes = foldLanes ? schedule.lanes : (vectorAxis(instance)?.[1].lanes ?? 1);
    const name = context.names.fresh(accumulatorName(instance, outputs));
    const start = splat(foldLanes ? identity : starts[i]!, lanes);
    return { value: registerValue(name, dtype, lanes), name, start };
  });
  const declarations = registers.map(({ name, start }): Effect => ({
    kind: "let",
    register: name,
    mutable: true,
    value: start,
  }));
  scope.body.push(...bindEffects(declarations, context.names, new Set()));
  const unstable = new Set(registers.map(({ name }) => name));
  overTiles(nest, nest.reduceAxes, 0, scope, new Map(), (inner, reduceTiles) => {
    const effects = instancesOf(nest, nest.reduceAxes, reduceTiles, new Map()).flatMap((step) =>
      outputs.map((instance, i): Effect => {
        const both = new Map([...instance, ...step]);
        const { name, value } = registers[i]!;
        const term = masked(emitExpr(compute.body, both, emitter(inner)), step, identity);
        return {
          kind: "assign",
          register: name,
          value: binaryValue(combineOp(combine), dtype, value, splat(term, value.lanes)),
        };
      }),
    );
    inner.body.push(...bindEffects(effects, context.names, unstable));
  });
  if (!foldLanes) return registers.map(({ value }) => value);
  return registers.map(({ value }, i) => {
    const folded: Value = { kind: "reduce", dtype, lanes: 1, combine, operand: value };
    return compute.init === undefined
      ? folded
      : binaryValue(combineOp(combine), dtype, starts[i]!, folded);
  });
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
