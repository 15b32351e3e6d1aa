/**
 * Sums over words of bytes for engines that multiply several bytes or halves at a time: what weights are multiplied with
 * becomes integers, and these digits, so that a few weights are one product of each digit.
 *
 *   scale          = max |prepared| / largest
 *   integers       = round(prepared / scale)
 *   digits[q, d]   = one of each of the integers of a word, or of every second: each integer is Σd power[d] · digit d
 *   sums[p, d]     = Σ(q of p) digits[q, d], of all weights
 *   parts[p, d, j] = Σ(q of p) dot(words[j, q], digits[q, d]) + offset · sums[p, d]
 *   out[j]         = epilogue(init + Σp Σd scale · power[d] · parts[p, d, j])
 *
 * Sums of a part are exact: a term is wrong by no more than scale / 2 times its weight, as the sum of f32 is by the
 * rounding of the largest of them. An infinity or NaN among the factors makes scale, and with it all sums, infinite or NaN.
 */
import { addIndex, at, axisIndex, indexExpr, scaleIndex } from "../../compute/affine.js";
import { accumulator, cast, div, load, max, mul, temporaryOf, unary } from "../../compute/expr.js";
import type { Axis, Compute, Expr, Kernel, Load, Temporary } from "../../compute/ir.js";
import { allLoads } from "../../compute/loads.js";
import type { DotEngine } from "../dots/computes.js";
import { FIELDS, PREPARED, TOTALS, WORDS } from "./computes.js";
import { DIGIT_KINDS, type DigitKind } from "./digitKinds.js";

const SCALE = "scale";
const INTEGERS = "integers";
const DIGITS = "digits";
const SUMS = "sums";
const PARTS = "parts";

const COUNT = 3;
/** What is less than this part of 2⁻²³ is 0: quotients by a scale of less would not be finite. */
const SMALLEST = 2 ** -100;

/** What the Computes of a kernel over words say of its axes. */
interface Frame {
  readonly rows: readonly Axis[];
  readonly others: readonly Axis[];
  readonly field: Axis;
  readonly word: Axis;
  readonly part: Axis;
  /** Words of a part. */
  readonly within: Axis;
  readonly digit: Axis;
  /** How words are read, for which channels. */
  readonly words: Load;
  readonly channels: readonly Axis[];
}

/** Of a kernel over words of bytes; undefined for any other. */
function frameOf({ computes }: Kernel): Frame | undefined {
  const totals = computes.find(({ target }) => target === TOTALS);
  const fields = computes.find(({ target }) => target === FIELDS);
  const words =
    fields && allLoads(fields).find((one) => one.kind === "load" && one.source === WORDS);
  if (totals === undefined || fields === undefined || words?.kind !== "load") return undefined;
  const [part, field] = totals.axes.slice(-2) as [Axis, Axis];
  const within = totals.reduce.at(-1)!;
  return {
    rows: totals.axes.slice(0, -2),
    others: totals.reduce.slice(0, -1),
    field,
    word: { ...within, extent: part.extent * within.extent },
    part,
    within,
    digit: { name: "digit", extent: COUNT },
    words,
    channels: fields.axes.slice(2),
  };
}

/** Whether a kernel is one over words of bytes, and 32 bits hold its sums where digits are bytes. */
export function canHaveDigits(kernel: Kernel): boolean {
  const frame = frameOf(kernel);
  return frame !== undefined && fits(frame, DIGIT_KINDS.usdot);
}

function fits({ within, others }: Frame, { words }: DigitKind): boolean {
  return others.reduce((all, { extent }) => all * extent, within.extent) <= words;
}

/** What the form over digits keeps besides; the kernel has it, so that it has places. */
export function digitTemporaries(kernel: Kernel): readonly Temporary[] {
  const { rows, others, field, word, part, digit, channels } = frameOf(kernel)!;
  return [
    temporaryOf(SCALE, rows),
    temporaryOf(INTEGERS, [...rows, ...others, field, word], "i32"),
    temporaryOf(DIGITS, [...rows, ...others, word, digit], "i32"),
    temporaryOf(SUMS, [...rows, part, digit], "i32"),
    temporaryOf(PARTS, [part, digit, ...channels], "i32"),
  ];
}

/** Whether a kernel has what its form over digits wants. */
export function hasDigits({ temporaries }: Kernel): boolean {
  return temporaries.some(({ name }) => name === DIGITS);
}

/** The kernel over digits; the very one where it has none. */
export function overDigits(kernel: Kernel, engine: DotEngine): Kernel {
  const kind = DIGIT_KINDS[engine];
  const frame = hasDigits(kernel) ? frameOf(kernel) : undefined;
  if (frame === undefined || !fits(frame, kind)) return kernel;
  const out = kernel.computes.at(-1)!;
  return {
    ...kernel,
    computes: [
      ...kernel.computes.filter(({ target }) => target === PREPARED),
      scale(frame, kind),
      integers(frame),
      digits(frame, kind),
      sums(frame, kind),
      parts(frame, kind),
      outputs(frame, out, kind),
    ],
  };
}

function scale({ rows, others, field, word }: Frame, { largest }: DigitKind): Compute {
  return {
    target: SCALE,
    axes: rows,
    reduce: [...others, field, word],
    combine: "max",
    body: unary("abs", load(PREPARED, at(...rows, ...others, field, word))),
    epilogue: div(max(accumulator(), SMALLEST), largest),
    index: at(...rows),
  };
}

function integers({ rows, others, field, word }: Frame): Compute {
  const axes = [...rows, ...others, field, word];
  const steps = div(load(PREPARED, at(...axes)), load(SCALE, at(...rows)));
  const body = cast("i32", unary("round", steps));
  return { target: INTEGERS, axes, reduce: [], body, index: at(...axes) };
}

function digits({ rows, others, word, digit }: Frame, kind: DigitKind): Compute {
  const axes = [...rows, ...others, word, digit];
  const integer = (byte: number): Expr => {
    const index = [...at(...rows, ...others), { terms: [], constant: byte }, axisIndex(word)];
    return load(INTEGERS, index, "i32");
  };
  const body = kind.digit(integer, indexExpr(axisIndex(digit)));
  return { target: DIGITS, axes, reduce: [], body, index: at(...axes) };
}

/** The digit of a word of a part. */
function digitOf({ rows, others, part, within, digit }: Frame): Expr {
  const position = addIndex(scaleIndex(axisIndex(part), within.extent), axisIndex(within));
  return load(DIGITS, [...at(...rows, ...others), position, axisIndex(digit)], "i32");
}

function sums(frame: Frame, kind: DigitKind): Compute {
  const { rows, others, part, within, digit } = frame;
  return {
    target: SUMS,
    axes: [...rows, part, digit],
    reduce: [...others, within],
    combine: "sum",
    body: kind.sum(digitOf(frame), indexExpr(axisIndex(digit))),
    index: at(...rows, part, digit),
  };
}

function parts(frame: Frame, kind: DigitKind): Compute {
  const { rows, others, part, within, digit, words, channels } = frame;
  const axes = [part, digit, ...channels];
  return {
    target: PARTS,
    axes,
    reduce: [...others, within],
    combine: "sum",
    init: mul(load(SUMS, at(...rows, part, digit), "i32"), kind.offset),
    body: kind.product(words, digitOf(frame), indexExpr(axisIndex(digit))),
    index: at(...axes),
  };
}

function outputs({ rows, part, digit, channels }: Frame, out: Compute, kind: DigitKind): Compute {
  const one = mul(kind.power(indexExpr(axisIndex(digit))), load(SCALE, at(...rows)));
  const sum = cast("f32", load(PARTS, at(part, digit, ...channels), "i32"));
  return { ...out, reduce: [part, digit], body: mul(one, sum) };
}
