/** One node's step: which positions of an operand's dimension follow from a position in its output. */
import { axesInScope } from "../compute/scan.js";
import { mentions } from "../compute/walk.js";
import type { Compute, Index, Kernel } from "../compute/ir.js";
import { indexInterval, type IntervalContext } from "./interval.js";
import { everywhere, measuredStride, type Span } from "./span.js";

/**
 * The positions that `index` takes for each position along the one output dimension it depends on; where
 * it depends on several, or on none, the same everywhere.
 */
export function stepSpan(
  index: Index,
  compute: Compute,
  kernel: Kernel,
  dims: readonly number[],
): Span {
  const extents = extentsOf(compute, kernel);
  const context = (fixed: ReadonlyMap<string, number>): IntervalContext => ({
    axis: (name) => {
      const at = fixed.get(name);
      return at === undefined ? { low: 0, high: extents.get(name)! - 1 } : { low: at, high: at };
    },
    table: (source) => kernel.constants.find(({ name }) => name === source)?.value,
  });
  const target = outputIndex(compute, kernel);
  const dim = drivingDim(index, target, dims);
  if (dim === undefined) return everywhere(indexInterval(index, context(new Map())));
  const low: number[] = [];
  const high: number[] = [];
  for (let p = 0; p < dims[dim]!; p++) {
    const axes = decode(target[dim]!, p, extents);
    const range = axes === undefined ? undefined : indexInterval(index, context(axes));
    low.push(range?.low ?? Infinity);
    high.push(range?.high ?? -Infinity);
  }
  return { dim, low, high, stride: affineStride(index, target[dim]!) ?? measuredStride(low) };
}

function extentsOf(compute: Compute, kernel: Kernel): ReadonlyMap<string, number> {
  const axes = axesInScope(kernel, compute);
  return new Map(axes.map((axis) => [axis.name, axis.extent]));
}

/** The output's index; a temporary's nest is tied to the output by the outer axes alone. */
function outputIndex(compute: Compute, kernel: Kernel): readonly Index[] {
  if (compute.target === "out") return compute.index;
  const outer = new Set(kernel.outer.map(({ name }) => name));
  const writer = kernel.computes.find((one) => one.target === "out");
  return (writer?.index ?? []).map((index) =>
    index.terms.every(({ of }) => typeof of === "string" && outer.has(of))
      ? index
      : { terms: [], constant: 0 },
  );
}

/** The output dimension that moves an index; those of extent 1 count only if there is no other. */
function drivingDim(
  index: Index,
  target: readonly Index[],
  dims: readonly number[],
): number | undefined {
  const moving = target.flatMap(({ terms }, dim) =>
    terms.some(({ of }) => typeof of === "string" && mentions(index, of)) ? [dim] : [],
  );
  const long = moving.filter((dim) => dims[dim]! > 1);
  const [only] = long.length > 0 ? long : moving;
  return Math.max(long.length, Math.min(1, moving.length)) === 1 ? only : undefined;
}

/** The axes' values at which an output index is p: out = 2·h + k, p = 5 => h = 2, k = 1. */
function decode(
  index: Index,
  p: number,
  extents: ReadonlyMap<string, number>,
): ReadonlyMap<string, number> | undefined {
  const axes = new Map<string, number>();
  let rest = p - index.constant;
  for (const { of, coefficient } of [...index.terms].sort(
    (a, b) => b.coefficient - a.coefficient,
  )) {
    if (typeof of !== "string" || coefficient <= 0) return undefined;
    const at = Math.min(extents.get(of)! - 1, Math.floor(rest / coefficient));
    if (at < 0) return undefined;
    axes.set(of, at);
    rest -= at * coefficient;
  }
  return rest === 0 ? axes : undefined;
}

/** Known without measuring where one axis drives both sides: x = 2·oh + kh, out = oh => 2. */
function affineStride(index: Index, target: Index): number | undefined {
  const [term] = target.terms;
  if (target.terms.length !== 1 || index.terms.some(({ of }) => typeof of !== "string"))
    return undefined;
  const driver = index.terms.find(({ of }) => of === term!.of);
  return driver === undefined ? undefined : driver.coefficient / term!.coefficient;
}
