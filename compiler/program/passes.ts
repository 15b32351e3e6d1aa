/** The passes that make a Program and lay it out in memory, in order: each with one idea, and verified after it. */
import type { Budget } from "../base/budget.js";
import type { Graph } from "../graph/graph.js";
import { fuseKernels } from "./fuse/fuse.js";
import { guardBranches } from "./layout/guards.js";
import { addMargins } from "./layout/margins.js";
import { aliasValues } from "./layout/aliases.js";
import type { LayoutChoices, StripChoices } from "./layout/choices.js";
import { runAtLoad } from "./layout/atLoad.js";
import { copyBoundaries } from "./layout/boundaries.js";
import { copyOperands } from "./layout/operands.js";
import { chooseOrders } from "./layout/orders.js";
import { placeConstants } from "./layout/packing.js";
import { placeValues } from "./layout/places.js";
import { useDots } from "./dots/useDots.js";
import { chooseSchedules } from "./layout/schedules.js";
import { updateStates } from "./layout/states.js";
import { fuseStrips } from "./strips/fuseStrips.js";
import { allocateBuffers } from "./memory/allocate.js";
import { reuseOperands } from "./memory/inPlace.js";
import type { Program } from "./program.js";
import type { WinogradMode } from "./winograd/choose.js";
import { splitPhases } from "./winograd/splitPhases.js";
import { useIntegerWinograd, useWinograd } from "./winograd/winograd.js";
import { useDigits } from "./words/useDigits.js";
import { useWords } from "./words/words.js";
import { verifyProgram } from "./verify/index.js";

/** What fuse-kernels makes is laid out by these. */
export const LAYOUT_PASSES = [
  ["split-phases", splitPhases],
  ["use-winograd", useWinograd],
  ["use-words", useWords],
  ["copy-boundaries", copyBoundaries],
  ["fuse-strips", fuseStrips],
  ["use-dots", useDots],
  ["use-digits", useDigits],
  ["use-integer-winograd", useIntegerWinograd],
  ["update-states", updateStates],
  ["run-at-load", runAtLoad],
  ["choose-orders", chooseOrders],
  ["copy-operands", copyOperands],
  ["alias-values", aliasValues],
  ["add-margins", addMargins],
  ["place-values", placeValues],
  ["guard-branches", guardBranches],
  ["choose-schedules", chooseSchedules],
  ["pack-constants", placeConstants],
  ["reuse-operands", reuseOperands],
  ["allocate-buffers", allocateBuffers],
] as const satisfies readonly (readonly [
  string,
  (program: Program, target: LayoutChoices, options: AlgorithmOptions) => Program,
])[];

export type ProgramPass = "fuse-kernels" | (typeof LAYOUT_PASSES)[number][0];

export const PROGRAM_PASSES: readonly ProgramPass[] = [
  "fuse-kernels",
  ...LAYOUT_PASSES.map(([name]) => name),
];

/** What the caller decides of how kernels compute. */
export interface AlgorithmOptions {
  /** Winograd's algorithm: none, one kind wherever it can be, or (by default) what takes the least time. */
  readonly winograd?: WinogradMode;
}

/** What allocate-buffers can do without. */
const OVERLAY = "overlay-constants";

/** What can be left out: a Program without it is as right, and slower or larger. */
export const OPTIONAL_PASSES: readonly string[] = [
  "split-phases",
  "use-winograd",
  "use-words",
  "use-dots",
  "use-digits",
  "use-integer-winograd",
  "fuse-strips",
  "copy-operands",
  OVERLAY,
];

export interface PlanProgramOptions extends AlgorithmOptions {
  /** Names of passes that are left out, of those that can be. */
  readonly disable?: readonly string[];
  /** For tests and measurements, in place of the target's: what leaves the cache, and what rows may take. */
  readonly strips?: StripChoices;
  /** Sees what every pass left behind, in order. */
  readonly observe?: (pass: ProgramPass, program: Program) => void;
  /** Called with the name of each step before it begins; "verify" between passes. */
  readonly onProgress?: (step: string) => void;
  /** What the passes may take. */
  readonly budget?: Budget;
  /** What tests make of what passes leave behind, to see that it is found out. */
  readonly sabotage?: Readonly<Partial<Record<ProgramPass, (program: Program) => Program>>>;
  /** False where tests ask what would come of a program that is wrong. */
  readonly verify?: boolean;
}

/**
 * The planned Program of a graph, with addresses. Throws CompileError where it does not fit into memory or the budget, and an Error
 * where a pass has made it wrong: such a program is never emitted.
 */
export function planProgram(
  graph: Graph,
  planner: LayoutChoices,
  options: PlanProgramOptions = {},
): Program {
  const { observe, onProgress, budget, sabotage = {}, verify = true, disable = [] } = options;
  const target = {
    ...planner,
    ...(options.strips === undefined ? {} : { strips: options.strips }),
    ...(disable.includes(OVERLAY) ? { ownsConstants: false } : {}),
  };
  // Without Winograd's algorithm nothing is to be split for it.
  const algorithms = disable.includes("use-winograd")
    ? { ...options, winograd: "off" as const }
    : options;
  const after = (pass: ProgramPass, program: Program, before?: Program): Program => {
    const result = sabotage[pass]?.(program) ?? program;
    if (verify) {
      onProgress?.("verify");
      verifyProgram(result, pass, before);
    }
    observe?.(pass, result);
    return result;
  };
  onProgress?.("fuse-kernels");
  let program = after("fuse-kernels", fuseKernels(graph, budget));
  for (const [pass, run] of LAYOUT_PASSES) {
    if (OPTIONAL_PASSES.includes(pass) && disable.includes(pass)) continue;
    budget?.checkTime();
    onProgress?.(pass);
    program = after(pass, run(program, target, algorithms), program);
  }
  return program;
}
