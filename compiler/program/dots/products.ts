/** Finds sums of products of bytes with bytes that are the same in every run: what engines multiply four at a time. */
import { axisIndex } from "../../compute/affine.js";
import type { Axis, Compute, Expr, Index, Kernel, Load } from "../../compute/ir.js";
import { mentions, sameIndex } from "../../compute/walk.js";

/** out[…] = init + Σ (x[…, channel, …] − zero) · w[…, channel, …] */
export interface ByteProduct {
  readonly x: Load;
  readonly zero: number;
  /** Whether bytes of `x` have signs. */
  readonly signed: boolean;
  readonly w: Load;
  /** What is summed up four at a time, and the dims of both factors that it is. */
  readonly channel: Axis;
  readonly along: number;
  readonly dim: number;
  /** The dim of `x` that is an output of its own, as the channels of a depthwise convolution are. */
  readonly own: number | undefined;
  /** The dims of `w` that are not summed up. */
  readonly kept: readonly number[];
}

/** Fewer channels would leave most of a word empty, and fewer outputs most lanes. */
const FEWEST = 3;

/** The product of a Compute; undefined where it is no sum of such. */
export function byteProduct(compute: Compute, kernel: Kernel): ByteProduct | undefined {
  const { body, combine, reduce } = compute;
  if (combine !== "sum" || body.dtype !== "i32") return undefined;
  if (body.kind !== "binary" || body.op !== "mul") return undefined;
  const inputs = new Map(kernel.inputs.map((input) => [input.name, input]));
  const left = lessNumber(body.left);
  const w = body.right;
  if (left === undefined || w.kind !== "load" || w.boundary !== undefined) return undefined;
  const { x, zero } = left;
  const [of, by] = [inputs.get(x.source), inputs.get(w.source)];
  if (of === undefined || by?.constant !== true || by.type.dtype !== "i8") return undefined;
  if (of.constant === true || (of.type.dtype !== "i8" && of.type.dtype !== "u8")) return undefined;
  if (x.boundary !== undefined && x.boundary.mode !== "constant") return undefined;
  const dimOf = ({ name }: Axis): number =>
    w.index.findIndex((one) => sameIndex(one, axisIndex(name)));
  if (!isWhole(w.index, [...compute.axes, ...reduce]) || reduce.some((axis) => dimOf(axis) < 0))
    return undefined;
  // Each weight is multiplied several times: one that is not is limited by memory.
  if (!compute.axes.some((axis) => axis.extent > 1 && dimOf(axis) < 0)) return undefined;
  const summed = new Set(reduce.map(dimOf));
  const kept = w.index.flatMap((_, d) => (summed.has(d) ? [] : [d]));
  if (kept.every((d) => by.type.dims[d]! < FEWEST)) return undefined;
  // Channels stand alone in their index, what a window slides along does not.
  const own = kept.map((d) => dimOfIndex(x, w.index[d]!)).find((d) => d !== undefined);
  const [channel] = (own === undefined ? [...reduce].reverse() : reduce)
    .filter((axis) => axis.extent >= FEWEST && alongOf(x, axis) !== undefined)
    .sort((a, b) => termsOf(x, a) - termsOf(x, b) || b.extent - a.extent);
  if (channel === undefined) return undefined;
  return {
    x,
    zero,
    signed: of.type.dtype === "i8",
    w,
    channel,
    along: alongOf(x, channel)!,
    dim: dimOf(channel),
    own,
    kept,
  };
}

/** A load, less a number. */
export function lessNumber(expr: Expr): { readonly x: Load; readonly zero: number } | undefined {
  if (expr.kind === "load") return { x: expr, zero: 0 };
  if (expr.kind !== "binary" || expr.op !== "sub") return undefined;
  const { left, right } = expr;
  return left.kind === "load" && right.kind === "constant"
    ? { x: left, zero: right.value }
    : undefined;
}

/** The dim of a load that one axis is, which the index is too; undefined where that is none. */
function dimOfIndex({ index }: Load, one: Index): number | undefined {
  const at = index.findIndex((other) => one.terms.length > 0 && sameIndex(other, one));
  return at < 0 ? undefined : at;
}

/** Whether each index is one axis, all of it, or 0, and no two of them are the same axis. */
function isWhole(all: readonly Index[], axes: readonly Axis[]): boolean {
  const index = all.filter(({ terms, constant }) => terms.length > 0 || constant !== 0);
  const taken = index.map((one) => axes.find(({ name }) => sameIndex(one, axisIndex(name))));
  return taken.every((axis) => axis !== undefined) && new Set(taken).size === taken.length;
}

/** The dim of a load that alone has an axis, step by step. */
function alongOf({ index }: Load, { name }: Axis): number | undefined {
  const dims = index.flatMap((one, d) => (mentions(one, name) ? [d] : []));
  const [dim, ...more] = dims;
  if (dim === undefined || more.length > 0) return undefined;
  const terms = index[dim]!.terms.filter(({ of }) => of === name);
  return terms.length === 1 && terms[0]!.coefficient === 1 ? dim : undefined;
}

/** Of how many parts the index is in which an axis stands. */
function termsOf(x: Load, axis: Axis): number {
  return x.index[alongOf(x, axis)!]!.terms.length;
}
