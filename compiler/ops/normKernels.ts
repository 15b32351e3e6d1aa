/** How values are normalised by their own mean and deviation: of a run of dims, or of the maps of each channel or group. */
import { addIndex, axisIndex, scaleIndex, ZERO } from "../compute/affine.js";
import { accumulator, add, div, load, mul, sub, unary } from "../compute/expr.js";
import type { Axis, Compute, Expr, Index, Kernel, Temporary } from "../compute/ir.js";
import { elementCount } from "../base/tensor.js";
import { axesOf, indicesOf, kernelInputs } from "./axes.js";
import type { ComputeContext, OperandSpec } from "./op.js";

export const AFFINE: readonly OperandSpec[] = [
  { name: "x" },
  { name: "scale", optional: true },
  { name: "bias", optional: true },
];

type Context = Pick<ComputeContext<unknown>, "inputs" | "output">;

/** Where an element of x lies, that of its scale and bias, and that of its statistics. */
interface Element {
  readonly x: readonly Index[];
  readonly parameter: readonly Index[];
  readonly at: readonly Index[];
}

/**
 * x less the first element that its mean is taken of, which lies within √count deviations of that mean: of values
 * far from zero neither their sum nor the mean itself would have enough digits in f32.
 */
function shifted({ x, at }: Element): Expr {
  return sub(load("x", x), load("first", at));
}

function squared(element: Element): Expr {
  const centred = sub(shifted(element), load("mean", element.at));
  return mul(centred, centred);
}

/** (x − mean) / √(variance + ε) · scale + bias */
function normalized({ inputs }: Context, element: Element): Expr {
  const { parameter, at } = element;
  const centred = sub(shifted(element), load("mean", at));
  const normal = mul(centred, load("inverse", at));
  const scaled = inputs[1] === undefined ? normal : mul(normal, load("scale", parameter));
  return inputs[2] === undefined ? scaled : add(scaled, load("bias", parameter));
}

/** What becomes of a sum, and of a sum of squares, of so many elements. */
function epilogues(count: number, eps: number): readonly [mean: Expr, inverse: Expr] {
  const mean = div(accumulator(), count);
  return [mean, div(1, unary("sqrt", add(mean, eps)))];
}

function sum(
  target: string,
  axes: readonly Axis[],
  reduce: readonly Axis[],
  body: Expr,
  epilogue?: Expr,
): Compute {
  const result = epilogue === undefined ? {} : { epilogue };
  return { target, axes, reduce, combine: "sum", body, ...result, index: indicesOf(axes) };
}

/** The dims from `axis` on together: the mean, then the mean square of what is left of them, then all elements. */
export function layerKernel(context: Context, axis: number, eps: number): Kernel {
  const axes = axesOf(context.output.dims);
  const over = axes.slice(axis);
  const [mean, inverse] = epilogues(elementCount(over.map(({ extent }) => extent)), eps);
  const element = { x: indicesOf(axes), parameter: indicesOf(over), at: [] };
  const first = load("x", [...indicesOf(axes.slice(0, axis)), ...over.map(() => ZERO)]);
  return {
    outer: axes.slice(0, axis),
    inputs: kernelInputs(AFFINE, context.inputs),
    constants: [],
    temporaries: ["first", "mean", "inverse"].map((name) => ({ name, dtype: "f32", dims: [] })),
    computes: [
      { target: "first", axes: [], reduce: [], body: first, index: [] },
      sum("mean", [], over, shifted(element), mean),
      sum("inverse", [], over, squared(element), inverse),
      {
        target: "out",
        axes: over,
        reduce: [],
        body: normalized(context, element),
        index: element.x,
      },
    ],
    output: context.output,
  };
}

/** Rows from this length on are summed up one by one: sums of sums lose fewer digits, and each row is read at once. */
const SHORTEST_ROW = 8;

/**
 * The maps of each group of channels together. All channels go side by side, so that lanes can run over them where
 * they lie together in memory: `first`, `mean` and `inverse` have an element for each, equal within a group.
 */
export function groupKernel(context: Context, groups: number, eps: number): Kernel {
  const { dims } = context.output;
  const [n, c, ...positions] = axesOf(dims) as [Axis, Axis, ...Axis[]];
  const group = groupOf(c, groups);
  const [mean, inverse] = epilogues(elementCount(dims.slice(1)) / groups, eps);
  const element = {
    x: indicesOf([n, c, ...positions]),
    parameter: [axisIndex(c)],
    at: [axisIndex(c)],
  };
  const means = statistic("mean", c, positions, group, shifted(element), mean);
  const inverses = statistic("inverse", c, positions, group, squared(element), inverse);
  const first = load("x", [axisIndex(n), group.first, ...positions.map(() => ZERO)]);
  return {
    outer: [n],
    inputs: kernelInputs(AFFINE, context.inputs),
    constants: [],
    temporaries: [
      { name: "first", dtype: "f32", dims: [c.extent] },
      ...means.temporaries,
      ...inverses.temporaries,
    ],
    computes: [
      { target: "first", axes: group.axes, reduce: [], body: first, index: [group.channel] },
      ...means.computes,
      ...inverses.computes,
      {
        target: "out",
        axes: [c, ...positions],
        reduce: [],
        body: normalized(context, element),
        index: element.x,
      },
    ],
    output: context.output,
  };
}

/** The channels by group: one axis of channels where each is a group of its own. */
interface Group {
  readonly g: Axis;
  /** The channels of a group. */
  readonly within: readonly Axis[];
  readonly axes: readonly Axis[];
  readonly channel: Index;
  /** The first channel of the group. */
  readonly first: Index;
}

function groupOf(c: Axis, groups: number): Group {
  const perGroup = c.extent / groups;
  if (perGroup === 1)
    return { g: c, within: [], axes: [c], channel: axisIndex(c), first: axisIndex(c) };
  const g: Axis = { name: "g", extent: groups };
  const ic: Axis = { name: "ic", extent: perGroup };
  const first = scaleIndex(axisIndex(g), perGroup);
  return { g, within: [ic], axes: [g, ic], channel: addIndex(first, axisIndex(ic)), first };
}

interface Statistic {
  readonly temporaries: readonly Temporary[];
  readonly computes: readonly Compute[];
}

/** A temporary with an element for each channel: the sum of the body over the maps of its group, and what becomes of it. */
function statistic(
  name: string,
  c: Axis,
  positions: readonly Axis[],
  { g, within, axes, channel }: Group,
  body: Expr,
  epilogue: Expr,
): Statistic {
  const temporary = (suffix: string, all: readonly Axis[]): Temporary => {
    return { name: `${name}${suffix}`, dtype: "f32", dims: all.map(({ extent }) => extent) };
  };
  const byRow = positions.length > 1 && positions.at(-1)!.extent >= SHORTEST_ROW;
  const rows = byRow ? positions.slice(0, -1) : [];
  const row = positions.slice(rows.length);
  if (!byRow && within.length === 0)
    return {
      temporaries: [temporary("", [c])],
      computes: [sum(name, [c], positions, body, epilogue)],
    };
  const parts = sum(`${name}Parts`, [...rows, c], row, body);
  const part = load(`${name}Parts`, [...indicesOf(rows), channel]);
  const known = [temporary("Parts", [...rows, c]), temporary("", [c])];
  if (within.length === 0)
    return { temporaries: known, computes: [parts, sum(name, [c], rows, part, epilogue)] };
  const ofGroup = `${name}OfGroup`;
  return {
    temporaries: [...known, temporary("OfGroup", [g])],
    computes: [
      parts,
      sum(ofGroup, [g], [...rows, ...within], part, epilogue),
      { target: name, axes, reduce: [], body: load(ofGroup, [axisIndex(g)]), index: [channel] },
    ],
  };
}
