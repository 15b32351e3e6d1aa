/** Sorts by scans: a stable merge sort that carries one pointer, and the choice of a few block by block. */
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

/** Elements of a block along the axis, so many that there are about as many blocks. */
export const blockSize = (extent: number): number => Math.ceil(Math.sqrt(extent));

/**
 * The first `count` elements along an axis in the order of their keys, equal ones as they stood. Each block of the
 * axis knows the first that is left of it: the next one is found among these, and its block alone is looked through.
 */
export function selectFirst(along: Axis, key: Expr, count: number): Ordering {
  const { extent } = along;
  const size = blockSize(extent);
  const t: Axis = { name: "t", extent: count };
  const block: Axis = { name: "b", extent: Math.ceil(extent / size) };
  const within: Axis = { name: "k", extent: size };
  const own = axisIndex(block);
  const firstLeft = firstOf(within, extent);
  const initially = firstLeft(indexExpr(own), at("blockKey", own));
  const later = firstLeft(at("chosen"), at("newKey"));
  const some = binary("lt", at("blockPlace", own), extent);
  const isBest = and(some, binary("eq", at("blockKey", own), at("best")));
  const last = integer(block.extent - 1);
  const chosen = opaqueIndex(at("chosen"), 0, block.extent - 1);
  const [none, beyond] = [integer(LARGEST), integer(extent)];
  return {
    temporaries: [
      memory("key", [extent]),
      memory("order", [count]),
      ...["blockKey", "blockPlace"].map((name) => memory(name, [block.extent])),
      ...["lastKey", "last"].map((name) => memory(name, [1])),
      ...["best", "chosen", "found", "newKey", "newPlace"].map((name) => memory(name, [])),
    ],
    computes: [
      whole("key", along, key),
      step("lastKey", [], [ZERO], integer(-LARGEST - 1)),
      step("last", [], [ZERO], integer(-1)),
      ofEach(block, extreme("blockKey", "min", within, initially.key, none)),
      ofEach(block, extreme("blockPlace", "min", within, initially.place, beyond)),
      whole("order", { name: "j", extent: count }, integer(0)),
      extreme("best", "min", block, select(some, at("blockKey", own), none), none, t),
      extreme("chosen", "min", block, select(isBest, indexExpr(own), last), last, t),
      step("found", [t], [], at("blockPlace", chosen)),
      step("order", [t], [axisIndex(t)], at("found")),
      step("lastKey", [t], [ZERO], at("best")),
      step("last", [t], [ZERO], at("found")),
      extreme("newKey", "min", within, later.key, none, t),
      extreme("newPlace", "min", within, later.place, beyond, t),
      step("blockKey", [t], [chosen], at("newKey")),
      step("blockPlace", [t], [chosen], at("newPlace")),
    ],
    at: (j) => at("order", j),
  };
}

/** Of what comes after the last one taken, in one block: the least key, and by that the first place. */
function firstOf(
  within: Axis,
  extent: number,
): (block: Expr, least: Expr) => { readonly key: Expr; readonly place: Expr } {
  return (block, least) => {
    const place = add(binary("mul", block, integer(within.extent)), indexExpr(axisIndex(within)));
    const mine = at("key", opaqueIndex(place, 0, extent - 1));
    const [lastKey, last] = [at("lastKey", ZERO), at("last", ZERO)];
    const after = binary(
      "or",
      binary("gt", mine, lastKey),
      and(binary("eq", mine, lastKey), binary("gt", place, last)),
    );
    const left = and(binary("lt", place, extent), after);
    return {
      key: select(left, mine, integer(LARGEST)),
      place: select(and(left, binary("eq", mine, least)), place, integer(extent)),
    };
  };
}

/** One for each element of an axis, instead of one. */
function ofEach(axis: Axis, compute: Compute): Compute {
  return { ...compute, axes: [axis], index: [axisIndex(axis)] };
}
