/** Sums that two kernels have in common: to compare what they mean, a term of each is enough. */
import { addIndex, axisIndex, scaleIndex, substituteExpr } from "../../compute/affine.js";
import { mapCompute } from "../../compute/expr.js";
import type { Axis, Index, Kernel } from "../../compute/ir.js";
import type { ProgramKernel } from "../program.js";
import { PART } from "../winograd/sums.js";

export interface HeldSums {
  /** Where sums of the kernel that was stand, and of what makes what the new one reads. */
  readonly before: ReadonlyMap<string, number>;
  /** Where those of the new one stand: in parts, if it sums up so, or at two elements that are half of a sum apart. */
  readonly now: ReadonlyMap<string, number>;
  /** The kernel that was, which sums up no more than those two where the new one goes on by pairs. */
  readonly was: Kernel;
}

/** Axes that both sum up along, so many terms before the last. */
export function heldSums(
  { kernel }: ProgramKernel,
  { kernel: was }: ProgramKernel,
  back: number,
): HeldSums {
  const [all, pairs] = [sumsOf(kernel), pairsIn(kernel)];
  const part = all.find(({ name }) => name === PART);
  const before = new Map<string, number>();
  const now = new Map<string, number>();
  const halves = new Map<string, Pair>();
  for (const axis of sumsOf(was)) {
    const { name, extent } = axis;
    const half = Math.ceil(extent / 2);
    const whole = standing(all, part, axis, extent - 1 - back);
    const lastPair = Math.floor(extent / 2) - 1 - back;
    const pair =
      half < extent ? standing(pairs, part, { name, extent: half }, lastPair) : undefined;
    for (const [one, at] of whole?.held ?? pair?.held ?? []) now.set(one, at);
    if (whole !== undefined) before.set(name, whole.at);
    else if (pair !== undefined) halves.set(name, { at: pair.at, half });
  }
  return { before, now, was: overPairs(was, halves) };
}

/** Two elements that are half of a sum apart. */
interface Pair {
  readonly at: number;
  readonly half: number;
}

/** A kernel that sums up those pairs alone. */
function overPairs(kernel: Kernel, pairs: ReadonlyMap<string, Pair>): Kernel {
  if (pairs.size === 0) return kernel;
  const places = new Map(
    [...pairs].map(([name, { at, half }]): [string, Index] => [
      name,
      addIndex(scaleIndex(axisIndex(name), half), at),
    ]),
  );
  const computes = kernel.computes.map((compute) => ({
    ...mapCompute(compute, (expr) => substituteExpr(expr, places)),
    reduce: compute.reduce.map((axis) => (pairs.has(axis.name) ? { ...axis, extent: 2 } : axis)),
  }));
  return { ...kernel, computes };
}

/**
 * Where axes stand at a step of a sum; of one in parts at the second step of the last part, which no other order of its
 * steps has there. Undefined where they do not sum up along it.
 */
function standing(
  axes: readonly Axis[],
  part: Axis | undefined,
  { name, extent }: Axis,
  last: number,
): { readonly at: number; readonly held: readonly (readonly [string, number])[] } | undefined {
  // Several sums of a kernel may have axes of one name.
  const named = axes.filter((axis) => axis.name === name);
  if (named.some((axis) => axis.extent === extent)) {
    const at = Math.max(0, last);
    return { at, held: [[name, at]] };
  }
  const own = named.find((axis) => axis.extent * (part?.extent ?? 0) === extent);
  if (part === undefined || own === undefined) return undefined;
  const at = last - own.extent + 2;
  return {
    at,
    held: [
      [name, at % own.extent],
      [part.name, Math.floor(at / own.extent)],
    ],
  };
}

function sumsOf({ computes }: Kernel): readonly Axis[] {
  return computes.flatMap(({ reduce }) => reduce);
}

/** What a kernel sums up along two by two. */
export function pairsIn({ computes }: Kernel): readonly Axis[] {
  return computes.flatMap(({ reduce, body }) =>
    body.kind === "binary" && body.op === "dot16" ? reduce : [],
  );
}
