/** Sorts by scans: a stable merge sort that carries one pointer, and the choice of a few by passes over all. */
import { axisIndex, indexExpr, opaqueIndex, ZERO } from "../compute/affine.js";
import { add, binary, cast, constant, load, select, sub, unary } from "../compute/expr.js";
import type { Axis, Compute, Expr, Index, Temporary } from "../compute/ir.js";

/** Computes that end with the places in `order`, and the memory that they work in. */
export interface Ordering {
  readonly temporaries: readonly Temporary[];
  readonly computes: readonly Compute[];
  /** The element that comes as the j-th, where j is an index into the first of them. */
  at(j: Index): Expr;
}

const LARGEST = 2 ** 31 - 1;
const integer = (value: number): Expr => constant(value, "i32");
const and = (a: Expr, b: Expr): Expr => binary("and", a, b);

/**
 * An integer whose order is that of a number, from the smallest up or, with `largest`, from the largest down. Zeros
 * are equal, and NaN is larger than anything.
 */
export function orderKey(value: Expr, largest: boolean): Expr {
  const up = value.dtype === "f32" ? floatKey(value) : value;
  return largest ? sub(integer(-1), up) : up;
}

/** Negative floats count down from the smallest: all their bits but the sign are flipped. */
function floatKey(value: Expr): Expr {
  const bits = unary("bits", value);
  const flipped = binary("xor", bits, and(binary("shr", bits, integer(31)), integer(LARGEST)));
  const number = select(binary("eq", value, 0), integer(0), flipped);
  return select(unary("isnan", value), integer(LARGEST), number);
}

const memory = (name: string, dims: readonly number[]): Temporary => ({ name, dtype: "i32", dims });
/** What stands at an index of one of these temporaries. */
const at = (name: string, ...index: readonly Index[]): Expr => load(name, index, "i32");

/** Writes integers to all of a temporary along an axis. */
function whole(target: string, axis: Axis, body: Expr, ...scan: readonly Axis[]): Compute {
  return { ...step(target, scan, [axisIndex(axis)], body), axes: [axis] };
}

/** Writes one element in each step of the scans. */
function step(target: string, scan: readonly Axis[], index: readonly Index[], body: Expr): Compute {
  return { target, ...(scan.length === 0 ? {} : { scan }), axes: [], reduce: [], body, index };
}

/** The greatest or smallest of what a body is along an axis. */
function extreme(
  target: string,
  combine: "min" | "max",
  along: Axis,
  body: Expr,
  init: Expr,
  ...scan: readonly Axis[]
): Compute {
  const index = scan.length === 0 ? [ZERO] : [];
  return { ...step(target, scan, index, body), reduce: [along], combine, init };
}

/**
 * All elements along an axis in the order of their keys, equal ones as they stood: runs of 1, 2, 4, … elements are
 * merged in one pass each. `from` is how many are taken of the left run so far; what is not of it is of the right one.
 */
export function mergeSort(along: Axis, key: Expr): Ordering {
  const { extent } = along;
  const passes: Axis = { name: "p", extent: Math.max(1, Math.ceil(Math.log2(extent))) };
  const t: Axis = { name: "t", extent };
  const each = [passes, t];
  const { begins, isLeft, chosen } = merging(passes, t);
  const inside = opaqueIndex(chosen, 0, extent - 1);
  const own = axisIndex(along);
  return {
    temporaries: [
      ...["key", "nextKey", "order", "nextOrder"].map((name) => memory(name, [extent])),
      memory("taken", [1]),
      memory("from", []),
      { name: "isLeft", dtype: "bool", dims: [] },
    ],
    computes: [
      whole("key", along, key),
      whole("nextKey", along, integer(0)),
      whole("order", along, indexExpr(own)),
      whole("nextOrder", along, integer(0)),
      step("taken", [], [ZERO], integer(0)),
      step("from", each, [], select(begins, integer(0), at("taken", ZERO))),
      step("isLeft", each, [], isLeft),
      step("nextOrder", each, [axisIndex(t)], at("order", inside)),
      step("nextKey", each, [axisIndex(t)], at("key", inside)),
      step("taken", each, [ZERO], add(at("from"), cast("i32", load("isLeft", [], "bool")))),
      whole("order", along, at("nextOrder", own), passes),
      whole("key", along, at("nextKey", own), passes),
    ],
    at: (j) => at("order", j),
  };
}

/** Where the t-th element of a pass comes from: the left one of two runs of 2^p, or the right one. */
function merging(
  passes: Axis,
  t: Axis,
): { readonly begins: Expr; readonly isLeft: Expr; readonly chosen: Expr } {
  const [p, now] = [indexExpr(axisIndex(passes)), indexExpr(axisIndex(t))];
  const width = binary("shl", integer(1), p);
  const start = and(now, unary("neg", binary("shl", integer(2), p)));
  const from = at("from");
  const [left, right] = [add(start, from), sub(add(now, width), from)];
  const keyOf = (place: Expr): Expr => at("key", opaqueIndex(place, 0, t.extent - 1));
  const less = (a: Expr, b: Expr | number): Expr => binary("lt", a, b);
  const some = and(less(from, width), less(left, t.extent));
  const others = and(less(sub(right, start), add(width, width)), less(right, t.extent));
  const first = binary("le", keyOf(left), keyOf(right));
  return {
    begins: binary("eq", now, start),
    isLeft: and(some, binary("or", unary("not", others), first)),
    chosen: select(load("isLeft", [], "bool"), left, right),
  };
}

/**
 * The first `count` elements along an axis in the order of their keys, equal ones as they stood: each is the first
 * of the smallest key among all that come after the one before.
 */
export function selectFirst(along: Axis, key: Expr, count: number): Ordering {
  const last = integer(along.extent - 1);
  const t: Axis = { name: "t", extent: count };
  const other: Axis = { name: "k", extent: along.extent };
  const [mine, place] = [at("key", axisIndex(other)), indexExpr(axisIndex(other))];
  const later = binary(
    "or",
    binary("gt", mine, at("lastKey", ZERO)),
    and(binary("eq", mine, at("lastKey", ZERO)), binary("gt", place, at("last", ZERO))),
  );
  const left = select(later, mine, at("greatest", ZERO));
  const isBest = and(later, binary("eq", mine, at("best")));
  return {
    temporaries: [
      memory("key", [along.extent]),
      memory("order", [count]),
      ...["greatest", "lastKey", "last"].map((name) => memory(name, [1])),
      ...["best", "found"].map((name) => memory(name, [])),
    ],
    computes: [
      whole("key", along, key),
      extreme("greatest", "max", other, mine, at("key", ZERO)),
      extreme("lastKey", "min", other, mine, at("key", ZERO)),
      step("last", [], [ZERO], integer(-1)),
      whole("order", { name: "j", extent: count }, integer(0)),
      extreme("best", "min", other, left, at("greatest", ZERO), t),
      extreme("found", "min", other, select(isBest, place, last), last, t),
      step("order", [t], [axisIndex(t)], at("found")),
      step("lastKey", [t], [ZERO], at("best")),
      step("last", [t], [ZERO], at("found")),
    ],
    at: (j) => at("order", j),
  };
}
