/** What a caller may choose of how a model is computed, where speed, bytes and accuracy are to be weighed. */
import type { PlanOptions } from "../compile.js";
import { WEIGHTS_TYPES } from "../passes/narrow.js";
import { WINOGRAD_MODES } from "../program/winograd/choose.js";
import { oneOf, type Given, type OptionRows } from "./given.js";

export const CHOICE_OPTIONS: OptionRows = [
  [
    "--weights-type <type>",
    "f32, f16 or int8: how large weights of products are kept; f32 by default",
  ],
  [
    "--winograd <kind>",
    "off, f2, f4 or auto: windows by Winograd's algorithm where it is faster; auto by default",
  ],
];

/** Those that are given. Throws CompileError `usage`. */
export function choicesOf(given: Given): Pick<PlanOptions, "weightsType" | "winograd"> {
  const weightsType = oneOf(given, "weightsType", WEIGHTS_TYPES);
  const winograd = oneOf(given, "winograd", WINOGRAD_MODES);
  return {
    ...(weightsType === undefined ? {} : { weightsType }),
    ...(winograd === undefined ? {} : { winograd }),
  };
}
