/** Random nodes of ops that write at indices, constant or not. */
import { elementCount, tensor, type DType } from "../../../../compiler/base/tensor.js";
import type { Schema } from "../changelog.js";
import { axisOf, maybe, ranks, type Draw, type Generator, type Operand } from "../draw.js";

/** Small whole numbers, whose sums and products are the same in any order. */
function whole(draw: Draw, dtype: DType, dims: readonly number[]): Operand {
  const values = Array.from({ length: elementCount(dims) }, () =>
    dtype === "bool" || dtype === "u8" ? draw.int(0, 1) : draw.int(-3, 3),
  );
  return draw.given(tensor(dtype, dims, values), true);
}

/** Data: any where nothing meets in it. */
function dataOf(draw: Draw, { inputs }: Schema, meets: boolean): Operand {
  const { dtypes } = inputs[0]!;
  if (!meets) return draw.operand(dtypes, ranks(1, 3));
  const dtype = draw.pick(dtypes.filter((one) => one !== "bool"));
  return whole(draw, dtype, ranks(1, 3).make(draw));
}

function reductionOf(draw: Draw, { attributes, since }: Schema) {
  if (!attributes.has("reduction") || draw.chance(0.3)) return undefined;
  return draw.pick(["none", "add", "mul", ...(since >= 18 ? ["max", "min"] : [])]);
}

const negative = (draw: Draw, at: number, dim: number): number =>
  draw.chance(0.3) ? at - dim : at;

/** Points without order, a box of them in order, or some that meet. */
const scatterND: Generator = (draw, schema) => {
  const reduction = reductionOf(draw, schema);
  const meets = reduction !== undefined && reduction !== "none";
  const x = dataOf(draw, schema, meets);
  const depth = draw.int(1, x.dims.length);
  const [places, rest] = [x.dims.slice(0, depth), x.dims.slice(depth)];
  const all = indicesIn(places);
  const boxed = places.map((dim) => draw.int(0, dim - 1));
  const points = draw.chance(0.4)
    ? all.filter((point) => point.every((at, d) => at >= boxed[d]!))
    : draw.shuffle(all).slice(0, draw.int(1, all.length));
  const written = meets && draw.chance(0.6) ? [...points, ...points.slice(0, 3)] : points;
  const values = written.flatMap((point) => point.map((at, d) => negative(draw, at, places[d]!)));
  return {
    inputs: [
      x,
      draw.given(tensor("i64", [written.length, depth], values), draw.chance(0.5)),
      whole(draw, x.dtype, [written.length, ...rest]),
    ],
    attributes: { reduction },
  };
};

function indicesIn(dims: readonly number[]): number[][] {
  return dims.reduce<number[][]>(
    (points, dim) =>
      points.flatMap((point) => Array.from({ length: dim }, (_, i) => [...point, i])),
    [[]],
  );
}

/** Every line along the axis has its own indices, or all have the same. */
const scatterElements: Generator = (draw, schema) => {
  const reduction = reductionOf(draw, schema);
  const meets = reduction !== undefined && reduction !== "none";
  const x = dataOf(draw, schema, meets);
  const axis = axisOf(draw, x.dims.length, schema.since >= 11);
  const along = axis < 0 ? axis + x.dims.length : axis;
  const dim = x.dims[along]!;
  const full = draw.chance(0.5);
  const count = draw.int(1, dim) + (meets ? draw.int(0, 2) : 0);
  const dims = x.dims.map((one, d) => (d === along ? count : full ? one : draw.int(1, one)));
  const line = (): number[] => {
    const order = draw.shuffle(Array.from({ length: dim }, (_, i) => i));
    return Array.from({ length: count }, (_, i) => negative(draw, order[i % dim]!, dim));
  };
  const same = line();
  const lines = new Map<string, readonly number[]>();
  const values = indicesIn(dims).map((index) => {
    const key = index.with(along, 0).join();
    const own = lines.get(key) ?? (full && draw.chance(0.5) ? same : line());
    lines.set(key, own);
    return own[index[along]!]!;
  });
  const indices = tensor(draw.pick(schema.inputs[1]!.dtypes), dims, values);
  return {
    inputs: [x, draw.given(indices, draw.chance(0.5)), whole(draw, x.dtype, dims)],
    attributes: { axis: axis === 0 ? maybe(draw, 0) : axis, reduction },
  };
};

export const scatter: Readonly<Record<string, Generator>> = {
  ScatterND: scatterND,
  ScatterElements: scatterElements,
  Scatter: scatterElements,
};
