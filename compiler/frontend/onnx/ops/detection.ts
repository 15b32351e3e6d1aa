/** How ONNX's ops are read that yield as many as a run finds: there is room for all that there can be. */
import { elementCount, rowMajorStrides, tensor, type TensorType } from "../../../base/tensor.js";
import { placesOf } from "../bounds.js";
import {
  integer,
  layer,
  list,
  refuse,
  row,
  type Layer,
  type Row,
  type Site,
  type Value,
} from "../importSite.js";
import { axisOf, numbers } from "./constant.js";
import { castTo } from "./pointwise.js";

const whole = (value: number): Value => tensor("i32", [], [value]);

/** The index in one dim of elements that lie at these places of all. */
function coordinate(places: Value, dims: readonly number[], d: number): Value {
  const stride = rowMajorStrides(dims)[d]!;
  const rows = stride === 1 ? places : layer("div", [places, whole(stride)]);
  return d === 0 ? rows : layer("mod", [rows, whole(dims[d]!)]);
}

/** Lists side by side along an axis, −1 where there is none. */
function listed(lists: readonly Value[], valid: Value, axis: 0 | 1): Layer {
  const rows = lists.map((one) =>
    layer("unsqueeze", [layer("where", [valid, one, whole(-1)])], { axes: [axis] }),
  );
  return castTo("i64", rows.length === 1 ? rows[0]! : layer("concat", rows, { axis }));
}

/** Places of elements that are not zero, of a constant. */
function constantPlaces(site: Site, input: number): number[] | undefined {
  const known = site.known(input);
  return known && numbers(known).flatMap((value, i) => (value === 0 ? [] : [i]));
}

/** Indices of elements that are not zero, [rank, as many as there are]. */
function nonZero(site: Site): Value {
  const [x] = site.inputs as [Value];
  const { dims } = site.type(0);
  const rank = dims.length;
  if (rank === 0) return refuse("the input is a scalar", "Unsqueeze it", "shape-mismatch");
  const strides = rowMajorStrides(dims);
  const known = constantPlaces(site, 0);
  if (known !== undefined) {
    const rows = dims.flatMap((dim, d) => known.map((at) => Math.floor(at / strides[d]!) % dim));
    return tensor("i64", [rank, known.length], rows);
  }
  const { places, valid } = placesOf(x);
  const lists = dims.map((_, d) => coordinate(places, dims, d));
  return site.bounded(listed(lists, valid, 0), { axis: 1, valid, first: true });
}

/** Slices of those places along an axis where a condition holds. */
function compress(site: Site<{ axis?: number | undefined }>): Value {
  const [input, condition] = site.inputs as [Value, Value];
  const { dims } = site.type(0);
  const given = site.attributes.axis;
  const axis = given === undefined ? 0 : axisOf(given, dims.length);
  const x = given === undefined ? layer("reshape", [input, list([-1])]) : input;
  const size = given === undefined ? elementCount(dims) : dims[axis]!;
  const known = constantPlaces(site, 1)?.filter((place) => place < size);
  if (known !== undefined) return layer("gather", [x, list(known)], { axis });
  const chosen =
    elementCount(site.type(1).dims) <= size
      ? condition
      : layer("slice", [condition], { starts: [0], ends: [size] });
  const { places, valid } = placesOf(chosen);
  return site.bounded(layer("gather", [x, places], { axis }), { axis, valid, first: true });
}

interface Suppression {
  readonly center_point_box: number;
}

/** The only element of an optional input, of a constant. */
function single(site: Site, input: number, fallback: number): number {
  return site.inputs[input] === undefined ? fallback : (numbers(site.value(input))[0] ?? fallback);
}

/** Boxes by two corners, the lower one first: of two corners in any order, or of a centre and sides. */
function cornersOf(boxes: Value, centred: boolean): Value {
  const half = (start: number): Value =>
    layer("slice", [boxes], { starts: [start], ends: [start + 2], axes: [2] });
  const [a, b] = [half(0), half(2)];
  const away = layer("div", [b, tensor("f32", [], [2])]);
  const ends = centred
    ? [layer("sub", [a, away]), layer("add", [a, away])]
    : [layer("min", [a, b]), layer("max", [a, b])];
  return layer("concat", ends, { axis: 2 });
}

/** Rows of batch, class and box, of each class those with the highest scores first. */
function suppression(site: Site<Suppression>): Value {
  const [boxes, scores] = site.inputs as [Value, Value];
  const [x, y]: readonly TensorType[] = [site.type(0), site.type(1)];
  const count = x!.dims[1] ?? 0;
  const [batch = 0, classes = 0] = y!.dims;
  const most = Math.min(single(site, 2, 0), count);
  if (most < 1 || elementCount(y!.dims) === 0) return tensor("i64", [0, 3], []);
  const iouThreshold = single(site, 3, 0);
  const scoreThreshold = single(site, 4, -Infinity);
  if (!(iouThreshold >= 0 && iouThreshold <= 1)) {
    refuse(`iou_threshold is ${iouThreshold}: expected 0 to 1`, undefined, "bad-attribute");
  }
  const corners = cornersOf(boxes, site.attributes.center_point_box !== 0);
  const attributes = { most, iouThreshold, scoreThreshold };
  const taken = layer("nonMaxSuppression", [corners, scores], attributes);
  const { places, valid } = placesOf(layer("greaterOrEqual", [taken, whole(0)]));
  const box = layer("gather", [layer("reshape", [taken, list([-1])]), places], { axis: 0 });
  const dims = [batch, classes, most];
  const lists = [coordinate(places, dims, 0), coordinate(places, dims, 1), box];
  return site.bounded(listed(lists, valid, 1), { axis: 0, valid, first: true });
}

export const detectionRows: Readonly<Record<string, Row>> = {
  NonZero: row({ inputs: "X", since: [9, 13], build: nonZero }),
  Compress: row({
    inputs: "input condition",
    attributes: { axis: integer.optional() },
    since: [9, 11, 28],
    build: compress,
  }),
  NonMaxSuppression: row({
    inputs: "boxes scores max_output_boxes_per_class? iou_threshold? score_threshold?",
    attributes: { center_point_box: integer.default(0) },
    since: [10, 11],
    build: suppression,
  }),
};
