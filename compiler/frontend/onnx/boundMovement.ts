/** Where rows are that a run finds after their value has been moved, cut, joined or looked up. */
import { tensor } from "../../base/tensor.js";
import { axesOf, axisOf, beyond, only, type Rule } from "./boundSite.js";
import { layer, type Value } from "./importSite.js";
import { numbers } from "./ops/constant.js";

export const transpose: Rule = (at) => {
  const [, bound] = only(at);
  const perm = at.site.attributes["perm"] as readonly number[] | undefined;
  return {
    bound: ({ dims }) => ({
      ...bound,
      axis: perm === undefined ? dims.length - 1 - bound.axis : perm.indexOf(bound.axis),
    }),
  };
};

/** Before and after it there may be other dims; where they are merged with it, their elements are rows. */
export const reshape: Rule = (at) => {
  const [position, bound] = only(at);
  if (position !== 0) return beyond("a shape");
  const { dims } = at.site.type(0);
  const product = (list: readonly number[]): number => list.reduce((a, b) => a * b, 1);
  const rows = dims[bound.axis]!;
  const before = product(dims.slice(0, bound.axis));
  return {
    bound(output) {
      for (const [axis, dim] of output.dims.entries()) {
        const [outside, inside] = [
          product(output.dims.slice(0, axis)),
          product(output.dims.slice(axis + 1)),
        ];
        if (outside === before && dim === rows) return { ...bound, axis };
        if (dim % rows !== 0 || before % outside !== 0 || outside * dim < before * rows) continue;
        const after = dim / (rows * (before / outside));
        if (!Number.isInteger(after) || after * inside !== product(dims.slice(bound.axis + 1)))
          continue;
        const source = Array.from({ length: dim }, (_, i) => Math.floor(i / after) % rows);
        const valid = layer("gather", [bound.valid, tensor("i64", [dim], source)], { axis: 0 });
        return { axis, valid, first: bound.first && before === outside };
      }
      return beyond("a shape");
    },
  };
};

/** Dims of 1 come or go. */
export const squeeze: Rule = (at) => {
  const [, bound] = only(at);
  const { dims } = at.site.type(0);
  const gone = axesOf(at.site, dims.length) ?? dims.flatMap((dim, d) => (dim === 1 ? [d] : []));
  if (gone.includes(bound.axis)) return beyond("a shape");
  return {
    bound: () => ({ ...bound, axis: bound.axis - gone.filter((one) => one < bound.axis).length }),
  };
};

export const unsqueeze: Rule = (at) => {
  const [, bound] = only(at);
  return {
    bound({ dims }) {
      const added = axesOf(at.site, dims.length) ?? [];
      const kept = dims.flatMap((_, d) => (added.includes(d) ? [] : [d]));
      return { ...bound, axis: kept[bound.axis]! };
    },
  };
};

/** Rows are looked up by indices, as many as there are, or lie beside the dim that is looked up. */
export const gather: Rule = ({ site, bounds: [data, indices] }) => {
  const [x, at] = [site.type(0).dims.length, site.type(1).dims.length];
  const axis = axisOf(Number(site.attributes["axis"] ?? 0), x);
  const beside = data !== undefined && data.axis !== axis ? data : undefined;
  if (indices !== undefined) {
    if (beside !== undefined) return beyond("a table");
    return { bound: () => ({ ...indices, axis: axis + indices.axis }) };
  }
  if (beside === undefined) return { bound: () => undefined };
  return { bound: () => ({ ...beside, axis: beside.axis + (beside.axis > axis ? at - 1 : 0) }) };
};

export const gatherElements: Rule = ({ site, bounds: [data, indices] }) => {
  const axis = axisOf(Number(site.attributes["axis"] ?? 0), site.type(0).dims.length);
  const beside = data?.axis === axis ? undefined : data;
  return { bound: () => indices ?? beside };
};

export const gatherND: Rule = ({ site, bounds: [, indices] }) => {
  if (indices === undefined) return { bound: () => undefined };
  if (indices.axis === site.type(1).dims.length - 1) return beyond("points");
  return { bound: () => indices };
};

export const concat: Rule = ({ site, bounds }) => {
  const axis = axisOf(Number(site.attributes["axis"]), site.type(0).dims.length);
  const [first] = bounds.filter((bound) => bound !== undefined);
  if (first!.axis !== axis) {
    const alike = bounds.every(
      (one) => one === undefined || (one.axis === first!.axis && one.valid === first!.valid),
    );
    return alike ? { bound: () => first } : beyond("a concatenation");
  }
  const parts = bounds.map((bound, i): Value => {
    if (bound !== undefined) return bound.axis === axis ? bound.valid : beyond("a concatenation");
    const dim = site.type(i).dims[axis]!;
    return tensor("bool", [dim], Array<number>(dim).fill(1));
  });
  const last = bounds.findIndex((bound) => bound !== undefined) === bounds.length - 1;
  const valid = layer("concat", parts, { axis: 0 });
  return { bound: () => ({ axis, valid, first: last && first!.first }) };
};

/** A slice along the rows is one of those that are there where they come first. */
export const slice: Rule = (at) => {
  const [, bound] = only(at);
  const { site } = at;
  const rank = site.type(0).dims.length;
  const given = (name: string, input: number): number[] | undefined =>
    site.inputs[input] === undefined
      ? (site.attributes[name] as number[] | undefined)
      : numbers(site.value(input));
  const starts = given("starts", 1) ?? [];
  const axes = (given("axes", 3) ?? starts.map((_, d) => d)).map((axis) => axisOf(axis, rank));
  const own = axes.indexOf(bound.axis);
  if (own < 0) return { bound: () => bound };
  const fromStart =
    starts[own]! >= 0 && (given("steps", 4)?.[own] ?? 1) === 1 && given("ends", 2)![own]! >= 0;
  if (!fromStart || !bound.first) return beyond("a slice");
  return {
    bound({ dims }) {
      const [start, count] = [starts[own]!, dims[bound.axis]!];
      const valid = layer("slice", [bound.valid], { starts: [start], ends: [start + count] });
      return { ...bound, valid };
    },
  };
};
