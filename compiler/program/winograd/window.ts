/** Finds kernels that slide windows of three over an image, one step at a time: what Winograd's algorithm computes with fewer products. */
import { axisIndex } from "../../compute/affine.js";
import { exprMentions, mentions, sameIndex } from "../../compute/walk.js";
import type { Axis, Compute, Expr, Index, Kernel } from "../../compute/ir.js";
import { TAPS } from "./tables.js";

export type Load = Extract<Expr, { kind: "load" }>;

/** A dimension that windows slide along: x is read at `out` + `tap` + `shift`. */
export interface Slide {
  readonly out: Axis;
  readonly tap: Axis;
  /** The dims of x, w and the output that it is. */
  readonly x: number;
  readonly w: number;
  readonly y: number;
  readonly shift: number;
}

/** out[batch, group, oc, slides] = Σ over ic and taps of x · w */
export interface Windowed {
  readonly compute: Compute;
  readonly x: Load;
  readonly w: Load;
  /** One or two, in the order of the output's dims. */
  readonly slides: readonly [Slide, ...Slide[]];
  /** Axes of x and the output alone, of all, of w and the output alone, and of what is summed up. */
  readonly batch: readonly Axis[];
  readonly groups: readonly Axis[];
  readonly outputs: Axis;
  readonly inputs: Axis;
}

/** The windows of a kernel; undefined where it is none of that kind. */
export function windowedKernel({
  outer,
  temporaries,
  computes,
  inputs,
}: Kernel): Windowed | undefined {
  const [compute, ...more] = computes;
  if (compute === undefined || more.length + outer.length + temporaries.length > 0)
    return undefined;
  if (compute.scan !== undefined || compute.combine !== "sum") return undefined;
  const { body } = compute;
  if (body.kind !== "binary" || body.op !== "mul" || body.dtype !== "f32") return undefined;
  const [x, w] = [body.left, body.right];
  if (x.kind !== "load" || w.kind !== "load" || w.boundary !== undefined) return undefined;
  if (x.dtype !== "f32" || w.dtype !== "f32" || x.source === w.source) return undefined;
  if (!inputs.some(({ name, constant }) => name === w.source && constant === true))
    return undefined;
  const slides = compute.axes.flatMap((axis) => slideOf(axis, compute, x, w) ?? []);
  if (slides.length === 0 || slides.length > 2) return undefined;
  const axes = compute.axes.filter((axis) => !slides.some(({ out }) => out === axis));
  const reduce = compute.reduce.filter((axis) => !slides.some(({ tap }) => tap === axis));
  const inX = ({ name }: Axis): boolean => exprMentions(x, name);
  const inW = ({ name }: Axis): boolean => exprMentions(w, name);
  const batch = axes.filter((axis) => inX(axis) && !inW(axis));
  const groups = axes.filter((axis) => inX(axis) && inW(axis));
  const [outputs, ...others] = axes.filter((axis) => !inX(axis));
  const [channels, ...taps] = reduce;
  if (outputs === undefined || others.length > 0 || !inW(outputs)) return undefined;
  if (channels === undefined || taps.length > 0 || !inX(channels) || !inW(channels))
    return undefined;
  return {
    compute,
    x,
    w,
    slides: slides as [Slide, ...Slide[]],
    batch,
    groups,
    outputs,
    inputs: channels,
  };
}

function slideOf(out: Axis, { reduce, index }: Compute, x: Load, w: Load): Slide | undefined {
  const dims = x.index.flatMap((one, d) => (mentions(one, out.name) ? [d] : []));
  const [at] = dims;
  if (at === undefined || dims.length > 1 || exprMentions(w, out.name)) return undefined;
  const tap = reduce.find((axis) => axis.extent === TAPS && isSum(x.index[at]!, [out, axis]));
  if (tap === undefined) return undefined;
  const only = (indices: readonly Index[], axis: Axis): number => {
    const own = indices.flatMap((one, d) => (mentions(one, axis.name) ? [d] : []));
    return own.length === 1 && sameIndex(indices[own[0]!]!, axisIndex(axis)) ? own[0]! : -1;
  };
  const [inW, inY] = [only(w.index, tap), only(index, out)];
  const elsewhere = x.index.some((one, d) => d !== at && mentions(one, tap.name));
  if (inW < 0 || inY < 0 || elsewhere) return undefined;
  return { out, tap, x: at, w: inW, y: inY, shift: x.index[at]!.constant };
}

/** Whether an index is the sum of axes and a constant. */
function isSum({ terms }: Index, axes: readonly Axis[]): boolean {
  return (
    terms.length === axes.length &&
    axes.every(({ name }) => terms.some(({ of, coefficient }) => of === name && coefficient === 1))
  );
}
