/** Random nodes of ops that choose, order or mark elements. */
import { ONNX_TYPES } from "../../../../compiler/onnx/proto.js";
import { tensor, type DType } from "../../../../compiler/base/tensor.js";
import type { Schema } from "../changelog.js";
import { axisOf, filled, list, maybe, ranks, type Draw, type Generator } from "../draw.js";
import { indices } from "./parts.js";

export const trilu: Generator = (draw, { inputs }) => {
  const x = draw.operand(inputs[0]!.dtypes, ranks(2, 4));
  const k = draw.chance(0.6) ? draw.given(tensor("i64", [], [draw.int(-2, 2)])) : undefined;
  return { inputs: [x, k], attributes: { upper: maybe(draw, draw.int(0, 1)) } };
};

const eyeLike: Generator = (draw, { inputs, outputs }) => {
  const x = draw.operand(inputs[0]!.dtypes, ranks(2, 2, 5));
  const to = draw.pick(outputs[0]!.dtypes);
  return {
    inputs: [x],
    attributes: { dtype: maybe(draw, ONNX_TYPES[to]), k: maybe(draw, draw.int(-2, 2)) },
  };
};

/** Types of indices, depth and values: those that exporters write, or any. */
const oneHotTypes = (draw: Draw, { inputs }: Schema): readonly DType[] =>
  draw.chance(0.5)
    ? inputs.map(({ dtypes }) => draw.pick(dtypes))
    : ["i64", "i64", draw.pick(["i64", "f32"] as const)];

const oneHot: Generator = (draw, schema) => {
  const dims = ranks(1, 3, 3).make(draw);
  const depth = draw.int(1, 4);
  const [dtype, sizes, of] = oneHotTypes(draw, schema) as [DType, DType, DType];
  const values = filled(draw, of, [2], "plain");
  const low = dtype === "u8" ? 0 : -depth;
  const marks = dims.reduce((product, dim) => product * dim, 1);
  const at = Array.from({ length: marks }, () => draw.int(low, depth));
  const size = tensor(sizes, draw.pick([[], [1]]), [depth]);
  return {
    inputs: [draw.given(tensor(dtype, dims, at), true), draw.given(size), draw.given(values, true)],
    attributes: { axis: maybe(draw, axisOf(draw, dims.length + 1, schema.since >= 11)) },
  };
};

const topK: Generator = (draw, { inputs, attributes, since }) => {
  const x = draw.operand(inputs[0]!.dtypes, ranks(1, 3, 5));
  const axis = axisOf(draw, x.dims.length, since >= 11);
  const last = axis === -1 || axis === x.dims.length - 1;
  const k = draw.int(1, x.dims.at(axis)!);
  const sizes = attributes.has("k") ? [] : [draw.given(list(k))];
  return {
    inputs: [x, ...sizes],
    attributes: {
      axis: last ? maybe(draw, axis) : axis,
      k: attributes.has("k") ? k : undefined,
      largest: attributes.has("largest") ? maybe(draw, draw.int(0, 1)) : undefined,
      sorted: attributes.has("sorted") ? maybe(draw, 1) : undefined,
    },
    outputs: 2,
  };
};

const gatherElements: Generator = (draw, { inputs }) => {
  const x = draw.operand(inputs[0]!.dtypes, ranks(1, 3));
  const axis = axisOf(draw, x.dims.length);
  const at = axis < 0 ? axis + x.dims.length : axis;
  const dims = x.dims.map((dim, i) => (i === at ? draw.int(1, 4) : draw.int(1, dim)));
  const picked = indices(draw, inputs[1]!.dtypes, dims, () => x.dims[at]!, true);
  return { inputs: [x, picked], attributes: { axis: axis === 0 ? maybe(draw, 0) : axis } };
};

const gatherND: Generator = (draw, { inputs, attributes }) => {
  const x = draw.operand(inputs[0]!.dtypes, ranks(1, 3));
  const rank = x.dims.length;
  const batch = attributes.has("batch_dims") ? draw.int(0, rank - 1) : 0;
  const depth = draw.int(1, rank - batch);
  const dims = [...x.dims.slice(0, batch), ...ranks(0, 1, 3).make(draw), depth];
  const limit = (position: number): number => x.dims[batch + (position % depth)]!;
  return {
    inputs: [x, indices(draw, inputs[1]!.dtypes, dims, limit, true)],
    attributes: {
      batch_dims: batch > 0 ? batch : attributes.has("batch_dims") ? maybe(draw, 0) : undefined,
    },
  };
};

export const select: Readonly<Record<string, Generator>> = {
  Trilu: trilu,
  EyeLike: eyeLike,
  OneHot: oneHot,
  TopK: topK,
  GatherElements: gatherElements,
  GatherND: gatherND,
};
