/** Finds kernels that sum up products with narrow weights, each of which is read once: what is limited by how they are widened. */
import { axisIndex } from "../../compute/affine.js";
import type { Axis, Compute, Expr, Index, Kernel } from "../../compute/ir.js";
import { loads } from "../../compute/loads.js";
import { exprMentions, sameIndex } from "../../compute/walk.js";
import { factorsOf } from "../fuse/widening.js";
import type { Format } from "./formats.js";

const LANES = 4;

/** out[…, channels] = Σ factors · w[…, channels, …, steps …] */
export interface NarrowSums {
  readonly compute: Compute;
  readonly format: Format;
  /** What weights are multiplied with. */
  readonly factors: readonly Expr[];
  readonly source: string;
  /** What each dim of the weights is read along. */
  readonly index: readonly Index[];
  /** An axis of the weights and the output alone, the dim of the weights that it is, and the words that it becomes. */
  readonly channels: Axis;
  readonly channel: number;
  readonly words: number;
  /** The longest axis that is summed up, and the dim of the weights that it is. */
  readonly steps: Axis;
  readonly step: number;
}

/** The sums of a kernel over weights of a source; undefined where it is none of that kind. */
export function narrowSums(kernel: Kernel, source: string, format: Format): NarrowSums | undefined {
  const { outer, temporaries, computes } = kernel;
  const [compute, ...more] = computes;
  if (compute === undefined || more.length + outer.length + temporaries.length > 0)
    return undefined;
  const { scan, combine, body, init, epilogue, axes, reduce } = compute;
  if (scan !== undefined || combine !== "sum" || body.dtype !== "f32") return undefined;
  if ([init, epilogue].some((expr) => expr !== undefined && loads(expr, source))) return undefined;
  const all = factorsOf(body);
  const factors = all.filter((factor) => !loads(factor, source));
  const [weight, ...others] = all.filter((factor) => loads(factor, source));
  if (weight === undefined || others.length > 0 || factors.length === 0) return undefined;
  const load = weight.kind === "cast" ? weight.operand : weight;
  if (load.kind !== "load" || load.boundary !== undefined) return undefined;
  const { index } = load;
  const dimOf = (axis: Axis): number => index.findIndex((one) => sameIndex(one, axisIndex(axis)));
  if ([...axes, ...reduce].filter((axis) => dimOf(axis) >= 0).length < index.length)
    return undefined;
  const fields = format.shift.length;
  const wordsFor = ({ extent }: Axis): number => LANES * Math.ceil(extent / (LANES * fields));
  const channels = axes.find(
    (axis) =>
      dimOf(axis) >= 0 &&
      // The highest field of the last words may stay empty, no other.
      (fields - 1) * wordsFor(axis) < axis.extent &&
      !factors.some((factor) => exprMentions(factor, axis.name)),
  );
  const [steps] = reduce.filter((axis) => dimOf(axis) >= 0).sort((a, b) => b.extent - a.extent);
  if (channels === undefined || steps === undefined) return undefined;
  return {
    compute,
    format,
    factors,
    source,
    index,
    channels,
    channel: dimOf(channels),
    words: wordsFor(channels),
    steps,
    step: dimOf(steps),
  };
}
