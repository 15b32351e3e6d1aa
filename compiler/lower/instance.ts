/** Which iterations of an axis one piece of straight-line code stands for. */
import type { Split } from "../schedule/schedule.js";

/** The values an axis takes in one instance: `variable + offset`, or `lanes` consecutive ones from there. */
export interface Position {
  /** The open loop over the axis; undefined where the axis is not a loop. */
  readonly variable: string | undefined;
  /** The largest value of the loop variable, and its step; both 0 without a loop. */
  readonly last: number;
  readonly step: number;
  readonly offset: number;
  readonly lanes: number;
  /** Lanes that are inside the axis. */
  readonly count: number;
  /** Of an unrolled copy: the offset of the first one of its tile, and how many there are. */
  readonly copies?: { readonly first: number; readonly count: number };
}

/** A position for every axis in scope. */
export type Instance = ReadonlyMap<string, Position>;

/** One run of a tile: the loop (or fixed start) that carries it and how many elements it covers. */
export interface Tile {
  readonly variable: string | undefined;
  readonly last: number;
  readonly step: number;
  readonly start: number;
  readonly count: number;
}

/** Splits an extent into full tiles and a smaller remainder, each with the loop bounds it needs. */
export function tilesOf(
  extent: number,
  tile: number,
): readonly { readonly from: number; readonly to: number; readonly count: number }[] {
  const full = Math.floor(extent / tile) * tile;
  const parts = [];
  if (full > 0) parts.push({ from: 0, to: full, count: tile });
  if (full < extent) parts.push({ from: full, to: extent, count: extent - full });
  return parts;
}

/** The positions that the splits of an axis make of one tile: unrolled copies, each of some lanes. */
export function positionsOf(tile: Tile, splits: readonly Split[]): Position[] {
  const lanes = splits.find((split) => split.kind === "vector")?.factor ?? 1;
  const positions: Position[] = [];
  const { variable, last, step, start } = tile;
  const copies =
    lanes === 1 && tile.count > 1 ? { copies: { first: start, count: tile.count } } : {};
  for (let at = 0; at < tile.count; at += lanes) {
    const count = Math.min(lanes, tile.count - at);
    positions.push({ variable, last, step, offset: start + at, lanes, count, ...copies });
  }
  return positions;
}

/** Every combination of positions, the last axis fastest. */
export function crossProduct(
  axes: readonly (readonly [string, readonly Position[]])[],
  base: Instance,
): Instance[] {
  return axes.reduce<Instance[]>(
    (instances, [axis, positions]) =>
      instances.flatMap((instance) =>
        positions.map((position) => new Map([...instance, [axis, position]])),
      ),
    [base],
  );
}

/** The axis that runs over lanes, if any. */
export function vectorAxis(instance: Instance): readonly [string, Position] | undefined {
  for (const entry of instance) if (entry[1].lanes > 1) return entry;
  return undefined;
}
