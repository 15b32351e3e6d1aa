/** roiAlign with as many samples as a box is large: the weight of every element of x in the mean of them. */
import { axisIndex } from "../compute/affine.js";
import {
  accumulator,
  add,
  binary,
  cast,
  div,
  load,
  max,
  mul,
  select,
  sub,
  unary,
} from "../compute/expr.js";
import type { Axis, Compute, Kernel, Temporary } from "../compute/ir.js";
import { indicesOf, kernelInputs } from "./axes.js";
import {
  at,
  dimsOf,
  float,
  held,
  image,
  inside,
  OPERANDS,
  outputAxes,
  spanOf,
  type Attributes,
  type Context,
  type Dim,
} from "./roiBox.js";

/** No more samples than these lie within one element of another: they are at least half an element apart. */
const NEAR = 6;

/**
 * As many samples as a box is large are no loop of a known length; the weight of every element in their mean is:
 * rows of x are summed by their weights, then the columns of that.
 */
export function spread(context: Context): Kernel {
  const { inputs, attributes, output } = context;
  const x = inputs[0]!;
  const [n, c, oh, ow] = outputAxes(context);
  const dims = dimsOf(context);
  const [h, w] = dims.map(({ name, size }) => ({ name, extent: size })) as [Axis, Axis];
  const rows = load("weight_h", [axisIndex(h)]);
  const columns = load("weight_w", indicesOf([ow, w]));
  const element = load("x", [image(x, n), axisIndex(c), axisIndex(h), axisIndex(w)]);
  const sum = { combine: "sum" } as const;
  return {
    outer: [n, oh],
    inputs: kernelInputs(OPERANDS, inputs),
    constants: [],
    temporaries: [
      ...dims.flatMap(spanTemporaries),
      { name: "weight_h", dtype: "f32", dims: [h.extent] },
      { name: "weight_w", dtype: "f32", dims: [ow.extent, w.extent] },
      { name: "row", dtype: "f32", dims: [w.extent, c.extent] },
    ],
    computes: [
      ...dims.flatMap((dim) => spanComputes(n, dim, attributes)),
      weigh(dims[0], oh, h, [h]),
      weigh(dims[1], ow, w, [ow, w]),
      {
        target: "row",
        axes: [w, c],
        reduce: [h],
        ...sum,
        body: mul(rows, element),
        index: indicesOf([w, c]),
      },
      {
        target: "out",
        axes: [ow, c],
        reduce: [w],
        ...sum,
        body: mul(columns, load("row", indicesOf([w, c]))),
        index: indicesOf([n, c, oh, ow]),
      },
    ],
    output,
  };
}

const spanTemporaries = ({ name }: Dim): Temporary[] => [
  { name: `start_${name}`, dtype: "f32", dims: [] },
  { name: `part_${name}`, dtype: "f32", dims: [] },
  { name: `count_${name}`, dtype: "i32", dims: [] },
];

/** Start, length of a part, and how many samples it has. */
function spanComputes(n: Axis, dim: Dim, attributes: Attributes): Compute[] {
  const { start, part } = spanOf(n, dim, attributes);
  const { name } = dim;
  const one = { axes: [], reduce: [], index: [] };
  const count = cast("i32", unary("ceil", load(`part_${name}`, [])));
  return [
    { target: `start_${name}`, ...one, body: start },
    { target: `part_${name}`, ...one, body: part },
    { target: `count_${name}`, ...one, body: count },
  ];
}

/** Σ over samples of max(0, 1 − |sample − element|), in the mean of them. */
function weigh({ name, size }: Dim, o: Axis, element: Axis, axes: readonly Axis[]): Compute {
  const near: Axis = { name: "k", extent: NEAR };
  const [start, part] = [load(`start_${name}`, []), load(`part_${name}`, [])];
  const count = load(`count_${name}`, [], "i32");
  const gap = div(part, cast("f32", count));
  const from = add(start, mul(float(o), part));
  const first = unary("floor", sub(div(sub(sub(float(element), 1), from), gap), 0.5));
  const sample = add(max(cast("i32", first), 0), at(near));
  const position = add(from, mul(add(cast("f32", sample), 0.5), gap));
  const distance = unary("abs", sub(held(position, size), float(element)));
  const counts = binary("and", binary("lt", sample, count), inside(position, size));
  return {
    target: `weight_${name}`,
    axes,
    reduce: [near],
    combine: "sum",
    body: select(counts, max(sub(1, distance), 0), 0),
    epilogue: div(accumulator(), max(cast("f32", count), 1)),
    index: indicesOf(axes),
  };
}
