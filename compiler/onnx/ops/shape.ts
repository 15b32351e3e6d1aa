/** How ONNX's ops that move elements, make them, or speak of shapes are read: one row an op. */
import { z } from "zod";
import { formatType, newData, tensor, type Tensor } from "../../tensor.js";
import {
  flag,
  float,
  floats,
  integer,
  integers,
  layer,
  refuse,
  row,
  same,
  tensorValue,
  type Row,
  type Site,
  type Value,
} from "../importSite.js";

/** Opsets in which types were added and nothing else. */
const TYPES_ONLY = [13, 19, 21, 23, 24, 25] as const;

const identity = ({ inputs: [x] }: Site): Value => x!;

interface ConstantAttributes {
  readonly value?: Tensor | undefined;
  readonly value_float?: number | undefined;
  readonly value_floats?: readonly number[] | undefined;
  readonly value_int?: number | undefined;
  readonly value_ints?: readonly number[] | undefined;
}

function constant({ attributes }: Site<ConstantAttributes>): Value {
  const { value, value_float, value_floats, value_int, value_ints } = attributes;
  if (value !== undefined) return value;
  if (value_float !== undefined) return tensor("f32", [], [value_float]);
  if (value_floats !== undefined) return tensor("f32", [value_floats.length], value_floats);
  if (value_int !== undefined) return tensor("i64", [], [value_int]);
  if (value_ints !== undefined) return tensor("i64", [value_ints.length], value_ints);
  return refuse("the constant has no value", undefined, "bad-attribute");
}

function constantOfShape({ inputs, attributes }: Site<{ value?: Tensor | undefined }>): Value {
  const value = attributes.value ?? tensor("f32", [1], [0]);
  if (value.data.length !== 1) {
    refuse(`value is ${formatType(value.type)}: expected one element`, undefined, "bad-attribute");
  }
  const one: Tensor = { type: { dtype: value.type.dtype, dims: [] }, data: value.data };
  return layer("expand", [one, ...inputs]);
}

/** Zeros in a shape that is not to be copied from x make a tensor without elements. */
function reshape({ inputs, attributes, value }: Site<{ allowzero: boolean }>): Value {
  if (attributes.allowzero && value(1).data.some((dim) => Number(dim) === 0)) {
    refuse("allowzero with a 0 in the shape", "tensors without elements are not supported");
  }
  return layer("reshape", inputs);
}

/** Axes are an attribute before opset 13, an input from then on. */
const withAxes =
  (op: string) =>
  ({ inputs, attributes: { axes } }: Site<{ axes?: readonly number[] | undefined }>): Value =>
    layer(op, inputs, { axes });

interface SliceAttributes {
  readonly starts?: readonly number[] | undefined;
  readonly ends?: readonly number[] | undefined;
  readonly axes?: readonly number[] | undefined;
}

function split(site: Site<SplitAttributes>): readonly (Value | undefined)[] {
  const { inputs, attributes, used } = site;
  const { axis, split: listed, num_outputs } = attributes;
  const sizes = listed !== undefined || inputs[1] !== undefined;
  const how = sizes ? { sizes: listed } : { parts: num_outputs ?? used.length };
  return used.map((one, index) =>
    one ? layer("split", inputs, { axis, ...how, index }) : undefined,
  );
}

interface SplitAttributes {
  readonly axis: number;
  readonly split?: readonly number[] | undefined;
  readonly num_outputs?: number | undefined;
}

const PAD_MODES = {
  constant: "constant",
  reflect: "reflect",
  edge: "replicate",
  wrap: "circular",
} as const;

interface PadAttributes {
  readonly mode: keyof typeof PAD_MODES;
  readonly pads?: readonly number[] | undefined;
  readonly value?: number | undefined;
}

function pad({ inputs, attributes, value, type }: Site<PadAttributes>): Value {
  const [x, pads, fill, axes] = inputs;
  const mode = PAD_MODES[attributes.mode];
  const rest = mode === "constant" ? { mode, value: attributes.value } : { mode };
  const filled = mode === "constant" ? fill : undefined;
  if (axes === undefined)
    return layer("pad", [x, pads, filled], { pads: attributes.pads, ...rest });
  const all = allPads(numbers(value(1)), numbers(value(3)), type(0).dims.length);
  return layer("pad", [x, undefined, filled], { pads: all, ...rest });
}

/** Pads of some axes as pads of all. */
function allPads(pads: readonly number[], axes: readonly number[], rank: number): number[] {
  const all = new Array<number>(2 * rank).fill(0);
  if (pads.length !== 2 * axes.length) {
    refuse(`${pads.length} pads for ${axes.length} axes`, undefined, "bad-attribute");
  }
  axes.forEach((axis, i) => {
    const at = axis < 0 ? axis + rank : axis;
    if (at < 0 || at >= rank)
      refuse(`axis ${axis} of ${rank} dimensions`, undefined, "bad-attribute");
    all[at] = pads[i]!;
    all[rank + at] = pads[axes.length + i]!;
  });
  return all;
}

export function numbers({ data }: Tensor): number[] {
  return Array.from(data as ArrayLike<number | bigint>, Number);
}

const LONGEST_RANGE = 2 ** 24;

/** start, start + delta, … before limit: how many there are is a shape, so the values are constants. */
function range({ value }: Site): Value {
  const [start, limit, delta] = [value(0), value(1), value(2)];
  const [from, to, by] = [start, limit, delta].map((one) => numbers(one)[0] ?? NaN) as [
    number,
    number,
    number,
  ];
  const count = Math.max(0, Math.ceil((to - from) / by));
  if (Number.isNaN(count) || by === 0) {
    refuse(`range from ${from} to ${to} by ${by}`, undefined, "bad-attribute");
  }
  if (count > LONGEST_RANGE) refuse(`range of ${count} elements`, undefined, "too-large");
  const { dtype } = start.type;
  const data = newData(dtype, count);
  for (let i = 0; i < count; i++) {
    if (data instanceof BigInt64Array) data[i] = BigInt(from + i * by);
    else data[i] = from + i * by;
  }
  return { type: { dtype, dims: [count] }, data };
}

/** A dropout that is not told to train keeps everything, and its mask is true. */
function dropout({ inputs, used, constant, value }: Site): readonly (Value | undefined)[] {
  const [x, , training] = inputs;
  if (training !== undefined && numbers(constant(2) ?? value(2))[0] !== 0) {
    const ratio = inputs[1] === undefined ? 0.5 : numbers(value(1))[0];
    if (ratio !== 0) refuse("dropout in training mode is random", "export the model for inference");
  }
  const mask = layer("expand", [tensor("bool", [], [1]), layer("shape", [x])]);
  return [x, used[1] === true ? mask : undefined];
}

const blockSize = { blocksize: z.int().min(1) };

export const shapeRows: Readonly<Record<string, Row>> = {
  Identity: row({
    inputs: "input",
    since: [1, 14, 16, ...TYPES_ONLY].sort((a, b) => a - b),
    build: identity,
  }),
  Dropout: row({
    inputs: "data ratio? training_mode?",
    outputs: 2,
    attributes: {
      ratio: float.optional(),
      seed: integer.optional(),
      is_test: flag.optional(),
    },
    since: [
      [1, ["ratio", "is_test"]],
      [6, ["ratio", "is_test"]],
      [7, ["ratio"]],
      [10, ["ratio"]],
      [12, ["seed"]],
      [13, ["seed"]],
      [22, ["seed"]],
    ],
    build: dropout,
  }),
  Constant: row({
    inputs: "",
    attributes: {
      value: tensorValue.optional(),
      value_float: float.optional(),
      value_floats: floats.optional(),
      value_int: integer.optional(),
      value_ints: integers.optional(),
    },
    since: [[1, ["value"]], [9, ["value"]], [11, ["value"]], 12, ...TYPES_ONLY],
    build: constant,
  }),
  ConstantOfShape: row({
    inputs: "input",
    attributes: { value: tensorValue.optional() },
    since: [9, 20, 21, 23, 24, 25],
    build: constantOfShape,
  }),
  Shape: row({
    inputs: "data",
    attributes: { start: integer.optional(), end: integer.optional() },
    since: [[1, []], [13, []], 15, 19, 21, 23, 24, 25],
    build: same("shape"),
  }),
  Size: row({ inputs: "data", since: [1, ...TYPES_ONLY], build: same("size") }),
  Range: row({ inputs: "start limit delta", since: [11], build: range }),
  Reshape: row({
    inputs: "data shape",
    attributes: { allowzero: flag.default(false) },
    since: [[5, []], [13, []], 14, 19, 21, 23, 24, 25],
    build: reshape,
  }),
  Flatten: row({
    inputs: "input",
    attributes: { axis: integer.default(1) },
    since: [1, 9, 11, 13, 21, 23, 24, 25],
    build: same("flatten"),
  }),
  Squeeze: row({
    inputs: "data axes?",
    attributes: { axes: integers.optional() },
    since: [1, 11, [13, []], [21, []], [23, []], [24, []], [25, []]],
    build: withAxes("squeeze"),
  }),
  Unsqueeze: row({
    inputs: "data axes?",
    attributes: { axes: integers.optional() },
    since: [1, 11, [13, []], [21, []], [23, []], [24, []], [25, []]],
    build: withAxes("unsqueeze"),
  }),
  Transpose: row({
    inputs: "data",
    attributes: { perm: integers.optional() },
    since: [1, 13, 21, 23, 24, 25],
    build: ({ inputs, attributes: { perm } }) => layer("transpose", inputs, { permutation: perm }),
  }),
  Expand: row({ inputs: "input shape", since: [8, 13], build: same("expand") }),
  Tile: row({ inputs: "input repeats", since: [6, 13], build: same("tile") }),
  Concat: row({
    inputs: "inputs…",
    attributes: { axis: integer },
    since: [4, 11, 13],
    build: same("concat"),
  }),
  Slice: row({
    inputs: "data starts? ends? axes? steps?",
    attributes: {
      starts: integers.optional(),
      ends: integers.optional(),
      axes: integers.optional(),
    },
    since: [1, [10, []], [11, []], [13, []]],
    build: ({ inputs, attributes }: Site<SliceAttributes>) =>
      layer("slice", inputs, { ...attributes }),
  }),
  Split: row({
    inputs: "input split?",
    outputs: Infinity,
    attributes: {
      axis: integer.default(0),
      split: integers.optional(),
      num_outputs: integer.optional(),
    },
    since: [
      [2, ["axis", "split"]],
      [11, ["axis", "split"]],
      [13, ["axis"]],
      [18, ["axis", "num_outputs"]],
    ],
    build: split,
  }),
  Pad: row({
    inputs: "data pads? constant_value? axes?",
    attributes: {
      mode: z.enum(["constant", "reflect", "edge", "wrap"]).default("constant"),
      pads: integers.optional(),
      value: float.optional(),
    },
    since: [
      2,
      ...([11, 13, 18, 19, 21, 23, 24, 25] as const).map((since) => [since, ["mode"]] as const),
    ],
    build: pad,
  }),
  Gather: row({
    inputs: "data indices",
    attributes: { axis: integer.default(0) },
    since: [1, 11, 13],
    build: same("gather"),
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
  DepthToSpace: row({
    inputs: "input",
    attributes: { ...blockSize, mode: z.enum(["DCR", "CRD"]).default("DCR") },
    since: [[1, ["blocksize"]], 11, 13],
    build: ({ inputs, attributes: { blocksize, mode } }) =>
      layer("depthToSpace", inputs, { blockSize: blocksize, mode }),
  }),
  SpaceToDepth: row({
    inputs: "input",
    attributes: blockSize,
    since: [1, 13],
    build: ({ inputs, attributes: { blocksize } }) =>
      layer("spaceToDepth", inputs, { blockSize: blocksize }),
  }),
};
