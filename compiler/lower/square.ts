/**
 * Squares of lanes by unrolled copies, for accesses whose lanes lie apart while the copies lie one after the other:
 * whole vectors go through memory, and are turned in registers.
 *
 *   lanes oc at 196·oc, copies ow, ow + 1, ow + 2, ow + 3   =>   four vectors along ow, one for each oc
 */
import type { Value } from "../loop/stmt.js";
import { laneStride, type Access } from "../place/access.js";
import type { Schedule } from "../schedule/schedule.js";
import type { Instance, Position } from "./instance.js";
import { constantValue } from "./values.js";

/** As many lanes as copies. */
const SIDE = 4;

/** Copies along an axis that one vector of memory holds. */
export interface Square {
  readonly axis: string;
  /** Where the first of them stands. */
  readonly offset: number;
  /** 2 to 4. */
  readonly count: number;
  /** Which of them the instance is. */
  readonly at: number;
}

/** The square that an instance is a part of; undefined where its vector is better taken lane by lane. */
export function squareOf(
  access: Access,
  instance: Instance,
  [lanes, { lanes: width, count: used }]: readonly [string, Position],
  { turnSquares }: Schedule,
): Square | undefined {
  if (turnSquares !== true || width !== SIDE || used < 2 || access.blocked !== undefined)
    return undefined;
  if (laneStride(access, lanes) === undefined) return undefined;
  for (const [axis, { offset, copies }] of instance) {
    if (axis === lanes || copies === undefined || laneStride(access, axis) !== 1) continue;
    const at = (offset - copies.first) % SIDE;
    const count = Math.min(SIDE, copies.first + copies.count - (offset - at));
    if (count > 1) return { axis, offset: offset - at, count, at };
  }
  return undefined;
}

/** The instance of the vector in memory that holds all copies of a square, for one lane. */
export function alongSquare(lane: Instance, { axis, offset, count }: Square): Instance {
  const { copies: _, ...position } = lane.get(axis)!;
  return new Map([...lane, [axis, { ...position, offset, lanes: SIDE, count }]]);
}

/** Column `at` of up to four rows; rows that are not there are 0. */
export function columnOf(rows: readonly Value[], at: number): Value {
  const { dtype } = rows[0]!;
  const zero = constantValue(0, dtype, SIDE);
  const [a, b, c, d] = Array.from({ length: SIDE }, (_, i) => rows[i] ?? zero);
  const pair = (left: Value, right: Value): Value =>
    shuffle(left, right, at < 2 ? [0, 4, 1, 5] : [2, 6, 3, 7]);
  return shuffle(pair(a!, b!), pair(c!, d!), at % 2 === 0 ? [0, 1, 4, 5] : [2, 3, 6, 7]);
}

function shuffle(left: Value, right: Value, picks: readonly number[]): Value {
  if (left.kind === "constant" && right.kind === "constant" && Object.is(left.value, right.value))
    return left;
  const { dtype, lanes } = left;
  return { kind: "shuffle", dtype, lanes, left, right, picks };
}
