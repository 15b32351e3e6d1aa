/** What a caller may choose of how a model is computed, where speed, bytes and accuracy are to be weighed. */
import type { PlanOptions } from "../compile.js";
import { ARITHMETICS } from "../passes/arithmetic.js";
import { WEIGHTS_TYPES } from "../passes/narrow.js";
import { WINOGRAD_MODES } from "../program/winograd/choose.js";
import { allTexts, oneOf, type Given, type OptionRows } from "./given.js";

export const CHOICE_OPTIONS: OptionRows = [
  [
    "--weights-type <type>",
    "f32, f16 or int8: how large weights of products are kept; f32 by default",
  ],
  [
    "--arithmetic <type>",
    "f32, int8 or auto (int8 where it is faster): what products with constant weights are computed in; f32 by default",
  ],
  [
    "--keep <layer>",
    "stays f32 with --arithmetic int8 or auto, or all that is part of it (repeatable)",
  ],
  [
    "--winograd <kind>",
    "off, f2, f4 or auto: windows by Winograd's algorithm where it is faster; auto by default",
  ],
];

/** Those that are given. Throws CompileError `usage`. */
export function choicesOf(
  given: Given,
): Pick<PlanOptions, "weightsType" | "arithmetic" | "keep" | "winograd"> {
  const weightsType = oneOf(given, "weightsType", WEIGHTS_TYPES);
  const arithmetic = oneOf(given, "arithmetic", ARITHMETICS);
  const keep = allTexts(given, "keep");
  const winograd = oneOf(given, "winograd", WINOGRAD_MODES);
  return {
    ...(weightsType === undefined ? {} : { weightsType }),
    ...(arithmetic === undefined ? {} : { arithmetic }),
    ...(keep.length === 0 ? {} : { keep }),
    ...(winograd === undefined ? {} : { winograd }),
  };
}
