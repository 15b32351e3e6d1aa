/**
 * Sums over words of bytes for engines that multiply four bytes at a time: what weights are multiplied with becomes
 * three digits of a byte each, 24 bits beside the 24 of an f32, so that four weights are one product of each digit.
 *
 *   scale          = max |prepared| / LARGEST
 *   integers       = round(prepared / scale) = Σd 256ᵈ · digit d, each from −128 to 127
 *   parts[p, d, j] = Σ(q of p) dot(words[j, q], digits[d, q]);   wholes[d, j] = Σp parts[p, d, j]
 *   out[j]         = epilogue(init + Σd scale · 256ᵈ · wholes[d, j])
 *
 * Sums of bytes are exact: a term is wrong by no more than scale / 2 times its weight, as the sum of f32 is by the
 * rounding of the largest of them. An infinity or NaN among the factors makes scale, and with it all sums, infinite or NaN.
 */
import { addIndex, at, axisIndex, indexExpr, scaleIndex } from "../../compute/affine.js";
import {
  accumulator,
  add,
  binary,
  cast,
  constant,
  div,
  load,
  max,
  mul,
  temporaryOf,
  unary,
} from "../../compute/expr.js";
import type { Axis, Compute, Expr, Kernel, Load, Temporary } from "../../compute/ir.js";
import { allLoads } from "../../compute/loads.js";
import type { DotKind } from "../dots/computes.js";
import { FIELDS, PREPARED, TOTALS, WORDS } from "./computes.js";
import { BIAS } from "./formats.js";

/** What a kernel calls the sums of its weights, by which what engines want added to digits is made up for. */
export const SUMS = "sums";
const SCALE = "scale";
const INTEGERS = "integers";
const DIGITS = "digits";
const PARTS = "parts";
const WHOLES = "wholes";

const COUNT = 3;
/** A byte of each digit, of one less or more: digits without signs of integers that this was added to. */
const OFFSETS = 0x808080;
/** Below 2²³ − 2¹⁵, by as much as quotients of f32 may be rounded up: with the offsets it still has 24 bits. */
const LARGEST = 0x7f0000;
/** What is less than this part of 2⁻²³ is 0: quotients by a scale of less would not be finite. */
const SMALLEST = 2 ** -100;
/** Biases of the lower three bytes of a word. */
const BIASES = BIAS * 0x010101;

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

/** The dims of words that are not summed up; undefined where a kernel is none over words of bytes. */
export function keptDims(kernel: Kernel): readonly number[] | undefined {
  const frame = frameOf(kernel);
  if (frame === undefined) return undefined;
  const summed = new Set([...frame.others, frame.part, frame.within].map(({ name }) => name));
  return frame.words.index.flatMap(({ terms }, d) =>
    summed.has(terms[0]!.of as string) ? [] : [d],
  );
}

/** What the form over digits keeps besides; the kernel has it, so that it has places. */
export function digitTemporaries(kernel: Kernel): readonly Temporary[] {
  const { rows, others, field, word, part, digit, channels } = frameOf(kernel)!;
  return [
    temporaryOf(SCALE, rows),
    temporaryOf(INTEGERS, [...rows, ...others, field, word], "i32"),
    temporaryOf(DIGITS, [...rows, ...others, word, digit], "i32"),
    temporaryOf(PARTS, [part, digit, ...channels], "i32"),
    temporaryOf(WHOLES, [digit, ...channels], "i32"),
  ];
}

/** Whether a kernel has what its form over digits wants. */
export function hasDigits({ temporaries }: Kernel): boolean {
  return temporaries.some(({ name }) => name === DIGITS);
}

/** The kernel over digits; the very one where it has none. */
export function overDigits(kernel: Kernel, kind: DotKind): Kernel {
  const frame = hasDigits(kernel) ? frameOf(kernel) : undefined;
  if (frame === undefined) return kernel;
  const out = kernel.computes.at(-1)!;
  return {
    ...kernel,
    inputs: kernel.inputs.filter(({ name }) => kind === "usdot" || name !== SUMS),
    computes: [
      ...kernel.computes.filter(({ target }) => target === PREPARED),
      scale(frame),
      integers(frame, kind),
      digits(frame),
      parts(frame, kind),
      wholes(frame, kind),
      outputs(frame, out),
    ],
  };
}

function scale({ rows, others, field, word }: Frame): Compute {
  return {
    target: SCALE,
    axes: rows,
    reduce: [...others, field, word],
    combine: "max",
    body: unary("abs", load(PREPARED, at(...rows, ...others, field, word))),
    epilogue: div(max(accumulator(), SMALLEST), LARGEST),
    index: at(...rows),
  };
}

/** Digits without signs are 128 more. */
function integers({ rows, others, field, word }: Frame, kind: DotKind): Compute {
  const axes = [...rows, ...others, field, word];
  const steps = div(load(PREPARED, at(...axes)), load(SCALE, at(...rows)));
  const offset = add(cast("i32", unary("round", steps)), OFFSETS);
  const body = kind === "usdot" ? offset : binary("xor", offset, OFFSETS);
  return { target: INTEGERS, axes, reduce: [], body, index: at(...axes) };
}

/** A digit of each weight of a word. */
function digits({ rows, others, field, word, digit }: Frame): Compute {
  const axes = [...rows, ...others, word, digit];
  const body = Array.from({ length: field.extent }, (_, of): Expr => {
    const index = [...at(...rows, ...others), { terms: [], constant: of }, axisIndex(word)];
    const shift = indexExpr(scaleIndex(axisIndex(digit), 8));
    const byte = binary("and", binary("shr", load(INTEGERS, index, "i32"), shift), 255);
    return of === 0 ? byte : binary("shl", byte, 8 * of);
  }).reduce((all, byte) => binary("or", all, byte));
  return { target: DIGITS, axes, reduce: [], body, index: at(...axes) };
}

function parts(
  { rows, others, part, within, digit, words, channels }: Frame,
  kind: DotKind,
): Compute {
  const axes = [part, digit, ...channels];
  const position = addIndex(scaleIndex(axisIndex(part), within.extent), axisIndex(within));
  const factor = load(DIGITS, [...at(...rows, ...others), position, axisIndex(digit)], "i32");
  return {
    target: PARTS,
    axes,
    reduce: [...others, within],
    combine: "sum",
    // The highest bit of a byte that is 128 more is the opposite of that of one with a sign.
    body: binary(kind, binary("xor", words, BIASES), factor),
    index: at(...axes),
  };
}

function wholes({ others, part, within, digit, words, channels }: Frame, kind: DotKind): Compute {
  const summed = new Set([...others, part, within].map(({ name }) => name));
  const kept = words.index.filter(({ terms }) => !summed.has(terms[0]!.of as string));
  return {
    target: WHOLES,
    axes: [digit, ...channels],
    reduce: [part],
    combine: "sum",
    ...(kind === "usdot" ? { init: mul(load(SUMS, kept, "i32"), -128) } : {}),
    body: load(PARTS, at(part, digit, ...channels), "i32"),
    index: at(digit, ...channels),
  };
}

function outputs({ rows, digit, channels }: Frame, out: Compute): Compute {
  const power = binary("shl", constant(1, "i32"), indexExpr(scaleIndex(axisIndex(digit), 8)));
  const one = mul(cast("f32", power), load(SCALE, at(...rows)));
  return {
    ...out,
    reduce: [digit],
    body: mul(one, cast("f32", load(WHOLES, at(digit, ...channels), "i32"))),
  };
}
