/** Random nodes of ops that put elements together, and take some of them. */
import { type DType, elementCount, tensor } from "../../../../compiler/base/tensor.js";
import { float } from "../../../support/onnxModel.js";
import type { Random } from "../../../support/random.js";
import {
  axisOf,
  type Draw,
  type Generator,
  list,
  maybe,
  type Operand,
  ranks,
  type Shape,
  someAxes,
} from "../draw.js";

const concat: Generator = (draw, { inputs, since }) => {
  const first = draw.operand(inputs[0]!.dtypes, ranks(1, 4));
  const rank = first.dims.length;
  const axis = axisOf(draw, rank, since >= 11);
  const at = axis < 0 ? axis + rank : axis;
  const others = Array.from({ length: draw.int(0, 3) }, () =>
    draw.operand([first.dtype], sameBut(first.dims, at)),
  );
  return { inputs: [first, ...others], attributes: { axis } };
};

/** The same dims but along one axis. */
function sameBut(dims: readonly number[], axis: number): Shape {
  return {
    fits: (other) =>
      other.length === dims.length && other.every((dim, i) => i === axis || dim === dims[i]),
    make: (random) => dims.map((dim, i) => (i === axis ? random.int(1, 3) : dim)),
  };
}

const BEYOND = Number.MAX_SAFE_INTEGER;

const slice: Generator = (draw, { inputs, attributes, since }) => {
  const x = draw.operand(inputs[0]!.dtypes, ranks(1, 4));
  const rank = x.dims.length;
  const axes = since < 10 || draw.chance(0.7) ? someAxes(draw, rank, since >= 10) : undefined;
  const along = axes ?? x.dims.map((_, i) => i);
  const parts = along.map((axis) => cut(draw, x.dims.at(axis)!, since >= 10));
  const [starts, ends, steps] = [0, 1, 2].map((i) => parts.map((part) => part[i]!)) as [
    number[],
    number[],
    number[],
  ];
  const dtype = attributes.has("starts") ? "i64" : draw.pick(inputs[1]!.dtypes);
  if (attributes.has("starts")) {
    const plain = axes === undefined || axes.every((axis, i) => axis === i);
    return { inputs: [x], attributes: { starts, ends, axes: plain ? maybe(draw, along) : along } };
  }
  const given = (values: readonly number[]) =>
    draw.given(
      tensor(
        dtype,
        [values.length],
        dtype === "i32"
          ? values.map((v) => Math.max(-(2 ** 31), Math.min(2 ** 31 - 1, v)))
          : values,
      ),
    );
  const stepped = steps.some((step) => step !== 1) || draw.chance(0.3);
  return {
    inputs: [
      x,
      given(starts),
      given(ends),
      axes === undefined ? undefined : given(axes),
      stepped ? given(steps) : undefined,
    ],
  };
};

/** Start, end and step of a part of `dim` elements that has at least one of them. */
function cut(draw: Random, dim: number, steps: boolean): readonly [number, number, number] {
  const start = draw.int(0, dim - 1);
  if (steps && draw.chance(0.3)) {
    const step = -draw.int(1, 2);
    const end = draw.pick([-BEYOND, draw.int(-dim - 1, start - 1 - dim)]);
    return [draw.pick([start, start - dim]), end, step];
  }
  const end = draw.int(start + 1, dim);
  const far = end === dim ? draw.pick([BEYOND, dim + 3, dim]) : draw.pick([end, end - dim]);
  return [draw.pick([start, start - dim]), far, steps ? draw.int(1, 3) : 1];
}

const split: Generator = (draw, { inputs, attributes, since }) => {
  const x = draw.operand(inputs[0]!.dtypes, {
    fits: (dims) => dims.length >= 1 && dims.length <= 4 && Math.max(...dims) > 1,
    make: (random) => random.shuffle([random.int(2, 6), random.int(1, 3), random.int(1, 3)]),
  });
  const rank = x.dims.length;
  const long = draw.pick(x.dims.flatMap((dim, i) => (dim > 1 ? [i] : [])));
  const axis = since >= 11 && draw.chance(0.4) ? long - rank : long;
  const dim = x.dims[long]!;
  const named = long === 0 ? maybe(draw, axis) : axis;
  const counts = [2, 3, 4].filter((count) => count <= dim && dim % count === 0);
  if (counts.length > 0 && draw.chance(0.4)) {
    const count = draw.pick(counts);
    const num_outputs = attributes.has("num_outputs") ? count : undefined;
    return { inputs: [x], attributes: { axis: named, num_outputs }, outputs: count };
  }
  if (attributes.has("num_outputs") && draw.chance(0.4)) {
    const count = draw.pick(
      [2, 3, 4].filter((parts) => Math.ceil(dim / parts) * (parts - 1) < dim),
    );
    return { inputs: [x], attributes: { axis: named, num_outputs: count }, outputs: count };
  }
  const first = draw.int(1, dim - 1);
  const sizes = draw.shuffle([first, dim - first]);
  if (attributes.has("split"))
    return { inputs: [x], attributes: { axis: named, split: sizes }, outputs: 2 };
  return { inputs: [x, draw.given(list(...sizes))], attributes: { axis: named }, outputs: 2 };
};

const pad: Generator = (draw, { inputs, attributes, since }) => {
  const x = draw.operand(inputs[0]!.dtypes, ranks(1, 4, 5));
  const rank = x.dims.length;
  const mode = draw.pick(["constant", "reflect", "edge", ...(since >= 19 ? ["wrap"] : [])]);
  const axes = inputs.length > 3 && draw.chance(0.5) ? someAxes(draw, rank) : undefined;
  const along = axes ?? x.dims.map((_, i) => i);
  const crop = draw.chance(0.3);
  const side = (axis: number): number => {
    const dim = x.dims.at(axis)!;
    if (crop && dim > 2) return draw.int(-1, 1);
    return draw.int(0, mode === "reflect" || mode === "wrap" ? Math.min(2, dim - 1) : 2);
  };
  const pads = [...along.map(side), ...along.map(side)];
  const how = { mode: mode === "constant" ? maybe(draw, mode) : mode };
  if (attributes.has("pads"))
    return {
      inputs: [x],
      attributes: { ...how, pads, value: maybe(draw, float(draw.pick([1, 0.5]))) },
    };
  const value = tensor(x.dtype, [], [x.dtype === "bool" ? 1 : 3]);
  return {
    inputs: [
      x,
      draw.given(list(...pads)),
      mode === "constant" && draw.chance(0.6) ? draw.given(value) : undefined,
      axes === undefined
        ? undefined
        : draw.given(tensor(draw.pick(inputs[3]!.dtypes), [axes.length], axes)),
    ],
    attributes: how,
  };
};

/** In range, negative where this version has that. */
export function indices(
  draw: Draw,
  dtypes: readonly DType[],
  dims: readonly number[],
  limit: (position: number) => number,
  negative: boolean,
): Operand {
  const values = Array.from({ length: elementCount(dims) }, (_, position) => {
    const most = limit(position);
    return draw.int(negative ? -most : 0, most - 1);
  });
  return draw.given(tensor(draw.pick(dtypes), dims, values), true);
}

const gather: Generator = (draw, { inputs, since }) => {
  const x = draw.operand(inputs[0]!.dtypes, ranks(1, 3));
  const axis = axisOf(draw, x.dims.length, since >= 11);
  const shape = ranks(0, 2, 3).make(draw);
  const picked = indices(draw, inputs[1]!.dtypes, shape, () => x.dims.at(axis)!, since >= 11);
  return { inputs: [x, picked], attributes: { axis: axis === 0 ? maybe(draw, 0) : axis } };
};

export const parts: Readonly<Record<string, Generator>> = {
  Concat: concat,
  Slice: slice,
  Split: split,
  Pad: pad,
  Gather: gather,
};
