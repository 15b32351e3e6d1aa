/** Scores of classes as the best of them: softmax or sigmoid, then top-k. */
import { z } from "zod";
import { fail } from "../../base/error.js";
import { sigmoid, softmax } from "../builder/activation.js";
import { clamp, equal, where } from "../builder/arithmetic.js";
import { cat, reshape, takeAlongDim } from "../builder/movement.js";
import { argmax, topk } from "../builder/reduction.js";
import type { Value } from "../builder/value.js";
import {
  checkFloats,
  integers,
  mismatch,
  scalar,
  type Interpreted,
  type InterpretedOutput,
  type Interpreter,
  type Parts,
} from "./interpreter.js";
import { OUTPUT_OPTIONS, type OutputOptions } from "./outputOptions.js";

/** Of what `ClassesOptions` says. */
const CLASSES_SCHEMA = z.strictObject({
  kind: z.literal("classes"),
  ...OUTPUT_OPTIONS,
  top: z.int().min(1).max(65_536).default(5),
  softmax: z.boolean().default(false),
  sigmoid: z.boolean().default(false),
});

type ClassesSpec = z.output<typeof CLASSES_SCHEMA>;

/** What `classes` is told. */
export interface ClassesOptions extends OutputOptions {
  /** How many of the best; 5 by default. */
  readonly top?: number;
  /** Whether scores are logits of classes that exclude each other: probabilities are made of them. */
  readonly softmax?: boolean;
  /** Whether scores are logits of classes that do not: each gets a probability of its own. */
  readonly sigmoid?: boolean;
}

export interface ClassesInterpretation extends ClassesOptions {
  readonly kind: "classes";
}

/**
 * The best classes of an output of scores [batch, classes] (or [classes], or with further dims of 1): `scores`
 * f32[batch, top] and `classes` i32[batch, top], best first, of equal scores the first. Scores are as the model
 * yields them, unless `softmax` or `sigmoid` makes probabilities of them.
 */
export function classes(options: ClassesOptions = {}): ClassesInterpretation {
  return { kind: "classes", ...options };
}

export const classesInterpreter: Interpreter<ClassesSpec> = {
  schema: CLASSES_SCHEMA,
  interpret: interpretClasses,
};

function interpretClasses(spec: ClassesSpec, { type }: InterpretedOutput): Interpreted {
  checkFloats(type);
  if (spec.softmax && spec.sigmoid)
    fail("bad-attribute", "softmax and sigmoid are both given", {
      hint: "softmax is for classes that exclude each other, sigmoid for others",
    });
  const [batch, inner] =
    type.dims.length > 1 ? [type.dims[0]!, type.dims.slice(1)] : [1, type.dims];
  const count = inner.reduce((product, dim) => product * dim, 1);
  if (type.dims.length === 0 || inner.filter((dim) => dim !== 1).length > 1)
    mismatch(type, "scores [batch, classes]", "mask reads a score for each class and position");
  if (spec.top > count)
    fail("bad-attribute", `top is ${spec.top}, but there are ${count} classes`, {
      hint: `give at most ${count}`,
    });
  return {
    apply: (value) => {
      const rows = reshape(value, [batch, count]);
      const scored = spec.softmax ? softmax(rows, { dim: 1 }) : spec.sigmoid ? sigmoid(rows) : rows;
      return bestOf(scored, spec.top, count);
    },
  };
}

/** The least number of f32: what is −∞ counts as that, so that only what was taken is below. */
const LEAST = -(2 - 2 ** -23) * 2 ** 127;

/**
 * The best of [batch, count] and where they are. An op of top-k sorts where many are wanted; a few are found
 * sooner by looking for the greatest again and again, which is the same order: the first of equal ones, NaN before
 * numbers.
 */
function bestOf(scores: Value, top: number, count: number): Parts {
  if (top > MOST_LOOKS || count < LEAST_SHARE * top) {
    const { values, indices } = topk(scores, top, { dim: 1 });
    return { scores: values, classes: indices };
  }
  const numbers = Array.from({ length: count }, (_, i) => i);
  const places = integers(scores, [1, count], numbers);
  const struck = scalar(scores, -Infinity);
  let left = clamp(scores, { min: LEAST });
  const found = [argmax(left, 1, true)];
  while (found.length < top) {
    left = where(equal(places, found.at(-1)!), struck, left);
    found.push(argmax(left, 1, true));
  }
  const classes = cat(found, 1);
  return { scores: takeAlongDim(scores, classes, 1), classes };
}

/** More are not looked for one by one: each is some nodes. */
const MOST_LOOKS = 100;
/** Nor where there are fewer classes than that for each. */
const LEAST_SHARE = 8;
