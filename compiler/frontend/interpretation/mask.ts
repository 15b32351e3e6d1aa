/** Scores of every class at every position as the class of each: an arg-max over channels, or a threshold. */
import { z } from "zod";
import { fail } from "../../base/error.js";
import { cast, greaterOrEqual } from "../builder/arithmetic.js";
import { reshape } from "../builder/movement.js";
import { argmax } from "../builder/reduction.js";
import {
  checkFloats,
  mismatch,
  scalar,
  type Interpreted,
  type InterpretedOutput,
  type Interpreter,
} from "./interpreter.js";
import { OUTPUT_OPTIONS, type OutputOptions } from "./outputOptions.js";

/** Of what `MaskOptions` says. */
const MASK_SCHEMA = z.strictObject({
  kind: z.literal("mask"),
  ...OUTPUT_OPTIONS,
  layout: z.enum(["chw", "hwc"]).default("chw"),
  dtype: z.enum(["u8", "i32"]).default("u8"),
  threshold: z.number().min(-1e9).max(1e9).optional(),
});

type MaskSpec = z.output<typeof MASK_SCHEMA>;

/** What `mask` is told. */
export interface MaskOptions extends OutputOptions {
  /** Where the classes are: "chw", the default, is [batch, classes, height, width], "hwc" has them last. */
  readonly layout?: "chw" | "hwc";
  /** Of the mask: u8, the default, has 256 classes. */
  readonly dtype?: "u8" | "i32";
  /** Of one channel: where the score is as high, the mask is 1. A logit of 0 is a probability of ½. */
  readonly threshold?: number;
}

export interface MaskInterpretation extends MaskOptions {
  readonly kind: "mask";
}

/**
 * The class at every position of an output [batch, classes, height, width] (without a batch, with `layout` hwc, or
 * with more or fewer spatial dims likewise): `mask` [batch, height, width]. Of equal scores the first class.
 */
export function mask(options: MaskOptions = {}): MaskInterpretation {
  return { kind: "mask", ...options };
}

export const maskInterpreter: Interpreter<MaskSpec> = {
  schema: MASK_SCHEMA,
  interpret: interpretMask,
};

function interpretMask(spec: MaskSpec, { type }: InterpretedOutput): Interpreted {
  checkFloats(type);
  const { dims } = type;
  if (dims.length < 3)
    mismatch(type, "scores [batch, classes, height, width]", "classes reads one score a class");
  const axis = spec.layout === "hwc" ? dims.length - 1 : dims.length === 3 ? 0 : 1;
  const count = dims[axis]!;
  const shape = dims.toSpliced(axis, 1);
  if (count === 1 && spec.threshold === undefined)
    mismatch(
      type,
      "scores of classes",
      "one channel needs a threshold: 0 for logits, 0.5 for probabilities",
    );
  if (count > 1 && spec.threshold !== undefined)
    fail("bad-attribute", `threshold is given, but there are ${count} classes`, {
      hint: "of several classes the one with the greatest score is taken",
    });
  if (spec.dtype === "u8" && count > 256)
    fail("bad-attribute", `u8 has no ${count} classes`, { hint: "set dtype to i32" });
  return {
    apply: (value) => {
      const chosen =
        spec.threshold === undefined
          ? argmax(value, axis)
          : reshape(greaterOrEqual(value, scalar(value, spec.threshold)), shape);
      return { mask: cast(chosen, spec.dtype) };
    },
  };
}
