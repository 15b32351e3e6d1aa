/**
 * Sums over words of narrow weights as Computes, fields being the weights of a word:
 *
 *   prepared[f, q]  = ± factors[f · Q + q];   totals[p, f] = bias[f] · Σ(q of p) prepared[f, q]
 *   mixed[f, q]     = Σg mixed[f, g] · prepared[g, q]
 *   fields[p, f, j] = totals[p, f] + Σ(q of p) mixed[f, q] · value(words[j, q], f)
 *   out[j]          = epilogue(init + behind · Σp Σf fields[p, f, j])
 *
 * A part p of the words goes by for all channels before the next one: of a long sum, factors would leave the
 * first-level cache for every eight channels, beside weights that are read once.
 */
import {
  addIndex,
  at,
  axisIndex,
  indexExpr,
  scaleIndex,
  substituteExpr,
} from "../../compute/affine.js";
import { binary, cast, constant, load, mul, sub, temporaryOf } from "../../compute/expr.js";
import type { Axis, Compute, Expr, Index, Kernel } from "../../compute/ir.js";
import { exprMentions } from "../../compute/walk.js";
import type { Tensor } from "../../base/tensor.js";
import { wordDims, type NarrowSums } from "./narrowSums.js";

/** What a kernel calls its weights in words. */
export const WORDS = "words";
/** What it calls what they are multiplied with, and the sums of each field. */
export const PREPARED = "prepared";
export const FIELDS = "fields";
export const TOTALS = "totals";
const MIXED = "mixed";
const BIASES = "biases";
const MIXING = "mixing";

/** What the Computes of a kernel have in common. */
interface Frame {
  readonly sums: NarrowSums;
  readonly field: Axis;
  readonly word: Axis;
  /** The same as parts, and words of one. */
  readonly part: Axis;
  readonly within: Axis;
  readonly position: Index;
  /** Axes of the output that factors are read along, and those that are summed up besides words. */
  readonly rows: readonly Axis[];
  readonly others: readonly Axis[];
}

/** The kernel over words that computes what one over narrow weights does, up to rounding. */
export function wordKernel(kernel: Kernel, sums: NarrowSums): Kernel {
  const { compute, factors, format, source, words, parts, steps } = sums;
  const part: Axis = { name: "part", extent: parts };
  const within: Axis = { name: "word", extent: words / parts };
  const frame: Frame = {
    sums,
    field: { name: "field", extent: format.shift.length },
    word: { name: "word", extent: words },
    part,
    within,
    position: addIndex(scaleIndex(axisIndex(part), within.extent), axisIndex(within)),
    rows: compute.axes.filter(({ name }) => factors.some((factor) => exprMentions(factor, name))),
    others: compute.reduce.filter((axis) => axis !== steps),
  };
  const { rows, others, field, word } = frame;
  const { biases } = format;
  return {
    ...kernel,
    inputs: kernel.inputs.map((input) => {
      if (input.name !== source) return input;
      const dims = wordDims(input.type.dims, sums);
      return { ...input, name: WORDS, type: { dtype: "i32", dims } };
    }),
    constants: [
      ...kernel.constants,
      ...(biases === undefined ? [] : [{ name: BIASES, value: tableOf([biases], []) }]),
      { name: MIXING, value: tableOf(format.mixed, [field.extent]), sparse: true },
    ],
    temporaries: [
      temporaryOf(PREPARED, [...rows, ...others, field, word]),
      ...(biases === undefined ? [] : [temporaryOf(TOTALS, [...rows, part, field])]),
      // One after the other as they are read: with a stream for each field memory is read half as fast.
      temporaryOf(MIXED, [...rows, ...others, word, field]),
      temporaryOf(FIELDS, [part, field, ...compute.axes]),
    ],
    computes: [
      ...prepared(frame),
      ...(biases === undefined ? [] : [totals(frame)]),
      mixed(frame),
      fields(frame),
      outputs(frame),
    ],
  };
}

function tableOf(rows: readonly (readonly number[])[], dims: readonly number[]): Tensor {
  return {
    type: { dtype: "f32", dims: [...dims, rows[0]!.length] },
    data: Float32Array.from(rows.flat()),
  };
}

/** The highest field may have fewer steps: what its last words are multiplied with is 0. */
function prepared({ sums, field, word, rows, others }: Frame): Compute[] {
  const { factors, format, steps } = sums;
  const product = factors.reduce((all, factor) => mul(all, factor));
  const highest = field.extent - 1;
  const last = steps.extent - highest * word.extent;
  const part = (first: number, count: number, from: number, to: number): Compute => {
    const own = [
      { ...field, extent: count },
      { ...word, extent: to - from },
    ];
    const which = addIndex(axisIndex(field), first);
    const position = addIndex(axisIndex(word), from);
    const step = addIndex(scaleIndex(which, word.extent), position);
    const isOdd = binary("and", indexExpr(position), 1);
    const factor = substituteExpr(product, new Map([[steps.name, step]]));
    const body: Expr = !format.alternates
      ? factor
      : mul(factor, cast("f32", sub(1, mul(isOdd, 2))));
    return {
      target: PREPARED,
      axes: [...rows, ...others, ...own],
      reduce: [],
      body: from === last ? constant(0) : body,
      index: [...at(...rows, ...others), which, position],
    };
  };
  if (last === word.extent) return [part(0, field.extent, 0, last)];
  return [
    part(0, highest, 0, word.extent),
    part(highest, 1, 0, last),
    part(highest, 1, last, word.extent),
  ];
}

function totals({ field, part, within, position, rows, others }: Frame): Compute {
  const terms = load(PREPARED, [...at(...rows, ...others, field), position]);
  return {
    target: TOTALS,
    axes: [...rows, part, field],
    reduce: [...others, within],
    combine: "sum",
    body: mul(terms, load(BIASES, at(field))),
    index: at(...rows, part, field),
  };
}

function mixed({ field, word, rows, others }: Frame): Compute {
  const given = { name: "given", extent: field.extent };
  const axes = [...rows, ...others, word, field];
  const terms = load(PREPARED, at(...rows, ...others, given, word));
  return {
    target: MIXED,
    axes,
    reduce: [given],
    combine: "sum",
    body: mul(load(MIXING, at(field, given)), terms),
    index: at(...axes),
  };
}

function fields({ sums, field, part, within, position, rows, others }: Frame): Compute {
  const { compute, index, step, format } = sums;
  const axes = [part, field, ...compute.axes];
  const own = index.flatMap((one, d) => (d === step ? at(part, within) : [one]));
  const bits = 32 / field.extent;
  const value = format.value(
    load(WORDS, own, "i32"),
    indexExpr(scaleIndex(axisIndex(field), bits)),
  );
  const factor = load(MIXED, [...at(...rows, ...others), position, axisIndex(field)]);
  return {
    target: FIELDS,
    axes,
    reduce: [...others, within],
    combine: "sum",
    ...(format.biases === undefined ? {} : { init: load(TOTALS, at(...rows, part, field)) }),
    body: mul(factor, value),
    index: at(...axes),
  };
}

function outputs({ sums: { compute, format }, part, field }: Frame): Compute {
  const sum = load(FIELDS, at(part, field, ...compute.axes));
  const body = format.behind === 1 ? sum : mul(sum, format.behind);
  return { ...compute, reduce: [part, field], body };
}
