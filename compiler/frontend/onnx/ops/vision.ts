/** How ONNX's ops of detection and segmentation are read that are made of others: one row an op. */
import {
  elementCount,
  formatType,
  MAX_ELEMENTS,
  tensor,
  type Tensor,
} from "../../../base/tensor.js";
import {
  flag,
  integer,
  integers,
  layer,
  list,
  refuse,
  reshape,
  row,
  type Row,
  type Site,
  type Value,
} from "../importSite.js";
import { axisOf, numbers } from "./constant.js";
import { scatterElements } from "./scatter.js";

/** Coordinates along one dimension of a grid. */
const LONGEST_SIDE = 2 ** 20;

/** Coordinates from −1 to 1 along the dim of a grid that is `at`: of centres, or of first and last elements. */
function coordinates(size: number, at: number, rank: number, aligned: boolean): Tensor {
  const dims = Array.from({ length: rank + 2 }, (_, d) => (d === at ? size : 1));
  const values = Array.from({ length: size }, (_, i) => {
    if (!aligned) return (2 * i + 1) / size - 1;
    return size === 1 ? 0 : (2 * i) / (size - 1) - 1;
  });
  return tensor("f32", dims, values);
}

/** grid[n, d…, :] = theta[n, :, 0] · x + theta[n, :, 1] · y (+ theta[n, :, 2] · z) + theta[n, :, −1] */
function affineGrid({ inputs, attributes, value, type }: Site<{ align_corners: boolean }>): Value {
  const theta = type(0);
  const [batch, , ...sizes] = numbers(value(1));
  const rank = sizes.length;
  if (!sizes.every((size) => size >= 1 && size <= LONGEST_SIDE)) {
    refuse(`a grid of [${sizes.join(",")}]`, undefined, "bad-attribute");
  }
  if (theta.dims.join() !== [batch, rank, rank + 1].join() || rank < 2 || rank > 3) {
    const message = `theta is ${formatType(theta)} for a size of [${numbers(value(1)).join(",")}]`;
    refuse(
      message,
      "expected f32[n,2,3] for [n,c,h,w] or f32[n,3,4] for [n,c,d,h,w]",
      "shape-mismatch",
    );
  }
  const column = (at: number): Value => {
    const cut = layer("slice", [inputs[0]], { starts: [at], ends: [at + 1], axes: [2] });
    return reshape(cut, batch!, ...sizes.map(() => 1), rank);
  };
  return sizes.reduce<Value>((sum, _, i) => {
    const at = rank - 1 - i;
    const along = coordinates(sizes[at]!, 1 + at, rank, attributes.align_corners);
    return layer("add", [layer("mul", [along, column(i)]), sum]);
  }, column(rank));
}

/** The middle of each dim that is longer than wanted, and zeros around those that are shorter. */
function centerCropPad({
  inputs,
  attributes,
  value,
  type,
}: Site<{ axes?: readonly number[] | undefined }>): Value {
  const { dims } = type(0);
  const wanted = numbers(value(1));
  const axes = attributes.axes?.map((axis) => axisOf(axis, dims.length)) ?? [...dims.keys()];
  if (axes.length !== wanted.length) {
    refuse(
      `a shape of ${wanted.length} numbers for ${axes.length} axes`,
      undefined,
      "shape-mismatch",
    );
  }
  const sizes = dims.map((dim, d) => wanted[axes.indexOf(d)] ?? dim);
  const starts = dims.map((dim, d) => Math.max(0, Math.floor((dim - sizes[d]!) / 2)));
  const ends = dims.map((dim, d) => starts[d]! + Math.min(dim, sizes[d]!));
  const begins = dims.map((dim, d) => Math.max(0, Math.floor((sizes[d]! - dim) / 2)));
  const rest = dims.map((dim, d) => Math.max(0, sizes[d]! - dim) - begins[d]!);
  const cropped = layer("slice", inputs.slice(0, 1), { starts, ends, axes: [...dims.keys()] });
  return layer("pad", [cropped], { pads: [...begins, ...rest] });
}

const WINDOWS = {
  dilations: integers.optional(),
  pads: integers.optional(),
  strides: integers.optional(),
};
type Windows = Readonly<Record<keyof typeof WINDOWS, readonly number[] | undefined>>;

/** Columns [n, c · taps, windows] have all these dims apart. */
function col2im({ inputs, attributes, value, type }: Site<Windows>): Value {
  const [size, kernel] = [numbers(value(1)), numbers(value(2))];
  const { dims } = type(0);
  const rank = size.length;
  const { strides, dilations, pads } = attributes;
  const windows = size.map((dim, d) => {
    const padded = dim + (pads?.[d] ?? 0) + (pads?.[rank + d] ?? 0);
    const span = ((kernel[d] ?? 1) - 1) * (dilations?.[d] ?? 1) + 1;
    return Math.floor((padded - span) / (strides?.[d] ?? 1)) + 1;
  });
  const channels = dims[1]! / elementCount(kernel);
  if (kernel.length !== rank || !Number.isInteger(channels) || elementCount(windows) !== dims[2]) {
    const message = `columns ${formatType(type(0))} for blocks of [${kernel.join(",")}] at [${windows.join(",")}] places`;
    refuse(message, undefined, "shape-mismatch");
  }
  const apart = reshape(inputs[0]!, dims[0]!, channels, ...kernel, ...windows);
  return layer("col2im", [apart], { ...attributes, outputSize: size });
}

interface DeformConv extends Windows {
  readonly kernel_shape?: readonly number[] | undefined;
  readonly group: number;
  readonly offset_group: number;
}

/** Columns of interpolated taps, and a pointwise convolution of them. */
function deformConv({ inputs, attributes, type }: Site<DeformConv>): Value {
  const [x, w, offset, bias, mask] = inputs;
  const { dilations, pads, strides, group: groups, offset_group: offsetGroups } = attributes;
  const { dims } = type(1);
  const kernel = dims.slice(2);
  if (attributes.kernel_shape !== undefined && attributes.kernel_shape.join() !== kernel.join()) {
    const message = `kernel_shape [${attributes.kernel_shape.join(",")}] for weights ${formatType(type(1))}`;
    refuse(message, undefined, "shape-mismatch");
  }
  const how = { kernel, dilations, pads, strides, groups, offsetGroups };
  const columns = layer("deformColumns", [x, offset, mask], how);
  const order = layer("transpose", [w], { permutation: [0, 2, 3, 1] });
  const weights = reshape(order, dims[0]!, elementCount(dims.slice(1)), 1, 1);
  return layer("conv", [columns, weights, bias], { groups });
}

interface MaxUnpool {
  readonly kernel_shape: readonly number[];
  readonly pads?: readonly number[] | undefined;
  readonly strides?: readonly number[] | undefined;
}

/** Maxima go back to where they were found, counted in the smallest output; a larger one has zeros behind. */
function maxUnpool({ inputs, attributes, value, known, type }: Site<MaxUnpool>): Value {
  const { dims } = type(0);
  const { kernel_shape: kernel, pads, strides } = attributes;
  const rank = dims.length - 2;
  const spatial = dims.slice(2).map((dim, d) => {
    const cut = (pads?.[d] ?? 0) + (pads?.[rank + d] ?? 0);
    return (dim - 1) * (strides?.[d] ?? 1) - cut + (kernel[d] ?? 1);
  });
  const full = [...dims.slice(0, 2), ...spatial];
  const fits = spatial.every((dim) => dim >= 1) && elementCount(full) <= MAX_ELEMENTS;
  if (kernel.length !== rank || type(1).dims.join() !== dims.join() || !fits) {
    const message = `x ${formatType(type(0))} at ${formatType(type(1))} in maps of [${full.join(",")}]`;
    refuse(message, undefined, "shape-mismatch");
  }
  const [count, total] = [elementCount(dims), elementCount(full)];
  const types = [
    { dtype: "f32", dims: [total] },
    { dtype: "i64", dims: [count] },
  ] as const;
  const flat = scatterElements({
    data: layer("expand", [tensor("f32", [1], [0]), list([total])]),
    indices: reshape(inputs[1]!, count),
    updates: reshape(inputs[0]!, count),
    type: (input) => types[input] ?? { dtype: "f32", dims: [count] },
    known: known(1),
    axis: 0,
    reduction: "none",
  });
  const maps = reshape(flat, ...full);
  const wanted = inputs[2] === undefined ? full : numbers(value(2));
  const behind = full.map((dim, d) => (wanted[d] ?? dim) - dim);
  return layer("pad", [maps], { pads: [...full.map(() => 0), ...behind] });
}

export const visionRows: Readonly<Record<string, Row>> = {
  MaxUnpool: row({
    inputs: "X I output_shape?",
    attributes: {
      kernel_shape: integers,
      pads: integers.optional(),
      strides: integers.optional(),
    },
    since: [9, 11, 22],
    build: maxUnpool,
  }),
  AffineGrid: row({
    inputs: "theta size",
    attributes: { align_corners: flag.default(false) },
    since: [20],
    build: affineGrid,
  }),
  CenterCropPad: row({
    inputs: "input_data shape",
    attributes: { axes: integers.optional() },
    since: [18],
    build: centerCropPad,
  }),
  Col2Im: row({
    inputs: "input image_shape block_shape",
    attributes: WINDOWS,
    since: [18],
    build: col2im,
  }),
  DeformConv: row({
    inputs: "X W offset B? mask?",
    attributes: {
      ...WINDOWS,
      kernel_shape: integers.optional(),
      group: integer.default(1),
      offset_group: integer.default(1),
    },
    since: [19, 22],
    build: deformConv,
  }),
};
