/**
 * Sums over words of narrow weights as Computes, fields being the weights of a word:
 *
 *   prepared[k]  = factors[k] · (what the format asks for);  total = Σk prepared[k]
 *   fields[f, q] = total · bias[f] + Σk prepared[k] · value(words[q, k], f)
 *   out[f, q]    = epilogue(init + Σg sums[f, g] · fields[g, q])
 */
import {
  addIndex,
  axisIndex,
  indexExpr,
  scaleIndex,
  substituteExpr,
  substituteIndex,
} from "../../compute/affine.js";
import { binary, load, mapCompute, mul } from "../../compute/expr.js";
import type { Axis, Compute, Index, Kernel, Temporary } from "../../compute/ir.js";
import { exprMentions } from "../../compute/walk.js";
import type { Tensor } from "../../base/tensor.js";
import type { NarrowSums } from "./narrowSums.js";

/** What a kernel calls its weights in words. */
export const WORDS = "words";
const PREPARED = "prepared";
const TOTAL = "total";
const FIELDS = "fields";
const BIASES = "biases";
const APART = "apart";

/** What the Computes of a kernel have in common. */
interface Frame {
  readonly sums: NarrowSums;
  readonly field: Axis;
  readonly word: Axis;
  /** Axes of the output that factors are read along, and all but the one that becomes fields of words. */
  readonly rows: readonly Axis[];
  readonly across: readonly Axis[];
}

/** The kernel over words that computes what one over narrow weights does, up to rounding. */
export function wordKernel(kernel: Kernel, sums: NarrowSums): Kernel {
  const { compute, factors, format, source, channel, channels, words } = sums;
  const frame: Frame = {
    sums,
    field: { name: "field", extent: format.shift.length },
    word: { name: "word", extent: words },
    rows: compute.axes.filter(({ name }) => factors.some((factor) => exprMentions(factor, name))),
    across: compute.axes.filter((axis) => axis !== channels),
  };
  const { rows, across, field, word } = frame;
  const biased = format.biases !== undefined;
  return {
    ...kernel,
    inputs: kernel.inputs.map((input) => {
      if (input.name !== source) return input;
      const dims = input.type.dims.map((dim, d) => (d === channel ? words : dim));
      return { ...input, name: WORDS, type: { dtype: "i32", dims } };
    }),
    constants: [
      ...kernel.constants,
      ...(biased ? [{ name: BIASES, value: tableOf([format.biases], []) }] : []),
      { name: APART, value: tableOf(format.sums, [field.extent]), sparse: true },
    ],
    temporaries: [
      temporaryOf(PREPARED, [...rows, ...compute.reduce]),
      ...(biased ? [temporaryOf(TOTAL, rows)] : []),
      temporaryOf(FIELDS, [field, ...across, word]),
    ],
    computes: [
      prepared(frame),
      ...(biased ? [totals(frame)] : []),
      fields(frame),
      ...outputs(frame),
    ],
  };
}

function at(...axes: readonly Axis[]): readonly Index[] {
  return axes.map((axis) => axisIndex(axis));
}

function temporaryOf(name: string, axes: readonly Axis[]): Temporary {
  return { name, dtype: "f32", dims: axes.map(({ extent }) => extent) };
}

function tableOf(rows: readonly (readonly number[])[], dims: readonly number[]): Tensor {
  return {
    type: { dtype: "f32", dims: [...dims, rows[0]!.length] },
    data: Float32Array.from(rows.flat()),
  };
}

function prepared({ sums: { compute, factors, format, steps }, rows }: Frame): Compute {
  const axes = [...rows, ...compute.reduce];
  const isOdd = binary("and", indexExpr(axisIndex(steps)), 1);
  const product = factors.reduce((all, factor) => mul(all, factor));
  const body = mul(product, format.prepared(isOdd));
  return { target: PREPARED, axes, reduce: [], body, index: at(...axes) };
}

function totals({ sums: { compute }, rows }: Frame): Compute {
  const { reduce } = compute;
  const body = load(PREPARED, at(...rows, ...reduce));
  return { target: TOTAL, axes: rows, reduce, combine: "sum", body, index: at(...rows) };
}

function fields({ sums, field, word, rows, across }: Frame): Compute {
  const { compute, index, channel, format } = sums;
  const { reduce } = compute;
  const axes = [field, ...across, word];
  const own = index.map((one, d) => (d === channel ? axisIndex(word) : one));
  const bits = 32 / field.extent;
  const value = format.value(
    load(WORDS, own, "i32"),
    indexExpr(scaleIndex(axisIndex(field), bits)),
  );
  const body = mul(load(PREPARED, at(...rows, ...reduce)), value);
  const whole: Compute = {
    target: FIELDS,
    axes,
    reduce,
    combine: "sum",
    body,
    index: at(...axes),
  };
  if (format.biases === undefined) return whole;
  return { ...whole, init: mul(load(TOTAL, at(...rows)), load(BIASES, at(field))) };
}

/** The highest fields may be fewer. */
function outputs({ sums, field, word, across }: Frame): Compute[] {
  const { compute, channels } = sums;
  const highest = field.extent - 1;
  const last = channels.extent - highest * word.extent;
  const parts =
    last === word.extent
      ? [{ first: 0, count: field.extent, words: last }]
      : [
          { first: 0, count: highest, words: word.extent },
          { first: highest, count: 1, words: last },
        ];
  const summed = { name: "summed", extent: field.extent };
  return parts.map(({ first, count, words }): Compute => {
    const own = [
      { ...field, extent: count },
      { ...word, extent: words },
    ];
    const which = addIndex(axisIndex(field), first);
    const whole = addIndex(scaleIndex(which, word.extent), axisIndex(word));
    const places = new Map([[channels.name, whole]]);
    const moved = mapCompute(compute, (expr) => substituteExpr(expr, places));
    const factor = load(APART, [which, axisIndex(summed)]);
    return {
      ...moved,
      axes: compute.axes.flatMap((axis) => (axis === channels ? own : [axis])),
      reduce: [summed],
      body: mul(factor, load(FIELDS, at(summed, ...across, word))),
      index: moved.index.map((index) => substituteIndex(index, places)),
    };
  });
}
