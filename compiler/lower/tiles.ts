/** The loops of a nest: its axes in the order of the schedule, in tiles, each tile in straight-line copies. */
import { extentsOf } from "../compute/affine.js";
import type { Axis } from "../compute/ir.js";
import { tileOf, type Schedule } from "../schedule/schedule.js";
import {
  crossProduct,
  positionsOf,
  tilesOf,
  type Instance,
  type Position,
  type Tile,
} from "./instance.js";
import type { Group, Nest } from "./nestContext.js";
import { closeScope, inLoop, openScope, type Scope } from "./scope.js";
import { addressSum, registerValue } from "./values.js";

/** The axes after fusing, outermost loop first. */
export function orderedAxes(axes: readonly Axis[], schedule: Schedule): Axis[] {
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

/** Throws a plain Error where a schedule orders other axes than there are. */
export function checkOrder(
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

/** The tile of each axis whose loop is open. */
export type Tiles = ReadonlyMap<string, Tile>;

/** Opens the loops over some axes from the outermost in; remainders become straight-line tiles of their own. */
export function overTiles(
  nest: Nest,
  axes: readonly Axis[],
  scope: Scope,
  body: (scope: Scope, tiles: Tiles) => void,
): void {
  const { names } = nest.context;
  const open = (depth: number, at: Scope, tiles: Tiles): void => {
    const axis = axes[depth];
    if (axis === undefined) return body(at, tiles);
    const inner = (inside: Scope, tile: Tile): void =>
      open(depth + 1, inside, new Map([...tiles, [axis.name, tile]]));
    if (nest.group?.axis === axis.name) return overGroup(nest, nest.group, axis, at, inner);
    for (const { from, to, count } of tilesOf(axis.extent, tileOf(nest.schedule, axis.name))) {
      if (from + count === to) {
        inner(at, { variable: undefined, last: 0, step: 0, start: from, count });
        continue;
      }
      const variable = names.fresh(axis.name);
      inLoop(at, variable, { from, to, step: count }, (loop) =>
        inner(loop, { variable, last: to - count, step: count, start: 0, count }),
      );
    }
  };
  open(0, scope, new Map());
}

/** Opens the loop over groups of an axis, where a schedule wants it, around all others. */
export function overGroups(
  nest: Nest,
  scope: Scope,
  body: (scope: Scope, group: Group | undefined) => void,
): void {
  const { grouped } = nest.schedule;
  const whole = nest.outputAxes.find(({ name }) => name === grouped?.axis);
  if (grouped === undefined || whole === undefined || grouped.elements >= whole.extent)
    return body(scope, undefined);
  const variable = nest.context.names.fresh(`${grouped.axis}group`);
  inLoop(scope, variable, { from: 0, to: whole.extent, step: grouped.elements }, (loop) =>
    body(loop, { ...grouped, variable }),
  );
}

/** The tiles of one group: the axis is where that begins, and a loop from there. */
function overGroup(
  nest: Nest,
  { variable: group, elements }: Group,
  { name, extent }: Axis,
  scope: Scope,
  body: (scope: Scope, tile: Tile) => void,
): void {
  const { names } = nest.context;
  const count = tileOf(nest.schedule, name);
  const [inside, variable] = [names.fresh(`${name}inside`), names.fresh(name)];
  const loop = openScope(scope, variable);
  const value = addressSum(registerValue(group), registerValue(inside));
  loop.lets.push({ kind: "let", register: variable, mutable: false, value });
  body(loop, { variable, last: extent - count, step: count, start: 0, count });
  const range = { from: 0, to: elements, step: count };
  scope.body.push({ kind: "for", variable: inside, ...range, body: closeScope(loop) });
}

/** The straight-line copies of a tile: neighbouring vectors side by side, so that a splat serves all of them at once. */
export function instancesOf(
  nest: Nest,
  axes: readonly Axis[],
  tiles: Tiles,
  base: Instance,
): Instance[] {
  const inLanes = ({ name }: Axis): number =>
    Number(nest.schedule.split[name]?.some(({ kind }) => kind === "vector") === true);
  const ordered = [...axes].sort((a, b) => inLanes(a) - inLanes(b));
  const positions = ordered.map((axis): readonly [string, readonly Position[]] => [
    axis.name,
    positionsOf(tiles.get(axis.name)!, nest.schedule.split[axis.name] ?? []),
  ]);
  return crossProduct(positions, base);
}
