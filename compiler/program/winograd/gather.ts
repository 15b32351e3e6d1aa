/**
 * Windows that move by several of their taps, over few channels, as windows that move by one over more channels: what
 * the phases read becomes channels of a coarser image, which a kernel of its own gathers, and what the edge needs is
 * in it. Taps that a phase has fewer of than others are zero.
 *
 *   x'[phase · C + c, i] = x[c, 2·i + phase − pad];   y[o] = Σ over k < 4 and c' < 2·C of x'[c', o + k] · w'[c', k]
 *
 * An image of three channels and windows of 7×7, two steps apart, are twelve channels and windows of 4×4.
 */
import { addIndex, axisIndex, scaleIndex, substituteIndex, ZERO } from "../../compute/affine.js";
import { load, mul } from "../../compute/expr.js";
import type { Axis, Compute, Index, Kernel, Load } from "../../compute/ir.js";
import { mentions, sameIndex } from "../../compute/walk.js";
import type { Dimension, Windowed } from "./window.js";

/** What the kernels of a gathered one compute: the image, the weights at load, and what it did of them. */
export interface Gathered {
  readonly image: Kernel;
  readonly weights: Kernel;
  readonly kernel: Kernel;
}

/** What kernels over gathered channels say of how they compute. */
export const GATHERED = "phases as channels";

/** Phases of all dimensions together. */
export function phaseCount({ dims }: Windowed): number {
  return dims.reduce((product, { phases }) => product * phases, 1);
}

/** The windows over the channels of all phases; undefined where an image of them would be another one than what is read. */
export function gatheredWindows(windowed: Windowed): Windowed | undefined {
  const { x, w, inputs, groups } = windowed;
  const ends = x.boundary === undefined || x.boundary.mode === "constant";
  const isAlone = groups.every(({ extent }) => extent === 1);
  if (!ends || !isAlone || channelOf(x, windowed) < 0 || channelOf(w, windowed) < 0)
    return undefined;
  return {
    ...windowed,
    isGathered: true,
    inputs: { ...inputs, extent: inputs.extent * phaseCount(windowed) },
    dims: windowed.dims.map(({ out, tap, phases }): Dimension => {
      const extent = Math.ceil((tap?.extent ?? 1) / phases);
      return { out, tap: tap && extent > 1 ? { ...tap, extent } : undefined, phases: 1 };
    }),
  };
}

/** The dimension of what is loaded that is the sum's own channels; -1 where none is just those. */
function channelOf({ index }: Load, { inputs, groups }: Windowed): number {
  const none = new Map(groups.map(({ name }): [string, Index] => [name, ZERO]));
  return index.findIndex((one) => sameIndex(substituteIndex(one, none), axisIndex(inputs)));
}

/** A kernel's windows over gathered channels: `windows` are those of `gatheredWindows`. */
export function gathered(kernel: Kernel, whole: Windowed, windows: Windowed): Gathered {
  const image = imageOf(kernel, whole, windows);
  const weights = weightsOf(kernel, whole, windows);
  const { compute, x, w, inputs, dims } = windows;
  const renewed = new Map([
    [x.source, image.output],
    [w.source, weights.output],
  ]);
  const slides = whole.dims.flatMap(({ tap }, d) => (tap === undefined ? [] : [{ tap, d }]));
  const along = (mentioned: Index): Dimension | undefined =>
    dims[slides.find(({ tap }) => mentions(mentioned, tap.name))?.d ?? -1];
  const ofX = x.index.map((one): Index => {
    const dimension = along(one);
    if (dimension === undefined) return one;
    const { out, tap } = dimension;
    return addIndex(axisIndex(out), tap === undefined ? 0 : axisIndex(tap));
  });
  const ofW = w.index.map((one): Index => {
    const dimension = along(one);
    if (dimension === undefined) return one;
    return dimension.tap === undefined ? ZERO : axisIndex(dimension.tap);
  });
  const reduce = [inputs, ...dims.flatMap(({ tap }) => tap ?? [])];
  const summed: Compute = {
    ...compute,
    reduce,
    body: mul(load(x.source, ofX), load(w.source, ofW)),
  };
  const changed = kernel.inputs.map((input) => {
    const type = renewed.get(input.name);
    return type === undefined ? input : { ...input, type };
  });
  return { image, weights, kernel: { ...kernel, inputs: changed, computes: [summed] } };
}

/** Copies what is loaded to the channels of its phases, so many elements of each along a dimension. */
function gather(
  kernel: Kernel,
  loaded: Load,
  whole: Windowed,
  extentAlong: (dimension: number) => number,
  read: (dimension: number, axis: Axis, phase: Axis) => Index,
): Kernel {
  const input = kernel.inputs.find(({ name }) => name === loaded.source)!;
  const channel = channelOf(loaded, whole);
  const slides = loaded.index.map((one) => slideOf(one, whole));
  const axes = input.type.dims.map((extent, d): Axis => {
    const along = slides[d]!;
    const own = d === channel ? whole.inputs.extent : extent;
    return { name: `d${d}`, extent: along < 0 ? own : extentAlong(along) };
  });
  // The same order of phases, however the dimensions of what is loaded stand.
  const phases = whole.dims.flatMap(({ phases: extent }, along) =>
    slides.includes(along) ? [{ along, axis: { name: `p${along}`, extent } }] : [],
  );
  const phaseAlong = (along: number): Axis => phases.find((one) => one.along === along)!.axis;
  const position = phases.reduce(
    (sum, { axis }) => addIndex(scaleIndex(sum, axis.extent), axisIndex(axis)),
    ZERO,
  );
  const place = addIndex(scaleIndex(position, whole.inputs.extent), axisIndex(axes[channel]!));
  const compute: Compute = {
    target: "out",
    axes: [...axes.slice(0, channel), ...phases.map(({ axis }) => axis), ...axes.slice(channel)],
    reduce: [],
    body: {
      kind: "load",
      dtype: "f32",
      source: loaded.source,
      index: axes.map((axis, d) => {
        const along = slides[d]!;
        return along < 0 ? axisIndex(axis) : read(along, axis, phaseAlong(along));
      }),
      boundary: loaded.boundary ?? { mode: "constant", value: 0 },
    },
    index: axes.map((axis, d) => (d === channel ? place : axisIndex(axis))),
  };
  const count = phaseCount(whole) * whole.inputs.extent;
  return {
    outer: [],
    inputs: [input],
    constants: [],
    temporaries: [],
    computes: [compute],
    output: { dtype: "f32", dims: axes.map(({ extent }, d) => (d === channel ? count : extent)) },
  };
}

/** The dimension along whose windows an index goes; -1 for none. */
function slideOf(index: Index, { dims }: Windowed): number {
  return dims.findIndex(
    ({ tap, out }) => tap !== undefined && (mentions(index, tap.name) || mentions(index, out.name)),
  );
}

/** Each phase of the image, with what windows read beyond its edges. */
function imageOf(kernel: Kernel, whole: Windowed, windows: Windowed): Kernel {
  const extent = (d: number): number =>
    windows.dims[d]!.out.extent + (windows.dims[d]!.tap?.extent ?? 1) - 1;
  return gather(kernel, whole.x, whole, extent, (along, axis, phase) => {
    const { out, tap } = whole.dims[along]!;
    const own = whole.x.index.find((one) => mentions(one, out.name))!;
    // Of what is read at `out` and `tap`: element i of a phase is tap `phase` of output i.
    const places = new Map([
      [out.name, axisIndex(axis)],
      [tap!.name, axisIndex(phase)],
    ]);
    return substituteIndex(own, places);
  });
}

/** The taps of each phase, zeros behind the last one. */
function weightsOf(kernel: Kernel, whole: Windowed, windows: Windowed): Kernel {
  const extent = (d: number): number => windows.dims[d]!.tap?.extent ?? 1;
  return gather(kernel, whole.w, whole, extent, (along, axis, phase) =>
    addIndex(scaleIndex(axisIndex(axis), whole.dims[along]!.phases), axisIndex(phase)),
  );
}
