/** Records where a picture goes whose size only a run knows: as geometry.ts has it, in nodes over integers. */
import { tensor } from "../../../base/tensor.js";
import {
  add,
  div,
  equal,
  lessOrEqual,
  maximum,
  minimum,
  mul,
  remainder,
  sub,
  where,
} from "../../builder/arithmetic.js";
import { slice } from "../../builder/movement.js";
import { constant, type Value } from "../../builder/value.js";
import type { Sides } from "./geometry.js";
import type { ImageSpec } from "./spec.js";

/** One side, each an i32[1]: what `Span` says, with the largest `input` there can be. */
export interface SpanInRun {
  readonly input: Value;
  readonly length: Value;
  /** Negative where there is something before the picture. */
  readonly start: Value;
  readonly count: number;
  /** The most elements of the picture for one of the model's. */
  readonly mostScale: number;
}

type Pair = readonly [Value, Value];

/** So that positions times sides fit 32 bits: of pictures more than a hundred times as wide as high. */
const LONGEST = 2 ** 15;

/** The spans of height and width from an input i32[2] that says them. */
export function spansInRun(
  spec: Pick<ImageSpec, "fit" | "shorterSide">,
  size: Value,
  most: Sides,
  model: Sides,
): readonly [SpanInRun, SpanInRun] {
  const number = (value: number): Value => constant(size, tensor("i32", [1], [value]));
  const side = (d: 0 | 1): Value => {
    const given = slice(size, { starts: [d], ends: [d + 1] });
    return minimum(maximum(given, number(1)), number(most[d]));
  };
  const picture: Pair = [side(0), side(1)];
  const lengths = lengthsOf(spec, picture, model, number);
  const mostScale = mostScaleOf(spec, most, model);
  const spanOf = (d: 0 | 1): SpanInRun => ({
    input: picture[d],
    length: lengths[d],
    start: startOf(spec.fit, lengths[d], model[d], number),
    count: model[d],
    mostScale: mostScale[d],
  });
  return [spanOf(0), spanOf(1)];
}

type Constants = (value: number) => Value;

function lengthsOf(
  { fit, shorterSide }: Pick<ImageSpec, "fit" | "shorterSide">,
  [height, width]: Pair,
  model: Sides,
  number: Constants,
): Pair {
  const [high, wide] = [number(model[0]), number(model[1])];
  switch (fit) {
    case "stretch":
      return [high, wide];
    case "crop": {
      const [rows, columns] =
        shorterSide === undefined ? [high, wide] : [number(shorterSide), number(shorterSide)];
      const byHeight = lessOrEqual(mul(columns, height), mul(rows, width));
      const longer = (length: Value, side: Value, shorter: Value): Value =>
        minimum(div(mul(length, side), shorter), number(LONGEST));
      return [
        where(byHeight, rows, longer(columns, height, width)),
        where(byHeight, longer(rows, width, height), columns),
      ];
    }
    case "letterbox": {
      const byHeight = lessOrEqual(mul(high, width), mul(wide, height));
      return [
        where(byHeight, high, shorter(wide, height, width, number)),
        where(byHeight, shorter(high, width, height, number), wide),
      ];
    }
    default:
      return fit satisfies never;
  }
}

/** length · side / longer, rounded half to even, and 1 at least. */
function shorter(length: Value, side: Value, longer: Value, number: Constants): Value {
  const twice = mul(longer, number(2));
  const sum = add(mul(mul(length, side), number(2)), longer);
  const rounded = div(sum, twice);
  const odd = remainder(rounded, number(2));
  const tie = equal(remainder(sum, twice), number(0));
  return maximum(where(tie, sub(rounded, odd), rounded), number(1));
}

function startOf(fit: ImageSpec["fit"], length: Value, count: number, number: Constants): Value {
  const two = number(2);
  switch (fit) {
    case "stretch":
      return number(0);
    case "crop": {
      const spare = sub(length, number(count));
      const half = div(spare, two);
      return add(half, mul(remainder(spare, two), remainder(half, two)));
    }
    case "letterbox":
      return sub(number(0), div(sub(number(count), length), two));
    default:
      return fit satisfies never;
  }
}

/** Bounds of input / length of both sides, with what rounding a short length may add. */
function mostScaleOf(
  { fit, shorterSide }: Pick<ImageSpec, "fit" | "shorterSide">,
  most: Sides,
  model: Sides,
): Sides {
  const [byHeight, byWidth] = [most[0] / model[0], most[1] / model[1]];
  switch (fit) {
    case "stretch":
      return [byHeight, byWidth];
    case "crop": {
      const length = shorterSide ?? Math.min(...model);
      const scale =
        shorterSide === undefined ? Math.min(byHeight, byWidth) : Math.min(...most) / shorterSide;
      const both = Math.max(1, scale) * (1 + 1 / length);
      return [both, both];
    }
    case "letterbox": {
      const both = 1.5 * Math.max(byHeight, byWidth);
      return [both, both];
    }
    default:
      return fit satisfies never;
  }
}
