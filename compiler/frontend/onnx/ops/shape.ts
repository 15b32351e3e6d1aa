/** How ONNX's ops that move elements are read: one row an op. */
import { z } from "zod";
import type { Attributes, Operand } from "../../../graph/definition.js";
import { formatType, isEmpty, tensor } from "../../../base/tensor.js";
import { splitParts } from "../../../ops/slice.js";
import {
  flag,
  float,
  integer,
  integers,
  layer,
  refuse,
  row,
  same,
  type Row,
  type Site,
  type Value,
} from "../importSite.js";
import { axisOf, numbers } from "./constant.js";

/** Where a 0 in the shape is not a dim of x to be copied, what comes out has no elements. */
function reshape({ inputs, attributes, value, type }: Site<{ allowzero: boolean }>): Value {
  const shape = attributes.allowzero ? numbers(value(1)) : [];
  if (!shape.includes(0)) return layer("reshape", inputs);
  const x = type(0);
  if (!isEmpty(x) || shape.some((dim) => dim < 0)) {
    const message = `allowzero with a 0 in the shape [${shape.join(",")}] of x ${formatType(x)}`;
    refuse(message, "that is for tensors without elements, and with all sizes given");
  }
  return tensor(x.dtype, shape, []);
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

/** Sizes that the file knows are said for each part by itself, so that all parts together are no longer than the list. */
function split(site: Site<SplitAttributes>): readonly (Value | undefined)[] {
  const { inputs, attributes, used, constant } = site;
  const { axis, split: listed, num_outputs } = attributes;
  const list = inputs[1] === undefined ? undefined : constant(1);
  const given = list?.type.dims.length === 1 ? list : undefined;
  const sizes = given === undefined ? listed : numbers(given);
  const known = sizes === undefined ? [] : splitParts(sizes);
  const how = (index: number): Attributes => {
    if (sizes !== undefined) return known[index] ?? { sizes, index };
    return inputs[1] === undefined ? { parts: num_outputs ?? used.length, index } : { index };
  };
  const operands = given === undefined ? inputs : inputs.slice(0, 1);
  return used.map((one, index) =>
    one ? layer("split", operands, { axis, ...how(index) }) : undefined,
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
  if (mode === "constant" && axes === undefined)
    return layer("pad", [x, pads, fill], { pads: attributes.pads, mode, value: attributes.value });
  const given = pads === undefined ? (attributes.pads ?? []) : numbers(value(1));
  const all = axes === undefined ? given : allPads(given, numbers(value(3)), type(0).dims.length);
  if (mode === "constant")
    return layer("pad", [x, undefined, fill], { pads: all, mode, value: attributes.value });
  return layer("pad", [cropped(x!, all)], { pads: all.map((one) => Math.max(0, one)), mode });
}

/** What is cropped is no edge any more: filling by what is there begins with what is left, as in onnxruntime. */
function cropped(x: Operand, pads: readonly number[]): Value {
  if (pads.every((one) => one >= 0)) return x;
  const rank = pads.length / 2;
  const starts = pads.slice(0, rank).map((one) => Math.max(0, -one));
  const ends = pads.slice(rank).map((one) => (one < 0 ? one : Number.MAX_SAFE_INTEGER));
  return layer("slice", [x], { starts, ends });
}

/** Pads of some axes as pads of all. */
function allPads(pads: readonly number[], axes: readonly number[], rank: number): number[] {
  const all = new Array<number>(2 * rank).fill(0);
  if (pads.length !== 2 * axes.length) {
    refuse(`${pads.length} pads for ${axes.length} axes`, undefined, "bad-attribute");
  }
  axes.forEach((axis, i) => {
    const at = axisOf(axis, rank);
    all[at] = pads[i]!;
    all[rank + at] = pads[axes.length + i]!;
  });
  return all;
}

const BLOCKS = {
  blocksize: z.int().min(1),
  mode: z.enum(["DCR", "CRD"]).default("DCR"),
};

export const shapeRows: Readonly<Record<string, Row>> = {
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
  DepthToSpace: row({
    inputs: "input",
    attributes: BLOCKS,
    since: [[1, ["blocksize"]], 11, 13, 28],
    build: ({ inputs, attributes: { blocksize, mode } }) =>
      layer("depthToSpace", inputs, { blockSize: blocksize, mode }),
  }),
  SpaceToDepth: row({
    inputs: "input",
    attributes: BLOCKS,
    since: [[1, ["blocksize"]], [13, ["blocksize"]], 28],
    build: ({ inputs, attributes: { blocksize, mode } }) =>
      layer("spaceToDepth", inputs, { blockSize: blocksize, mode }),
  }),
};
