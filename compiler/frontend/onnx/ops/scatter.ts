/** How ONNX's ops that write at indices are read: where those are known, every place reads what goes there, else one is written after the other. */
import { z } from "zod";
import {
  elementCount,
  formatType,
  rowMajorStrides,
  type Tensor,
  type TensorType,
} from "../../../base/tensor.js";
import {
  integer,
  layer,
  refuse,
  reshape,
  row,
  type Row,
  type Site,
  type Value,
} from "../importSite.js";
import { axisOf, numbers } from "./constant.js";
import { along, alike, REDUCTIONS, type Reduction } from "./scatterAlong.js";

const MOST_INDICES = 2 ** 22;

/** Throws CompileError `too-large` where there are more indices than are worth a look. */
function valuesOf(indices: Tensor): readonly number[] {
  if (indices.data.length <= MOST_INDICES) return numbers(indices);
  const shown = formatType(indices.type);
  return refuse(`indices are ${shown}: at most ${MOST_INDICES} are read`, undefined, "too-large");
}

/** An index that may count from the end. Throws CompileError `bad-attribute` outside. */
function placeOf(index: number, dim: number): number {
  const place = index < 0 ? index + dim : index;
  if (Number.isInteger(place) && place >= 0 && place < dim) return place;
  return refuse(`index ${index} of a dimension of ${dim}`, undefined, "bad-attribute");
}

/** Throws CompileError `shape-mismatch` unless the updates have these dims. */
function checkUpdates({ type }: Pick<Site, "type">, expected: readonly number[] | undefined): void {
  if (expected?.join() === type(2).dims.join()) return;
  const shown = [type(2), type(1), type(0)].map(formatType) as [string, string, string];
  const message = `updates ${shown[0]} do not fit indices ${shown[1]} into ${shown[2]}`;
  refuse(message, undefined, "shape-mismatch");
}

/** out[indices[j…, :]…, :] = updates[j…, :], where the last dim of indices holds points in the first dims of data. */
function scatterND(site: Site<{ reduction: Reduction }>): Value {
  const { inputs, attributes, type } = site;
  const [data, , updates] = inputs as [Value, Value, Value];
  const indices = site.known(1);
  if (indices === undefined) return layer("scatterND", inputs, attributes);
  const { dims, dtype } = type(0);
  const depth = indices.type.dims.at(-1) ?? 0;
  const lead = indices.type.dims.slice(0, -1);
  const fits = depth >= 1 && depth <= dims.length;
  checkUpdates(site, fits ? [...lead, ...dims.slice(depth)] : undefined);
  const places = dims.slice(0, depth);
  const rest = dims.slice(depth);
  const values = valuesOf(indices);
  const points = Array.from({ length: elementCount(lead) }, (_, j) =>
    places.map((dim, d) => placeOf(values[j * depth + d]!, dim)),
  );
  const box = boxOf(points);
  if (box !== undefined) return inBox(site, box);
  const size = elementCount(places);
  const strides = rowMajorStrides(places);
  const targets = points.map((point) => point.reduce((sum, at, d) => sum + at * strides[d]!, 0));
  const flat = { axis: 0, rank: 1 + rest.length, size, targets, reduction: attributes.reduction };
  const [from, to] = [reshape(updates, points.length, ...rest), reshape(data, size, ...rest)];
  return reshape(along({ data: to, updates: from, ...flat }, dtype), ...dims);
}

interface Span {
  readonly start: number;
  readonly end: number;
}

/** The box whose points these are, in order; undefined where there is none. */
function boxOf(points: readonly (readonly number[])[]): readonly Span[] | undefined {
  const [first, last] = [points[0], points.at(-1)];
  if (first === undefined || last === undefined) return undefined;
  const box = first.map((start, d): Span => ({ start, end: last[d]! + 1 }));
  const extents = box.map(({ start, end }) => end - start);
  if (extents.some((extent) => extent < 1) || elementCount(extents) !== points.length) return;
  const strides = rowMajorStrides(extents);
  const expected = (j: number, d: number): number =>
    box[d]!.start + (Math.floor(j / strides[d]!) % extents[d]!);
  return points.every((point, j) => point.every((at, d) => at === expected(j, d)))
    ? box
    : undefined;
}

/** What lies together stands between the parts around it: nothing is looked up. */
function inBox(
  { inputs, attributes, type }: Site<{ reduction: Reduction }>,
  box: readonly Span[],
): Value {
  const [data, , updates] = inputs as [Value, Value, Value];
  const { dims } = type(0);
  const extents = box.map(({ start, end }) => end - start);
  const inner = reshape(updates, ...extents, ...dims.slice(box.length));
  const how = REDUCTIONS[attributes.reduction];
  const cut = (from: Value, axis: number, start: number, end: number): Value =>
    layer("slice", [from], { starts: [start], ends: [end], axes: [axis] });
  const replaced = (from: Value, axis: number): Value => {
    if (axis === box.length) return how === undefined ? inner : layer(how.op, [from, inner]);
    const { start, end } = box[axis]!;
    const dim = dims[axis]!;
    if (start === 0 && end === dim) return replaced(from, axis + 1);
    const parts = [
      ...(start > 0 ? [cut(from, axis, 0, start)] : []),
      replaced(cut(from, axis, start, end), axis + 1),
      ...(end < dim ? [cut(from, axis, end, dim)] : []),
    ];
    return layer("concat", parts, { axis });
  };
  return replaced(data, 0);
}

/** Updates that go where indices say along an axis. */
export interface Elements {
  readonly data: Value;
  readonly indices: Value;
  readonly updates: Value;
  readonly type: (input: number) => TensorType;
  /** The values of the indices; undefined where only a run knows them. */
  readonly known: Tensor | undefined;
  readonly axis: number;
  readonly reduction: Reduction;
}

/** out[i… with indices[i…] in place of i[axis]] = updates[i…] */
export function scatterElements(elements: Elements): Value {
  const { data, indices, updates, type, known, reduction } = elements;
  if (known === undefined) {
    return layer("scatterElements", [data, indices, updates], { axis: elements.axis, reduction });
  }
  const { dims, dtype } = type(0);
  const axis = axisOf(elements.axis, dims.length);
  const given = type(1).dims;
  const inside =
    given.length === dims.length && given.every((dim, d) => d === axis || dim <= dims[d]!);
  checkUpdates(elements, inside ? given : undefined);
  const places = valuesOf(known).map((index) => placeOf(index, dims[axis]!));
  const whole = given.every((dim, d) => d === axis || dim === dims[d]);
  const targets = whole ? alike(places, given, axis) : undefined;
  if (targets !== undefined) {
    const lines = { axis, rank: dims.length, size: dims[axis]!, targets, reduction };
    return along({ data, updates, ...lines }, dtype);
  }
  const [own, strides] = [rowMajorStrides(given), rowMajorStrides(dims)];
  const flat = places.map((place, j) =>
    given.reduce((sum, dim, d) => {
      const at = d === axis ? place : Math.floor(j / own[d]!) % dim;
      return sum + at * strides[d]!;
    }, 0),
  );
  const size = elementCount(dims);
  const from = reshape(updates, flat.length);
  const all = { axis: 0, rank: 1, size, targets: flat, reduction };
  return reshape(along({ data: reshape(data, size), updates: from, ...all }, dtype), ...dims);
}

function elementsOf(site: Site<{ axis: number }>, reduction: Reduction): Value {
  const [data, indices, updates] = site.inputs as [Value, Value, Value];
  const { type, attributes } = site;
  const { axis } = attributes;
  return scatterElements({ data, indices, updates, type, known: site.known(1), axis, reduction });
}

const axis = integer.default(0);
const reduction = z.enum(["none", "add", "mul", "max", "min"]).default("none");

export const scatterRows: Readonly<Record<string, Row>> = {
  ScatterND: row({
    inputs: "data indices updates",
    attributes: { reduction },
    since: [[11, []], [13, []], 16, 18],
    build: scatterND,
  }),
  ScatterElements: row({
    inputs: "data indices updates",
    attributes: { axis, reduction },
    since: [[11, ["axis"]], [13, ["axis"]], 16, 18],
    build: (site) => elementsOf(site, site.attributes.reduction),
  }),
  Scatter: row({
    inputs: "data indices updates",
    attributes: { axis },
    since: [9],
    until: 11,
    build: (site) => elementsOf(site, "none"),
  }),
};
