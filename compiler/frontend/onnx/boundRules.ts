/** What ops make of values that have as many rows as a run finds: which rows of their results are there. */
import type { TensorType } from "../../base/tensor.js";
import * as moved from "./boundMovement.js";
import {
  axesOf,
  axisOf,
  beyond,
  only,
  type BoundSite,
  type Followed,
  type Rule,
} from "./boundSite.js";
import { filled, firstRows, highest, lowest } from "./bounds.js";
import { layer } from "./importSite.js";
import { activationRows } from "./ops/activation.js";
import { pointwiseRows } from "./ops/pointwise.js";

/** Rows meet rows: all that are bounded are so along one dim, by the same. */
const broadcast: Rule = ({ site, bounds }) => {
  const found = bounds.flatMap((bound, i) =>
    bound === undefined ? [] : [{ ...bound, fromEnd: site.type(i).dims.length - bound.axis }],
  );
  const [first] = found;
  const alike = found.every(
    ({ fromEnd, valid }) => fromEnd === first!.fromEnd && valid === first!.valid,
  );
  if (!alike) return beyond("arithmetic");
  return { bound: ({ dims }) => ({ ...first!, axis: dims.length - first!.fromEnd }) };
};

/** Along the rows those that are not there come last. */
const topK: Rule = (at) => {
  const [position, bound] = only(at);
  const { site } = at;
  const x = site.type(0);
  if (position !== 0) return beyond("a number");
  if (axisOf(Number(site.attributes["axis"] ?? -1), x.dims.length) !== bound.axis)
    return { bound: () => bound };
  const largest = site.attributes["largest"] !== false;
  const worst = largest ? lowest(x.dtype) : x.dtype === "f32" ? NaN : highest(x.dtype);
  return {
    inputs: [filled(site.inputs[0]!, bound, x, worst), ...site.inputs.slice(1)],
    bound: ({ dims }) => ({
      axis: bound.axis,
      valid: firstRows(bound.valid, dims[bound.axis]!),
      first: true,
    }),
  };
};

/** Rows that are not there change nothing. */
const reduction =
  (neutral: (type: TensorType) => number): Rule =>
  (at) => {
    const [position, bound] = only(at);
    const { site } = at;
    const x = site.type(0);
    if (position !== 0) return beyond("axes");
    const { attributes } = site;
    const single = attributes["axis"] as number | undefined;
    const named =
      single === undefined ? axesOf(site, x.dims.length) : [axisOf(single, x.dims.length)];
    const axes = named === undefined || named.length === 0 ? x.dims.map((_, d) => d) : named;
    if (axes.includes(bound.axis)) {
      const inputs = [filled(site.inputs[0]!, bound, x, neutral(x)), ...site.inputs.slice(1)];
      return { inputs, bound: () => undefined };
    }
    const kept = attributes["keepdims"] !== false;
    const before = axes.filter((axis) => axis < bound.axis).length;
    return { bound: () => ({ ...bound, axis: bound.axis - (kept ? 0 : before) }) };
  };

const unclear = (): never => beyond("a mean");

/** Scores that are none, of boxes that are not there; what is found has a bound of its own. */
const suppression: Rule = ({ site, bounds: [boxes, scores] }) => {
  const [bound] = [boxes, scores].filter((one) => one !== undefined);
  const differ = boxes !== undefined && scores !== undefined && boxes.valid !== scores.valid;
  if (
    differ ||
    (boxes !== undefined && boxes.axis !== 1) ||
    (scores !== undefined && scores.axis !== 2)
  ) {
    return beyond("boxes");
  }
  const type = site.type(1);
  const own = filled(site.inputs[1]!, { ...bound!, axis: 2 }, type, -Infinity);
  return { inputs: [site.inputs[0], own, ...site.inputs.slice(2)], bound: () => undefined };
};

const nonZero: Rule = (at) => {
  const [, bound] = only(at);
  return {
    inputs: [filled(at.site.inputs[0]!, bound, at.site.type(0), 0)],
    bound: () => undefined,
  };
};

const compress: Rule = ({ site, bounds: [data, condition] }) => {
  const axis = site.attributes["axis"] as number | undefined;
  const rank = site.type(0).dims.length;
  const beside =
    data !== undefined && (axis === undefined ? rank > 1 : axisOf(axis, rank) !== data.axis);
  if (beside || (data !== undefined && condition !== undefined && data.valid !== condition.valid)) {
    return beyond("a choice");
  }
  const whole =
    site.type(1).dims[0] === site.type(0).dims[axis === undefined ? 0 : axisOf(axis, rank)];
  if (!whole) return beyond("a choice");
  const { valid } = (data ?? condition)!;
  return {
    inputs: [site.inputs[0], layer("logicalAnd", [site.inputs[1], valid])],
    bound: () => undefined,
  };
};

/** Updates that are not there go nowhere. */
const scatterND: Rule = ({ site, bounds: [data, indices, updates] }) => {
  const differ = updates !== undefined && updates.valid !== indices?.valid;
  const rank = site.type(1).dims.length;
  if (data !== undefined || indices === undefined || differ || indices.axis === rank - 1)
    return beyond("updates");
  const nowhere = filled(site.inputs[1]!, indices, site.type(1), 2 ** 31 - 1);
  return { inputs: [site.inputs[0], nowhere, site.inputs[2]], bound: () => undefined };
};

/** Rows of a matrix. */
const product: Rule = (at) => {
  const [position, bound] = only(at);
  const rank = at.site.type(0).dims.length;
  const turned = Number(at.site.attributes["transA"] ?? 0) !== 0;
  if (position !== 0 || turned || bound.axis === rank - 1) return beyond("a product");
  return { bound: ({ dims }) => ({ ...bound, axis: bound.axis + dims.length - rank }) };
};

/** One row of the result for each region, whose boxes and pictures are the second and third input. */
const regions: Rule = ({ bounds: [x, boxes, batch] }) => {
  const bound = boxes ?? batch;
  const differ = boxes !== undefined && batch !== undefined && boxes.valid !== batch.valid;
  return x !== undefined || differ || bound?.axis !== 0
    ? beyond("regions")
    : { bound: () => bound };
};

/** Along other dims alone; before opset 13 a softmax goes over all that follow, too. */
const along =
  (fallback: number, since: number): Rule =>
  (at) => {
    const [position, bound] = only(at);
    const axis = axisOf(
      Number(at.site.attributes["axis"] ?? fallback),
      at.site.type(0).dims.length,
    );
    const crosses = axis === bound.axis || at.site.opset < since;
    return crosses || position !== 0 ? beyond("what goes along all") : { bound: () => bound };
  };

const nothing: Rule = () => ({ bound: () => undefined });

const RULES: Readonly<Record<string, Rule>> = {
  ...Object.fromEntries(
    [...Object.keys(activationRows), ...Object.keys(pointwiseRows)].map((op) => [op, broadcast]),
  ),
  Identity: broadcast,
  Dropout: broadcast,
  Expand: (at) => (at.bounds[0] === undefined ? beyond("a shape") : broadcast(at)),
  Shape: nothing,
  Size: nothing,
  ConstantOfShape: nothing,
  Transpose: moved.transpose,
  Reshape: moved.reshape,
  Flatten: moved.reshape,
  Squeeze: moved.squeeze,
  Unsqueeze: moved.unsqueeze,
  Gather: moved.gather,
  GatherElements: moved.gatherElements,
  GatherND: moved.gatherND,
  Concat: moved.concat,
  Slice: moved.slice,
  TopK: topK,
  ReduceSum: reduction(() => 0),
  ReduceSumSquare: reduction(() => 0),
  ReduceL1: reduction(() => 0),
  ReduceL2: reduction(() => 0),
  ReduceProd: reduction(() => 1),
  ReduceMax: reduction(({ dtype }) => lowest(dtype)),
  ReduceMin: reduction(({ dtype }) => highest(dtype)),
  ReduceMean: reduction(unclear),
  ArgMax: reduction(({ dtype }) => lowest(dtype)),
  ArgMin: reduction(({ dtype }) => highest(dtype)),
  Softmax: along(-1, 13),
  LogSoftmax: along(-1, 13),
  Split: along(0, 1),
  MatMul: product,
  Gemm: product,
  NonMaxSuppression: suppression,
  NonZero: nonZero,
  Compress: compress,
  ScatterND: scatterND,
  RoiAlign: regions,
};

/** What a node makes of bounded inputs. Throws CompileError `unsupported` where nobody says. */
export function followBounds(opType: string, at: BoundSite): Followed {
  const rule = Object.hasOwn(RULES, opType) ? RULES[opType]! : undefined;
  return rule === undefined ? beyond(opType) : rule(at);
}
