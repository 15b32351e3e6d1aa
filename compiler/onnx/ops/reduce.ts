/** How ONNX's reductions along axes are read: one row an op. */
import type { Attributes } from "../../graph/definition.js";
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

/** Opsets: `inputSince` is the first in which the axes are an input; `noop` came with it. */
function reduction(
  since: readonly number[],
  inputSince: number,
  build: (x: Value, axes: Axes) => Value,
  simple = false,
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
      if (!axes.nothing) return build(site.inputs[0]!, axes);
      if (simple) return site.inputs[0]!;
      return refuse("no axes, and noop_with_empty_axes", "name the axes, or leave the node out");
    },
  });
}

const plain = (op: string, since: readonly number[], inputSince = 18): Row =>
  reduction(since, inputSince, (x, axes) => reduced(op, x, axes), true);

const square = (x: Value): Layer => layer("mul", [x, x]);

const LARGEST = 3.4028234663852886e38;

/** log Σ eˣ, the largest x taken out first so that nothing overflows; an infinite one is taken for the last finite. */
function logSumExp(x: Value, axes: Axes): Value {
  const kept = { ...axes, attributes: { ...axes.attributes, keepDims: true } };
  const found = reduced("reduceMax", x, kept);
  const largest = layer("clip", [found], { min: -LARGEST, max: LARGEST });
  const sum = reduced("reduceSum", layer("exp", [layer("sub", [x, largest])]), kept);
  const result = layer("add", [layer("log", [sum]), largest]);
  if (axes.attributes["keepDims"] === true) return result;
  const { axes: listed } = axes.attributes;
  return reduced("squeeze", result, { ...axes, attributes: { axes: listed } });
}

const LONG = [11, 13, 18] as const;
const SINCE = [1, ...LONG] as const;

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
export function alongAxis(op: string): Row {
  return row({
    inputs: "input",
    attributes: { axis: integer.optional() },
    since: [1, 11, 13],
    build({ inputs: [x], attributes: { axis }, opset }) {
      if (opset >= 13 || axis === -1) return layer(op, [x], { axis: axis ?? -1 });
      const flat = layer("flatten", [x], { axis: axis ?? 1 });
      return layer("reshape", [layer(op, [flat], { axis: 1 }), layer("shape", [x])]);
    },
  });
}

export const reduceRows: Readonly<Record<string, Row>> = {
  ReduceMean: plain("reduceMean", SINCE),
  ReduceSum: plain("reduceSum", [1, 11, 13], 13),
  ReduceMax: plain("reduceMax", [1, 11, 12, 13, 18, 20]),
  ReduceMin: plain("reduceMin", [1, 11, 12, 13, 18, 20]),
  ReduceProd: plain("reduceProd", SINCE),
  ReduceL1: reduction(SINCE, 18, (x, axes) => reduced("reduceSum", layer("abs", [x]), axes)),
  ReduceL2: reduction(SINCE, 18, (x, axes) =>
    layer("sqrt", [reduced("reduceSum", square(x), axes)]),
  ),
  ReduceLogSum: reduction(SINCE, 18, (x, axes) => layer("log", [reduced("reduceSum", x, axes)])),
  ReduceLogSumExp: reduction(SINCE, 18, logSumExp),
  ReduceSumSquare: reduction(SINCE, 18, (x, axes) => reduced("reduceSum", square(x), axes)),
  ArgMax: argExtreme("argMax"),
  ArgMin: argExtreme("argMin"),
  Softmax: alongAxis("softmax"),
  LogSoftmax: alongAxis("logSoftmax"),
};
