/** How ONNX's ops that choose, order or mark elements are read: one row an op. */
import { exactType } from "../../../onnx/elementTypes.js";
import {
  elementCount,
  formatType,
  MAX_ELEMENTS,
  newData,
  tensor,
  type DType,
  type Tensor,
} from "../../../base/tensor.js";
import {
  flag,
  integer,
  layer,
  refuse,
  row,
  same,
  type Layer,
  type Row,
  type Site,
  type Value,
} from "../importSite.js";
import { axisOf, numbers } from "./constant.js";
import { castTo } from "./pointwise.js";

/** Elements of a mask. */
const LARGEST_MASK = 2 ** 24;

/** The only element of an input that decides a shape. */
function single(site: Site, input: number, fallback: number): number {
  return site.inputs[input] === undefined ? fallback : (numbers(site.value(input))[0] ?? fallback);
}

/** How many values a one-hot vector has. */
function depthOf(site: Site): number {
  const depth = single(site, 1, NaN);
  const most = Math.floor(MAX_ELEMENTS / Math.max(1, elementCount(site.type(0).dims)));
  if (Number.isInteger(depth) && depth > 0 && depth <= most) return depth;
  const code = depth > most ? "too-large" : "bad-attribute";
  return refuse(`depth ${depth}: expected 1 to ${most}`, undefined, code);
}

/** 0 to count − 1 along one dimension of `rank`. */
function positions(dtype: "i32" | "i64", count: number, axis: number, rank: number): Tensor {
  const dims = Array.from({ length: rank }, (_, d) => (d === axis ? count : 1));
  const data = newData(dtype, count);
  for (let i = 0; i < count; i++) {
    if (data instanceof BigInt64Array) data[i] = BigInt(i);
    else data[i] = i;
  }
  return { type: { dtype, dims }, data };
}

/** Booleans over rows and columns, as a constant. */
function mask(
  dims: readonly number[],
  dtype: DType,
  holds: (row: number, column: number) => boolean,
): Tensor {
  const [rows, columns] = dims.slice(-2) as [number, number];
  if (rows * columns > LARGEST_MASK) {
    refuse(`a mask of ${rows} × ${columns}`, undefined, "too-large");
  }
  const data = newData(dtype, rows * columns);
  for (let i = 0; i < data.length; i++) {
    if (holds(Math.floor(i / columns), i % columns)) {
      if (data instanceof BigInt64Array) data[i] = 1n;
      else data[i] = 1;
    }
  }
  return { type: { dtype, dims: [rows, columns] }, data };
}

/** The triangle above or below a diagonal: a mask, and zeros elsewhere. */
function trilu(site: Site<{ upper: boolean }>): Value {
  const { inputs, attributes, type } = site;
  const x = type(0);
  if (x.dims.length < 2) refuse(`input is ${formatType(x)}: expected matrices`);
  const k = single(site, 1, 0);
  const kept = mask(x.dims, "bool", (r, c) => (attributes.upper ? c - r >= k : c - r <= k));
  return layer("where", [kept, inputs[0], tensor(x.dtype, [], [0])]);
}

/** Ones on a diagonal: its size is all that is taken from the input. */
function eyeLike({ attributes, type }: Site<{ dtype?: number | undefined; k: number }>): Value {
  const x = type(0);
  if (x.dims.length !== 2) refuse(`input is ${formatType(x)}: expected a matrix`);
  const { dtype, k } = attributes;
  const to = dtype === undefined ? x.dtype : exactType(dtype, "dtype");
  return mask(x.dims, to, (r, c) => c - r === k);
}

/** Equality with 0, 1, … along a new axis chooses between two values. */
function oneHot(site: Site<{ axis: number }>): Value {
  const { inputs, attributes, type } = site;
  const rank = type(0).dims.length + 1;
  const axis = axisOf(attributes.axis, rank);
  const depth = depthOf(site);
  const indices = castTo("i64", inputs[0]!);
  const negative = layer("less", [indices, tensor("i64", [], [0])]);
  const wrapped = layer("where", [
    negative,
    layer("add", [indices, tensor("i64", [], [depth])]),
    indices,
  ]);
  const hot = layer("equal", [
    layer("unsqueeze", [wrapped], { axes: [axis] }),
    positions("i64", depth, axis, rank),
  ]);
  const value = (at: number): Layer => layer("gather", [inputs[2], tensor("i64", [], [at])]);
  return layer("where", [hot, value(1), value(0)]);
}

/** One where the first maximum stands, else zero; before opset 13 over all dims from `axis` on. */
function hardmax({ inputs, attributes, opset, type }: Site<{ axis?: number | undefined }>): Value {
  const x = type(0);
  const flat = opset < 13;
  const axis = axisOf(attributes.axis ?? (flat ? 1 : -1), x.dims.length);
  const from = flat ? layer("flatten", inputs, { axis }) : inputs[0]!;
  const along = flat ? 1 : axis;
  const rank = flat ? 2 : x.dims.length;
  const count = flat ? elementCount(x.dims.slice(axis)) : x.dims[axis]!;
  const first = layer("argMax", [from], { axis: along, keepDims: true });
  const hot = castTo("f32", layer("equal", [first, positions("i32", count, along, rank)]));
  return flat ? layer("reshape", [hot, layer("shape", inputs)]) : hot;
}

interface TopK {
  readonly axis: number;
  readonly largest: boolean;
  readonly k?: number | undefined;
}

/** Values are gathered from the places; both are in order, sorted or not. */
function topK({ inputs, attributes, used }: Site<TopK>): readonly (Value | undefined)[] {
  const { axis, largest, k } = attributes;
  const indices = layer("topKIndices", inputs, { axis, largest, k });
  return [
    used[0] ? layer("gatherElements", [inputs[0], indices], { axis }) : undefined,
    castTo("i64", indices),
  ];
}

export const selectRows: Readonly<Record<string, Row>> = {
  Trilu: row({
    inputs: "input k?",
    attributes: { upper: flag.default(true) },
    since: [14],
    build: trilu,
  }),
  EyeLike: row({
    inputs: "input",
    attributes: { dtype: integer.optional(), k: integer.default(0) },
    since: [9, 22],
    build: eyeLike,
  }),
  OneHot: row({
    inputs: "indices depth values",
    attributes: { axis: integer.default(-1) },
    since: [9, 11, 28],
    build: oneHot,
  }),
  Hardmax: row({
    inputs: "input",
    attributes: { axis: integer.optional() },
    since: [1, 11, 13],
    build: hardmax,
  }),
  TopK: row({
    inputs: "X K?",
    outputs: 2,
    attributes: {
      axis: integer.default(-1),
      largest: flag.default(true),
      sorted: flag.default(true),
      k: integer.optional(),
    },
    since: [
      [1, ["axis", "k"]],
      [10, ["axis"]],
      [11, ["axis", "largest", "sorted"]],
      [24, ["axis", "largest", "sorted"]],
    ],
    build: topK,
  }),
  CumSum: row({
    inputs: "x axis",
    attributes: { exclusive: flag.default(false), reverse: flag.default(false) },
    since: [11, 14],
    build: same("cumSum"),
  }),
  GatherElements: row({
    inputs: "data indices",
    attributes: { axis: integer.default(0) },
    since: [11, 13],
    build: same("gatherElements"),
  }),
  GatherND: row({
    inputs: "data indices",
    attributes: { batch_dims: integer.default(0) },
    since: [[11, []], 12, 13],
    build: ({ inputs, attributes: { batch_dims: batchDims } }) =>
      layer("gatherND", inputs, { batchDims }),
  }),
};
