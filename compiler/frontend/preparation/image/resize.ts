/** Records the nodes that resize a picture [height, width, channels] by tables, along its width and then its height. */
import { tensor } from "../../../base/tensor.js";
import { clamp } from "../../builder/arithmetic.js";
import { round } from "../../builder/activation.js";
import { gather, pad, slice } from "../../builder/movement.js";
import { constant, record, type Value } from "../../builder/value.js";
import { covered, type Span } from "./geometry.js";
import type { ImageSpec } from "./spec.js";
import { nearestOf, PIL_BITS, tapsOf, type Direction, type Filter, type Rule } from "./taps.js";

type How = Pick<ImageSpec, "resize" | "rule" | "fill">;

/** Where each output of one side looks, and what that weighs where it looks at several. */
export interface Tables {
  readonly at: Value;
  readonly weight?: Value;
}

/** Attributes of `resample` in the order of the passes, width and height: each rule's arithmetic. */
const ARITHMETIC: Readonly<Record<Rule, Readonly<Record<Filter, readonly [object, object]>>>> = {
  /** Each pass is rounded to 8 bits. */
  pil: {
    bilinear: [{ shift: PIL_BITS }, { shift: PIL_BITS }],
    bicubic: [{ shift: PIL_BITS }, { shift: PIL_BITS }],
  },
  torchvision: { bilinear: [{}, {}], bicubic: [{}, {}] },
  /** VResizeLinear loses bits on its way, VResizeCubic only at its end. */
  opencv: {
    bilinear: [{}, { operandShift: 4, productShift: 16, shift: 2 }],
    bicubic: [{}, { shift: 22 }],
  },
};

/** A picture of known size as the model sees it, in values of 0 to 255; what lies around it is `fill`. */
export function resizeKnown(x: Value, [rows, columns]: readonly [Span, Span], how: How): Value {
  const same = rows.input === rows.length && columns.input === columns.length;
  const resized = same
    ? cut(x, rows, columns)
    : resizeBy(x, tablesOf(x, rows, how, "vertical"), tablesOf(x, columns, how, "horizontal"), how);
  const around = [rows, columns].map((span) => {
    const [from, to] = covered(span);
    return [from - span.start, span.count - (to - span.start)] as const;
  });
  if (around.every(([before, after]) => before === 0 && after === 0)) return resized;
  const pads = [...around.map(([before]) => before), 0, ...around.map(([, after]) => after), 0];
  return pad(resized, pads, { value: how.fill ?? 0 });
}

function cut(x: Value, ...spans: readonly [Span, Span]): Value {
  if (spans.every(({ input, count }) => count >= input)) return x;
  const parts = spans.map(covered);
  return slice(x, { starts: parts.map(([from]) => from), ends: parts.map(([, to]) => to) });
}

/** The same with tables that may be computed in a run. */
export function resizeBy(x: Value, rows: Tables, columns: Tables, { resize, rule }: How): Value {
  if (resize === "nearest") return gather(gather(x, columns.at, 1), rows.at, 0);
  const [across, down] = ARITHMETIC[rule][resize];
  const pass = (value: Value, axis: number, { at, weight }: Tables, arithmetic: object): Value =>
    record(value, "resample", [value, at, weight], { axis, ...arithmetic });
  const resized = pass(pass(x, 1, columns, across), 0, rows, down);
  return rule === "torchvision" ? clamp(round(resized), { min: 0, max: 255 }) : resized;
}

function tablesOf(x: Value, span: Span, { resize, rule }: How, direction: Direction): Tables {
  const table = (
    name: string,
    dtype: "i32" | "f32",
    dims: readonly number[],
    data: ArrayLike<number>,
  ) => constant(x, tensor(dtype, dims, data), `${direction}.${name}`);
  if (resize === "nearest") {
    const at = nearestOf(span, rule);
    return { at: table("at", "i32", [at.length], at) };
  }
  const { count, at, weight } = tapsOf(span, resize, rule, direction);
  const dims = [at.length / count, count];
  const dtype = rule === "torchvision" ? "f32" : "i32";
  return { at: table("at", "i32", dims, at), weight: table("weight", dtype, dims, weight) };
}
