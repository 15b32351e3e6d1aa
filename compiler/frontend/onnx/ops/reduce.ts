/** How ONNX's reductions along axes are read: one row an op. */
import type { Attributes } from "../../../graph/definition.js";
import {
  flag,
  integer,
  integers,
  layer,
  refuse,
  row,
  type Layer,
  type Row,
  type Site,
  type Value,
} from "../importSite.js";

interface Reduction {
  readonly axes?: readonly number[] | undefined;
  readonly keepdims: boolean;
  readonly noop_with_empty_axes: boolean;
}

interface Axes {
  readonly attributes: Attributes;
  /** The axes as an operand. */
  readonly operand?: Value | undefined;
  /** There are none, and that means nothing is reduced. */
  readonly nothing: boolean;
}

function axesOf({ attributes, inputs: [, operand], value }: Site<Reduction>): Axes {
  const { axes, keepdims: keepDims, noop_with_empty_axes: noop } = attributes;
  if (axes !== undefined && axes.length > 0) {
    return { attributes: { axes, keepDims }, nothing: false };
  }
  const empty = operand === undefined || value(1).data.length === 0;
  if (empty) return { attributes: { keepDims }, nothing: noop };
  return { attributes: { keepDims }, operand, nothing: false };
}

function reduced(op: string, x: Value, { attributes, operand }: Axes): Layer {
  return layer(op, operand === undefined ? [x] : [x, operand], attributes);
}

const ATTRIBUTE = ["axes", "keepdims"] as const;
const INPUT = ["keepdims", "noop_with_empty_axes"] as const;

const SINCE = [1, 11, 13, 18] as const;

/**
 * A reduction whose axes are an input from opset `inputSince` on. `keeps`: without axes, told to reduce
 * nothing, it is the identity; the others would have to apply their function, and engines differ.
 */
function reduction(
  op: string,
  keeps: boolean,
  since: readonly number[] = SINCE,
  inputSince = 18,
): Row {
  return row({
    inputs: "data axes?",
    attributes: {
      axes: integers.optional(),
      keepdims: flag.default(true),
      noop_with_empty_axes: flag.default(false),
    },
    since: since.map((version) => [version, version < inputSince ? ATTRIBUTE : INPUT] as const),
    build(site) {
      const axes = axesOf(site);
      if (!axes.nothing) return reduced(op, site.inputs[0]!, axes);
      if (keeps) return site.inputs[0]!;
      return refuse("no axes, and noop_with_empty_axes", "name the axes, or leave the node out");
    },
  });
}

/** Opset 20 knows the largest and smallest of booleans: as numbers, and back. */
function extreme(op: string): Row {
  const plain = reduction(op, true, [1, 11, 12, 13, 18, 20]);
  return {
    ...plain,
    build(site) {
      if (site.opset < 20 || site.type(0).dtype !== "bool") return plain.build(site);
      const [x] = site.inputs;
      const axes = axesOf(site as Site<Reduction>);
      if (axes.nothing) return x!;
      const wide = layer("cast", [x], { to: "i32" });
      return layer("cast", [reduced(op, wide, axes)], { to: "bool" });
    },
  };
}

interface ArgExtreme {
  readonly axis: number;
  readonly keepdims: boolean;
  readonly select_last_index: boolean;
}

/** ONNX counts with 64 bits. */
function argExtreme(op: string): Row {
  return row({
    inputs: "data",
    attributes: {
      axis: integer.default(0),
      keepdims: flag.default(true),
      select_last_index: flag.default(false),
    },
    since: [[1, ["axis", "keepdims"]], [11, ["axis", "keepdims"]], 12, 13],
    build({ inputs, attributes }: Site<ArgExtreme>) {
      const { axis, keepdims: keepDims, select_last_index: selectLast } = attributes;
      return layer("cast", [layer(op, inputs, { axis, keepDims, selectLast })], { to: "i64" });
    },
  });
}

/**
 * Before opset 13 the dims from `axis` on are one: flatten, along the second dim, and back. The last axis
 * alone is the same either way.
 */
export function alongAxis(op: string, x: Value, axis: number | undefined, opset: number): Layer {
  if (opset >= 13 || axis === -1) return layer(op, [x], { axis: axis ?? -1 });
  const flat = layer("flatten", [x], { axis: axis ?? 1 });
  return layer("reshape", [layer(op, [flat], { axis: 1 }), layer("shape", [x])]);
}

const softmax = (op: string): Row =>
  row({
    inputs: "input",
    attributes: { axis: integer.optional() },
    since: [1, 11, 13],
    build: ({ inputs: [x], attributes: { axis }, opset }) => alongAxis(op, x!, axis, opset),
  });

export const reduceRows: Readonly<Record<string, Row>> = {
  ReduceMean: reduction("reduceMean", true),
  ReduceSum: reduction("reduceSum", true, [1, 11, 13], 13),
  ReduceMax: extreme("reduceMax"),
  ReduceMin: extreme("reduceMin"),
  ReduceProd: reduction("reduceProd", true),
  ReduceL1: reduction("reduceL1", false),
  ReduceL2: reduction("reduceL2", false),
  ReduceLogSum: reduction("reduceLogSum", false, [...SINCE, 28]),
  ReduceLogSumExp: reduction("reduceLogSumExp", false, [...SINCE, 28]),
  ReduceSumSquare: reduction("reduceSumSquare", false),
  ArgMax: argExtreme("argMax"),
  ArgMin: argExtreme("argMin"),
  Softmax: softmax("softmax"),
  LogSoftmax: softmax("logSoftmax"),
};
