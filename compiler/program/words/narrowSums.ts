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
  /** The longest axis that is summed up, the dim of the weights that it is, and the words that it becomes. */
  readonly steps: Axis;
  readonly step: number;
  readonly words: number;
  /** So many equal parts of the words are summed up one after the other, each for all channels. */
  readonly parts: number;
}

/** What so many words are multiplied with stays in the first-level cache while weights of all channels go by. */
const PART = 256;

/** The dims of weights once steps are parts of words. */
export function wordDims(
  dims: readonly number[],
  { step, words, parts }: Pick<NarrowSums, "step" | "words" | "parts">,
): readonly number[] {
  return dims.flatMap((dim, d) => (d === step ? [parts, words / parts] : [dim]));
}

/** The sums of a kernel over weights of a source, in parts of about so many words at most; undefined where it is none of that kind. */
export function narrowSums(
  kernel: Kernel,
  source: string,
  format: Format,
  most = PART,
): NarrowSums | undefined {
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
  // Lanes run along channels: an axis of the weights and the output alone.
  const hasChannels = axes.some(
    (axis) =>
      dimOf(axis) >= 0 &&
      axis.extent >= LANES &&
      !factors.some((factor) => exprMentions(factor, axis.name)),
  );
  const [steps] = reduce.filter((axis) => dimOf(axis) >= 0).sort((a, b) => b.extent - a.extent);
  if (!hasChannels || steps === undefined) return undefined;
  const fields = format.shift.length;
  const parts = Math.ceil(steps.extent / (fields * most));
  const words = parts * LANES * Math.ceil(steps.extent / (parts * LANES * fields));
  // The highest field of the last words may stay empty, no other.
  if ((fields - 1) * words >= steps.extent) return undefined;
  return { compute, format, factors, source, index, steps, step: dimOf(steps), words, parts };
}
