/** What ops refuse is written as: operands and attributes, the code, and the part of the message that holds the numbers. */
import type { ProblemCode } from "../../../compiler/base/error.js";
import type { ops } from "../../../compiler/ops/index.js";

export type Given = Readonly<Record<string, unknown>>;

/** Op, operand types (`-` is absent), attributes, code, message. */
export type Rejected = readonly (readonly [keyof typeof ops, string, Given, ProblemCode, string])[];
