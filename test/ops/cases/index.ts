/** Every op case, by op: also what other tests run their kernels on. */
import { alongAxisCases } from "./alongAxis.js";
import { movementCases } from "./movement.js";
import { normalizeCases } from "./normalize.js";
import type { OpCase } from "./opCase.js";
import { pointwiseCases } from "./pointwise.js";
import { reduceCases } from "./reductions.js";
import { resampleCases } from "./resample.js";
import { windowCases } from "./window.js";

export type { OpCase } from "./opCase.js";

export const cases: Readonly<Record<string, readonly OpCase[]>> = {
  ...pointwiseCases,
  ...reduceCases,
  ...alongAxisCases,
  ...movementCases,
  ...windowCases,
  ...normalizeCases,
  ...resampleCases,
};
