/**
 * Sums over words of narrow weights as Computes, fields being the weights of a word:
 *
 *   prepared[f, q] = ± factors[f · Q + q];   totals[f] = bias[f] · Σq prepared[f, q]
 *   mixed[f, q]    = Σg mixed[f, g] · prepared[g, q]
 *   fields[f, j]   = totals[f] + Σq mixed[f, q] · value(words[j, q], f)
 *   out[j]         = epilogue(init + behind · Σf fields[f, j])
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
import type { Axis, Compute, Expr, Kernel } from "../../compute/ir.js";
import { exprMentions } from "../../compute/walk.js";
import type { Tensor } from "../../base/tensor.js";
import type { NarrowSums } from "./narrowSums.js";

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
  /** Axes of the output that factors are read along, and those that are summed up besides words. */
  readonly rows: readonly Axis[];
  readonly others: readonly Axis[];
}

/** The kernel over words that computes what one over narrow weights does, up to rounding. */
export function wordKernel(kernel: Kernel, sums: NarrowSums): Kernel {
  const { compute, factors, format, source, step, words, steps } = sums;
  const frame: Frame = {
    sums,
    field: { name: "field", extent: format.shift.length },
    word: { name: "word", extent: words },
    rows: compute.axes.filter(({ name }) => factors.some((factor) => exprMentions(factor, name))),
    others: compute.reduce.filter((axis) => axis !== steps),
  };
  const { rows, others, field, word } = frame;
  const { biases } = format;
  return {
    ...kernel,
    inputs: kernel.inputs.map((input) => {
      if (input.name !== source) return input;
      const dims = input.type.dims.map((dim, d) => (d === step ? words : dim));
      return { ...input, name: WORDS, type: { dtype: "i32", dims } };
    }),
    constants: [
      ...kernel.constants,
      ...(biases === undefined ? [] : [{ name: BIASES, value: tableOf([biases], []) }]),
      { name: MIXING, value: tableOf(format.mixed, [field.extent]), sparse: true },
    ],
    temporaries: [
      temporaryOf(PREPARED, [...rows, ...others, field, word]),
      ...(biases === undefined ? [] : [temporaryOf(TOTALS, [...rows, field])]),
      // One after the other as they are read: with a stream for each field memory is read half as fast.
      temporaryOf(MIXED, [...rows, ...others, word, field]),
      temporaryOf(FIELDS, [field, ...compute.axes]),
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

function totals({ field, word, rows, others }: Frame): Compute {
  const terms = load(PREPARED, at(...rows, ...others, field, word));
  return {
    target: TOTALS,
    axes: [...rows, field],
    reduce: [...others, word],
    combine: "sum",
    body: mul(terms, load(BIASES, at(field))),
    index: at(...rows, field),
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

function fields({ sums, field, word, rows, others }: Frame): Compute {
  const { compute, index, step, format } = sums;
  const axes = [field, ...compute.axes];
  const own = index.map((one, d) => (d === step ? axisIndex(word) : one));
  const bits = 32 / field.extent;
  const value = format.value(
    load(WORDS, own, "i32"),
    indexExpr(scaleIndex(axisIndex(field), bits)),
  );
  const body = mul(load(MIXED, at(...rows, ...others, word, field)), value);
  return {
    target: FIELDS,
    axes,
    reduce: [...others, word],
    combine: "sum",
    ...(format.biases === undefined ? {} : { init: load(TOTALS, at(...rows, field)) }),
    body,
    index: at(...axes),
  };
}

function outputs({ sums: { compute, format }, field }: Frame): Compute {
  const sum = load(FIELDS, at(field, ...compute.axes));
  const body = format.behind === 1 ? sum : mul(sum, format.behind);
  return { ...compute, reduce: [field], body };
}
