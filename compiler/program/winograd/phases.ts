/**
 * Windows that move by several of their taps at a step, as sums of windows that move by one: every so manyth tap reads
 * every so manyth element, and those are windows over a coarser image. Each such phase is a kernel of its own, which
 * goes on with the sums of the one before it:
 *
 *   Σk x[2·o + k] · w[k], k < 3   =   Σk x[2·(o + k)] · w[2·k], k < 2   +   x[2·o + 1] · w[1]
 *
 * Of 3×3 taps, two steps apart, these are windows of 2×2, 2×1, 1×2 and 1×1: with tiles of four outputs along each
 * dimension 81 products for 16 outputs instead of 144.
 */
import { addIndex, at, axisIndex, scaleIndex, substituteExpr } from "../../compute/affine.js";
import { load } from "../../compute/expr.js";
import type { Axis, Compute, Expr, Index, Kernel } from "../../compute/ir.js";
import { mentions, walkExpr } from "../../compute/walk.js";
import type { Windowed } from "./window.js";

/** More than two phases along each of two dimensions would read and write sums too often. */
const MOST_PHASES = 4;

/** What a kernel calls the sums of the phases before. */
export const SUMS = "sums";

/** Along each dimension, which tap is the first one; those `phases` apart follow. */
export type Phase = readonly number[];

/** All phases of windows; none where there are too many. */
export function phasesOf({ dims }: Windowed): readonly Phase[] {
  const all = dims.reduce<readonly Phase[]>(
    (before, { tap, phases }) =>
      before.flatMap((one) =>
        Array.from({ length: Math.min(phases, tap?.extent ?? 1) }, (_, first) => [...one, first]),
      ),
    [[]],
  );
  return all.length > MOST_PHASES ? [] : all;
}

/** The windows of one phase. */
export function phaseOf(windowed: Windowed, phase: Phase): Windowed {
  const dims = windowed.dims.map(({ out, tap, phases }, d) => {
    const extent = Math.ceil(((tap?.extent ?? 1) - phase[d]!) / phases);
    return { out, tap: tap && extent > 1 ? { ...tap, extent } : undefined, phases: 1 };
  });
  return { ...windowed, dims };
}

/** The taps of a phase alone, as a kernel over the weights of all. */
export function weightsOfPhase(kernel: Kernel, windowed: Windowed, phase: Phase): Kernel {
  const { w } = windowed;
  const input = kernel.inputs.find(({ name }) => name === w.source)!;
  const axes = input.type.dims.map((extent, d): Axis => {
    const along = slideAt(windowed, w.index[d]!);
    const taps = along < 0 ? extent : (phaseOf(windowed, phase).dims[along]!.tap?.extent ?? 1);
    return { name: `d${d}`, extent: taps };
  });
  const index = axes.map((axis, d): Index => {
    const along = slideAt(windowed, w.index[d]!);
    if (along < 0) return axisIndex(axis);
    const { phases } = windowed.dims[along]!;
    return addIndex(scaleIndex(axisIndex(axis), phases), phase[along]!);
  });
  const compute: Compute = {
    target: "out",
    axes,
    reduce: [],
    body: load(w.source, index),
    index: at(...axes),
  };
  return {
    outer: [],
    inputs: [input],
    constants: [],
    temporaries: [],
    computes: [compute],
    output: { dtype: "f32", dims: axes.map(({ extent }) => extent) },
  };
}

/** The dimension along whose windows an index of the weights goes; -1 for none. */
function slideAt({ dims }: Windowed, index: Index): number {
  return dims.findIndex(({ tap }) => tap !== undefined && mentions(index, tap.name));
}

/** Adds one phase up, over its own weights: the first begins as the kernel does, the last ends as it does. */
export function kernelOfPhase(
  kernel: Kernel,
  windowed: Windowed,
  phase: Phase,
  { isFirst, isLast }: { readonly isFirst: boolean; readonly isLast: boolean },
): Kernel {
  const { compute, w } = windowed;
  const own = phaseOf(windowed, phase);
  const slides = windowed.dims.flatMap(({ tap, phases }, d) =>
    tap === undefined ? [] : [{ tap, phases, first: phase[d]!, left: own.dims[d]!.tap }],
  );
  const read = new Map(
    slides.map(({ tap, phases, first, left }): [string, Index] => [
      tap.name,
      addIndex(left === undefined ? 0 : scaleIndex(axisIndex(left), phases), first),
    ]),
  );
  const weighed = new Map(
    slides
      .filter(({ left }) => left === undefined)
      .map(({ tap }): [string, Index] => [tap.name, addIndex(0)]),
  );
  const body = compute.body as Extract<Expr, { kind: "binary" }>;
  const phased = (side: Expr): Expr =>
    substituteExpr(side, side.kind === "load" && side.source === w.source ? weighed : read);
  const { init, epilogue, ...rest } = compute;
  const begin = isFirst ? init : load(SUMS, compute.index);
  const inputs = kernel.inputs.map((input) =>
    input.name === w.source
      ? { ...input, type: weightsOfPhase(kernel, windowed, phase).output }
      : input,
  );
  const summed: Compute = {
    ...rest,
    reduce: compute.reduce.flatMap((axis) => {
      const slide = slides.find(({ tap }) => tap === axis);
      return slide === undefined ? [axis] : slide.left === undefined ? [] : [slide.left];
    }),
    body: { ...body, left: phased(body.left), right: phased(body.right) },
    ...(begin === undefined ? {} : { init: begin }),
    ...(isLast && epilogue !== undefined ? { epilogue } : {}),
  };
  const loaded = sourcesOf(summed);
  const isLoaded = ({ name }: { readonly name: string }): boolean => loaded.has(name);
  return {
    ...kernel,
    inputs: [...inputs, { name: SUMS, type: kernel.output }].filter(isLoaded),
    constants: kernel.constants.filter(isLoaded),
    computes: [summed],
  };
}

/** What a Compute loads from. */
function sourcesOf({ init, body, epilogue }: Compute): ReadonlySet<string> {
  const sources = new Set<string>();
  for (const root of [init, body, epilogue])
    if (root !== undefined)
      walkExpr(root, (inner) => inner.kind === "load" && sources.add(inner.source));
  return sources;
}
