/** Random nodes of reductions along axes. */
import { tensor } from "../../../../compiler/base/tensor.js";
import { axisOf, list, maybe, ranks, someAxes, type Generator } from "../draw.js";

/** Ops that reduce nothing when they are told to, by axes that are empty. */
const KEEPS = ["ReduceSum", "ReduceMean", "ReduceMax", "ReduceMin", "ReduceProd"];

const reduction: Generator = (draw, { op, inputs, attributes, since }) => {
  const x = draw.operand(inputs[0]!.dtypes, ranks(0, 4));
  const negative = since >= 11;
  const keepdims = maybe(draw, draw.int(0, 1));
  const axes =
    x.dims.length > 0 && draw.chance(0.8) ? someAxes(draw, x.dims.length, negative) : undefined;
  if (attributes.has("axes")) return { inputs: [x], attributes: { axes, keepdims } };
  const noop = maybe(draw, KEEPS.includes(op) || axes !== undefined ? draw.int(0, 1) : 0);
  const empty = axes === undefined && draw.chance(0.3);
  const operand = axes !== undefined ? list(...axes) : empty ? list() : undefined;
  return {
    inputs: [x, operand === undefined ? undefined : draw.given(operand)],
    attributes: { keepdims, noop_with_empty_axes: noop },
  };
};

const argExtreme: Generator = (draw, { inputs, attributes, since }) => {
  const x = draw.operand(inputs[0]!.dtypes, ranks(1, 4));
  return {
    inputs: [x],
    attributes: {
      axis: maybe(draw, axisOf(draw, x.dims.length, since >= 11)),
      keepdims: maybe(draw, draw.int(0, 1)),
      select_last_index: attributes.has("select_last_index")
        ? maybe(draw, draw.int(0, 1))
        : undefined,
    },
  };
};

/** Before opset 13 the default is axis 1, over all dims from there on. */
const alongAxis: Generator = (draw, { inputs, since }) => {
  const x = draw.operand(inputs[0]!.dtypes, ranks(since < 13 ? 2 : 1, 4));
  return {
    inputs: [x],
    attributes: { axis: maybe(draw, axisOf(draw, x.dims.length, since >= 11)) },
  };
};

const cumSum: Generator = (draw, { inputs }) => {
  const x = draw.operand(inputs[0]!.dtypes, ranks(1, 4));
  const axis = tensor(draw.pick(inputs[1]!.dtypes), [], [axisOf(draw, x.dims.length)]);
  return {
    inputs: [x, draw.given(axis)],
    attributes: {
      exclusive: maybe(draw, draw.int(0, 1)),
      reverse: maybe(draw, draw.int(0, 1)),
    },
  };
};

export const reduce: Readonly<Record<string, Generator>> = {
  ...Object.fromEntries(
    "ReduceMean ReduceSum ReduceMax ReduceMin ReduceProd ReduceL1 ReduceL2 ReduceLogSum ReduceLogSumExp ReduceSumSquare"
      .split(" ")
      .map((op) => [op, reduction]),
  ),
  ArgMax: argExtreme,
  ArgMin: argExtreme,
  Softmax: alongAxis,
  LogSoftmax: alongAxis,
  Hardmax: alongAxis,
  CumSum: cumSum,
};
