/** Random nodes of ops that yield as many rows as they find. */
import { tensor } from "../../../../compiler/base/tensor.js";
import type { Schema } from "../changelog.js";
import { axisOf, filled, maybe, ranks, type Draw, type Generator, type Operand } from "../draw.js";

/** Zeros and ones, of which there is one at least: a constant of nothing else has nothing to yield. */
function chosen(draw: Draw, count: number): number[] {
  const one = draw.int(0, count - 1);
  return Array.from({ length: count }, (_, i) => (i === one ? 1 : draw.int(0, 1)));
}

const nonZero: Generator = (draw, { inputs }) => {
  const dtype = draw.pick(inputs[0]!.dtypes);
  const dims = ranks(1, 3).make(draw);
  const count = dims.reduce((product, dim) => product * dim, 1);
  return { inputs: [draw.given(tensor(dtype, dims, chosen(draw, count)), draw.chance(0.7))] };
};

const compress: Generator = (draw, { inputs, since }) => {
  const x = draw.operand(inputs[0]!.dtypes, ranks(1, 3));
  const axis = axisOf(draw, x.dims.length, since >= 11);
  const flat = draw.chance(0.3);
  const most = flat ? x.dims.reduce((product, dim) => product * dim, 1) : x.dims.at(axis)!;
  const values = chosen(draw, draw.int(1, most));
  const condition = draw.given(tensor("bool", [values.length], values), draw.chance(0.7));
  return { inputs: [x, condition], attributes: { axis: flat ? undefined : axis } };
};

function boxesOf(draw: Draw, batch: number, count: number): Operand {
  const rows = Array.from({ length: batch * count }, () => {
    const [a, b, c, d] = [0, 0, 1, 1].map((least) => draw.int(least, 8));
    return [a!, b!, a! + c!, b! + d!];
  });
  return draw.given(tensor("f32", [batch, count, 4], rows.flat()), true);
}

const nonMaxSuppression: Generator = (draw: Draw, { attributes }: Schema) => {
  const [batch, classes, count] = [draw.int(1, 2), draw.int(1, 3), draw.int(1, 9)];
  const scores = filled(draw, "f32", [batch, classes, count], "plain");
  const limits = [
    draw.chance(0.9)
      ? draw.given(tensor("i64", draw.pick([[], [1]]), [draw.int(1, 9)]))
      : undefined,
    draw.chance(0.7) ? draw.given(tensor("f32", [1], [draw.pick([0, 0.25, 0.5, 1])])) : undefined,
    draw.chance(0.5) ? draw.given(tensor("f32", [1], [draw.pick([-1, 0, 0.5])])) : undefined,
  ];
  const given = limits.slice(0, 1 + limits.findLastIndex((one) => one !== undefined));
  return {
    inputs: [boxesOf(draw, batch, count), draw.given(scores, true), ...given],
    attributes: {
      center_point_box: attributes.has("center_point_box")
        ? maybe(draw, draw.int(0, 1))
        : undefined,
    },
  };
};

export const found: Readonly<Record<string, Generator>> = {
  NonZero: nonZero,
  Compress: compress,
  NonMaxSuppression: nonMaxSuppression,
};
