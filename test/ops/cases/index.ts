/** Every op case, by op: also what other tests run their kernels on. */
import { movementCases } from "./movement.js";
import type { OpCase } from "./opCase.js";
import { pointwiseCases } from "./pointwise.js";
import { reductionCasesByOp } from "./reductions.js";

export type { OpCase } from "./opCase.js";

export const cases: Readonly<Record<string, readonly OpCase[]>> = {
  ...pointwiseCases,
  ...reductionCasesByOp,
  ...movementCases,
};
