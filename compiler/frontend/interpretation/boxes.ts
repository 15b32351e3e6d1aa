/** What a detector yields as boxes: decoded, the best class of each, and what overlaps a better one left out. */
import { z } from "zod";
import { fail } from "../../base/error.js";
import { sigmoid } from "../builder/activation.js";
import { add, mul, sub, where, greaterOrEqual } from "../builder/arithmetic.js";
import { cat, permute, slice, split, squeeze } from "../builder/movement.js";
import { amax, argmax } from "../builder/reduction.js";
import type { Value } from "../builder/value.js";
import {
  checkFloats,
  mismatch,
  scalar,
  type Interpreted,
  type InterpretedOutput,
  type Interpreter,
} from "./interpreter.js";
import { OUTPUT_OPTIONS, type OutputOptions } from "./outputOptions.js";
import { suppress, type Candidates } from "./suppress.js";

/** Of what `BoxesOptions` says. */
const BOXES_SCHEMA = z.strictObject({
  kind: z.literal("boxes"),
  ...OUTPUT_OPTIONS,
  layout: z.enum(["columns", "rows"]).default("columns"),
  objectness: z.boolean().default(false),
  format: z.enum(["centres", "corners"]).default("centres"),
  sigmoid: z.boolean().default(false),
  scoreThreshold: z.number().min(0).max(1).default(0.25),
  iouThreshold: z.number().min(0).max(1).default(0.5),
  acrossClasses: z.boolean().default(false),
  most: z.int().min(1).max(100).default(50),
});

type BoxesSpec = z.output<typeof BOXES_SCHEMA>;

/** What `boxes` is told. */
export interface BoxesOptions extends OutputOptions {
  /** "columns", the default: [1, 4 + classes, boxes], as YOLOv8 to v12 and YOLO11; "rows": [1, boxes, 4 + classes]. */
  readonly layout?: "columns" | "rows";
  /** Whether a score of there being any object comes before those of classes, as in YOLOv5 and YOLOX. */
  readonly objectness?: boolean;
  /** "centres", the default: (centre x, centre y, width, height); "corners": (x1, y1, x2, y2). */
  readonly format?: "centres" | "corners";
  /** Whether scores are logits; false by default. */
  readonly sigmoid?: boolean;
  /** Boxes of lower scores are left out; 0.25 by default. */
  readonly scoreThreshold?: number;
  /** A box that overlaps a better one by more (intersection over union) is left out; 0.5 by default. */
  readonly iouThreshold?: number;
  /** Whether boxes compete with those of other classes, too; false by default. */
  readonly acrossClasses?: boolean;
  /** At most so many boxes, for which outputs have room; 50 by default, 100 at most. */
  readonly most?: number;
}

export interface BoxesInterpretation extends BoxesOptions {
  readonly kind: "boxes";
}

/**
 * The boxes of a detector of YOLO's kind after non-maximum suppression, best first, for one picture: `boxes`
 * f32[most, 4] of (x1, y1, x2, y2), `scores` f32[most], `classes` i32[most], and `count` i32[1] of them; what is
 * beyond is 0, and of class −1. A box has its best class alone.
 */
export function boxes(options: BoxesOptions = {}): BoxesInterpretation {
  return { kind: "boxes", ...options };
}

export const boxesInterpreter: Interpreter<BoxesSpec> = {
  schema: BOXES_SCHEMA,
  interpret: interpretBoxes,
};

function interpretBoxes(spec: BoxesSpec, { type }: InterpretedOutput): Interpreted {
  checkFloats(type);
  const inner = type.dims.length === 3 ? type.dims.slice(1) : type.dims;
  const [values, count] = spec.layout === "rows" ? inner.toReversed() : inner;
  const first = spec.objectness ? 5 : 4;
  const named = `${first} + classes`;
  const expected = spec.layout === "rows" ? `[1, boxes, ${named}]` : `[1, ${named}, boxes]`;
  if (inner.length !== 2 || (type.dims.length === 3 && type.dims[0] !== 1))
    mismatch(type, expected, "bind the batch to 1");
  if (values! <= first)
    mismatch(type, expected, `${values} values a box leave no class; is layout the other one?`);
  if (spec.most > count!)
    fail("bad-attribute", `most is ${spec.most}, but there are ${count} boxes`, {
      hint: `give at most ${count}`,
    });
  return {
    apply: (value) => {
      const plain = type.dims.length === 3 ? squeeze(value, [0]) : value;
      const columns = spec.layout === "rows" ? permute(plain, [1, 0]) : plain;
      return suppress(candidatesOf(spec, columns, values!), spec, count!);
    },
  };
}

/** [values, boxes] => rows of one value a box, [1, boxes]; a score below the threshold is −1. */
function candidatesOf(spec: BoxesSpec, columns: Value, values: number): Candidates {
  const first = spec.objectness ? 5 : 4;
  const rows = (start: number, end: number): Value =>
    slice(columns, { starts: [start], ends: [end], axes: [0] });
  const probability = (x: Value): Value => (spec.sigmoid ? sigmoid(x) : x);
  const all = rows(first, values);
  const best = probability(amax(all, { dim: 0, keepdim: true }));
  const score = spec.objectness ? mul(best, probability(rows(4, 5))) : best;
  const enough = greaterOrEqual(score, scalar(score, spec.scoreThreshold));
  return {
    corners: spec.format === "corners" ? rows(0, 4) : cornersOf(rows(0, 4)),
    scores: where(enough, score, scalar(score, -1)),
    classes: argmax(all, 0, true),
  };
}

/** (x, y, width, height) => (x1, y1, x2, y2), [4, boxes] */
function cornersOf(centred: Value): Value {
  const [centres, sizes] = split(centred, [2, 2], 0);
  const halves = mul(sizes!, scalar(centred, 0.5));
  return cat([sub(centres!, halves), add(centres!, halves)], 0);
}
