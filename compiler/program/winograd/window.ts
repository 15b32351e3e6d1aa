/** Finds kernels that slide windows over an image: what Winograd's algorithm computes with fewer products. */
import { axisIndex, substituteExpr, ZERO } from "../../compute/affine.js";
import { exprMentions, mentions, sameIndex } from "../../compute/walk.js";
import type { Axis, Compute, Index, Kernel, Load } from "../../compute/ir.js";
import { rangeOfStorage, storageOf } from "../../loop/storage.js";
import { lessNumber } from "../dots/products.js";
import type { Factors } from "./tables.js";

/**
 * An axis of x and the output. With a `tap` windows slide along it: x is read at step · (phases · `out` + `tap`) + some
 * number. Winograd's algorithm wants one phase; of several, every so manyth tap is a window of that kind (phases.ts).
 */
export interface Dimension {
  readonly out: Axis;
  readonly tap: Axis | undefined;
  readonly phases: number;
}

/** What is known of integers of a kernel of windows. */
export interface Integers {
  /** What is subtracted from those of x, and the least and the greatest that there are then, 0 among them. */
  readonly zero: number;
  readonly low: number;
  readonly high: number;
  /** How large weights are at most, and any sum of products, without what it begins with. */
  readonly weight: number;
  readonly sum: number;
}

/** out[dims, groups, oc] = Σ over ic and taps of x · w */
export interface Windowed {
  readonly compute: Compute;
  readonly x: Load;
  readonly w: Load;
  /** In the order of the output's; windows slide along one or two of them. */
  readonly dims: readonly Dimension[];
  /** Axes of all, of w and the output alone, and of what is summed up. */
  readonly groups: readonly Axis[];
  readonly outputs: Axis;
  readonly inputs: Axis;
  /** Set where they are the phases of fewer (gather.ts). */
  readonly isGathered?: true;
  /** Set where all are integers (integers.ts). */
  readonly integers?: Integers;
}

/** Along how many dimensions windows may slide: transforms of three would be the larger part. */
const MOST_SLIDES = 2;

/** The windows of a kernel over floats or integers; undefined where it is none of that kind. */
export function windowedKernel(kernel: Kernel, factors: Factors = "floats"): Windowed | undefined {
  const product = productOf(kernel, factors);
  if (product === undefined) return undefined;
  const { compute, x, w, zero } = product;
  const inX = ({ name }: Axis): boolean => exprMentions(x, name);
  const inW = ({ name }: Axis): boolean => exprMentions(w, name);
  const dims = compute.axes
    .filter((axis) => inX(axis) && !inW(axis))
    .map((out) => ({ out, ...(tapOf(out, compute, x, w) ?? { tap: undefined, phases: 1 }) }));
  const taps = new Set(dims.flatMap(({ tap }) => tap ?? []));
  if (taps.size === 0 || taps.size > MOST_SLIDES) return undefined;
  const groups = compute.axes.filter((axis) => inX(axis) && inW(axis));
  const [outputs, ...others] = compute.axes.filter((axis) => !inX(axis));
  if (outputs === undefined || others.length > 0 || !inW(outputs)) return undefined;
  const summed = compute.reduce.filter((axis) => !taps.has(axis));
  const inputs = summed.find(({ extent }) => extent > 1) ?? summed[0];
  if (inputs === undefined || !inX(inputs) || !inW(inputs)) return undefined;
  // Windows that are one element wide along a dimension.
  const single = summed.filter((axis) => axis !== inputs);
  if (single.some(({ extent }) => extent > 1)) return undefined;
  const first = new Map(single.map(({ name }): [string, Index] => [name, ZERO]));
  const at = (load: Load): Load => substituteExpr(load, first) as Load;
  const windowed = { compute, x: at(x), w: at(w), dims, groups, outputs, inputs };
  if (factors === "floats") return windowed;
  const integers = integersOf(windowed, kernel, zero);
  return integers && { ...windowed, integers };
}

/** Whether windows move by one of their taps at a time. */
export function inOnePhase({ dims }: Windowed): boolean {
  return dims.every(({ phases }) => phases === 1);
}

/** The one Compute of a kernel that sums up products of what a run knows and what is known before. */
function productOf(
  { outer, temporaries, computes, inputs }: Kernel,
  factors: Factors,
): (Pick<Windowed, "compute" | "x" | "w"> & { readonly zero: number }) | undefined {
  const [compute, ...more] = computes;
  if (compute === undefined || more.length + outer.length + temporaries.length > 0)
    return undefined;
  if (compute.scan !== undefined || compute.combine !== "sum") return undefined;
  const { body } = compute;
  if (body.kind !== "binary" || body.op !== "mul") return undefined;
  if (body.dtype !== (factors === "floats" ? "f32" : "i32")) return undefined;
  const { x, zero } = lessNumber(body.left) ?? {};
  const w = body.right;
  if (x === undefined || zero === undefined || w.kind !== "load") return undefined;
  if ((factors === "floats" && zero !== 0) || w.boundary !== undefined) return undefined;
  if (x.source === w.source) return undefined;
  const isConstant = inputs.some(({ name, constant }) => name === w.source && constant === true);
  return isConstant ? { compute, x, w, zero } : undefined;
}

/** What types say of integers; undefined where those of x are no bytes, or padded with anything but a number. */
function integersOf(
  { x, w, dims, inputs }: Windowed,
  kernel: Kernel,
  zero: number,
): Integers | undefined {
  const rangeOf = (source: string): ReturnType<typeof rangeOfStorage> => {
    const { dtype } = kernel.inputs.find(({ name }) => name === source)!.type;
    return rangeOfStorage(storageOf(dtype));
  };
  const [ofX, ofW] = [rangeOf(x.source), rangeOf(w.source)];
  if (ofX === undefined || ofW === undefined || ofX.max > 255) return undefined;
  if (x.boundary !== undefined && x.boundary.mode !== "constant") return undefined;
  const around = x.boundary?.value ?? 0;
  // Beyond the edges of tiles there are others, which add to nothing that is kept, but must fit, too.
  const all = [0, ofX.min - zero, ofX.max - zero, around - zero];
  const [low, high] = [Math.min(...all), Math.max(...all)];
  const weight = -ofW.min;
  const taps = dims.reduce((product, { tap }) => product * (tap?.extent ?? 1), 1);
  const sum = taps * inputs.extent * weight * Math.max(-low, high);
  return { zero, low, high, weight, sum };
}

/** The axis of windows that slide along `out`, if there are any, and in how many phases. */
function tapOf(
  out: Axis,
  { reduce, index }: Compute,
  x: Load,
  w: Load,
): { readonly tap: Axis; readonly phases: number } | undefined {
  const [at, ...more] = x.index.filter((one) => mentions(one, out.name));
  if (at === undefined || more.length > 0) return undefined;
  const tap = reduce.find((axis) => axis.extent > 1 && phasesOf(at, out, axis) !== undefined);
  if (tap === undefined) return undefined;
  const isOwn = (indices: readonly Index[], axis: Axis): boolean => {
    const own = indices.filter((one) => mentions(one, axis.name));
    return own.length === 1 && sameIndex(own[0]!, axisIndex(axis));
  };
  const elsewhere = x.index.some((one) => one !== at && mentions(one, tap.name));
  if (!isOwn(w.index, tap) || !isOwn(index, out) || elsewhere) return undefined;
  return { tap, phases: phasesOf(at, out, tap)! };
}

/** How many steps of a tap one of `out` is, where an index is of the two and a constant. */
function phasesOf({ terms }: Index, out: Axis, tap: Axis): number | undefined {
  const stepOf = ({ name }: Axis): number =>
    terms.find(({ of }) => of === name)?.coefficient ?? NaN;
  const phases = stepOf(out) / stepOf(tap);
  return terms.length === 2 && Number.isInteger(phases) && stepOf(tap) > 0 ? phases : undefined;
}
