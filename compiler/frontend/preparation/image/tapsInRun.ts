/** Records the tables of one side of a picture whose size only a run knows: as taps.ts has them, in nodes over f32. */
import { tensor } from "../../../base/tensor.js";
import { abs, floor, round } from "../../builder/activation.js";
import {
  add,
  cast,
  div,
  less,
  logicalAnd,
  maximum,
  minimum,
  mul,
  sub,
  where,
} from "../../builder/arithmetic.js";
import { reshape, unsqueeze } from "../../builder/movement.js";
import { sum } from "../../builder/reduction.js";
import { constant, type Value } from "../../builder/value.js";
import type { Tables } from "./resize.js";
import type { SpanInRun } from "./sidesInRun.js";
import type { ImageSpec } from "./spec.js";
import { OPENCV_BITS, PIL_BITS, type Direction, type Filter, type Rule } from "./taps.js";

export interface TablesInRun extends Tables {
  /** Which outputs show the picture, bool[count]. */
  readonly shown: Value;
}

/** Constants of the model that `like` belongs to, that broadcast. */
function numbersLike(like: Value) {
  const of = (dtype: "i32" | "f32", value: number): Value =>
    constant(like, tensor(dtype, [1], [value]));
  return { int: (value: number) => of("i32", value), float: (value: number) => of("f32", value) };
}

function upTo(like: Value, count: number): Value {
  return constant(
    like,
    tensor(
      "i32",
      [count],
      Array.from({ length: count }, (_, i) => i),
    ),
  );
}

/** Where each output of one side looks, and what that weighs. */
export function tablesInRun(
  span: SpanInRun,
  { resize, rule }: Pick<ImageSpec, "resize" | "rule">,
  direction: Direction,
): TablesInRun {
  const { input, length, start, count } = span;
  const { int } = numbersLike(input);
  const output = add(upTo(input, count), start);
  const last = sub(length, int(1));
  const shown = logicalAnd(less(int(-1), output), less(output, length));
  const held = minimum(maximum(output, int(0)), last);
  if (resize === "nearest") return { at: nearestInRun(span, held, rule), shown };
  const scale = div(cast(input, "f32"), cast(length, "f32"));
  const taps =
    rule === "opencv"
      ? openCvTaps(span, held, scale, resize, direction)
      : smoothTaps(span, held, scale, resize);
  return { at: taps.at, weight: quantized(taps.weight, rule), shown };
}

/** The quotient of whole numbers: a library whose own is rounded may find the element before a whole one. */
function nearestInRun({ input, length }: SpanInRun, output: Value, rule: Rule): Value {
  const { int } = numbersLike(input);
  const at =
    rule === "pil"
      ? div(mul(add(mul(output, int(2)), int(1)), input), mul(length, int(2)))
      : div(mul(output, input), length);
  return minimum(at, sub(input, int(1)));
}

interface Taps {
  readonly at: Value;
  /** f32, one of them 1. */
  readonly weight: Value;
}

function quantized(weight: Value, rule: Rule): Value {
  if (rule === "torchvision") return weight;
  const one = 2 ** (rule === "pil" ? PIL_BITS : OPENCV_BITS);
  return cast(round(mul(weight, numbersLike(weight).float(one))), "i32");
}

/** [count] beside taps: [count, 1]. */
function column(value: Value): Value {
  return unsqueeze(value, [1]);
}

function smoothTaps(
  { input, mostScale }: SpanInRun,
  output: Value,
  scale: Value,
  filter: Filter,
): Taps {
  const { float } = numbersLike(input);
  const radius = filter === "bilinear" ? 1 : 2;
  const taps = 2 * Math.ceil(radius * Math.max(1, mostScale) + 0.01) + 1;
  const stretch = maximum(scale, float(1));
  const center = mul(add(cast(output, "f32"), float(0.5)), scale);
  const reach = mul(stretch, float(radius));
  const first = cast(maximum(add(sub(center, reach), float(0.5)), float(0)), "i32");
  const at = add(column(first), reshape(upTo(input, taps), [1, taps]));
  const distance = div(sub(add(cast(at, "f32"), float(0.5)), column(center)), stretch);
  const inside = less(at, input);
  const weight = where(inside, weightAt(abs(distance), filter, -0.5), float(0));
  return { at, weight: div(weight, sum(weight, { dim: 1, keepdim: true })) };
}

function weightAt(distance: Value, filter: Filter, a: number): Value {
  const { float } = numbersLike(distance);
  if (filter === "bilinear") return maximum(sub(float(1), distance), float(0));
  const polynomial = (...coefficients: readonly number[]): Value =>
    coefficients
      .slice(1)
      .reduce<Value>(
        (value, one) => add(mul(value, distance), float(one)),
        float(coefficients[0]!),
      );
  const near = polynomial(a + 2, -(a + 3), 0, 1);
  const far = polynomial(a, -5 * a, 8 * a, -4 * a);
  return where(less(distance, float(1)), near, where(less(distance, float(2)), far, float(0)));
}

function openCvTaps(
  { input }: SpanInRun,
  output: Value,
  scale: Value,
  filter: Filter,
  direction: Direction,
): Taps {
  const { int, float } = numbersLike(input);
  const [taps, before] = filter === "bilinear" ? [2, 0] : [4, 1];
  const last = sub(input, int(1));
  const exact = sub(mul(add(cast(output, "f32"), float(0.5)), scale), float(0.5));
  const position =
    filter === "bilinear" && direction === "horizontal"
      ? minimum(maximum(exact, float(0)), cast(last, "f32"))
      : exact;
  const low = floor(position);
  const first = sub(cast(low, "i32"), int(before));
  const at = add(column(first), reshape(upTo(input, taps), [1, taps]));
  const distance = abs(sub(cast(at, "f32"), column(position)));
  return {
    at: minimum(maximum(at, int(0)), last),
    weight: weightAt(distance, filter, -0.75),
  };
}
