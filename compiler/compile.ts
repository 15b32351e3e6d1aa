/** The whole way from a Definition to the files of a module, and the part of it that dumps and checks need. */
import { basename } from "node:path";
import { declaredWarnings } from "./analysis/declared.js";
import { doubleWarnings } from "./analysis/doubles.js";
import { layoutsOf } from "./analysis/layouts.js";
import { untrainedOf } from "./analysis/untrained.js";
import { withBudget, type Budget, type BudgetOptions } from "./base/budget.js";
import { fail } from "./base/error.js";
import type { Emission, ModelSource } from "./emit/emission.js";
import { checkedFileName, fileStem } from "./emit/names.js";
import type { OutputFile } from "./emit/outputFile.js";
import type { Definition } from "./graph/definition.js";
import type { Graph } from "./graph/graph.js";
import type { RewriteLog } from "./graph/rewrite/rule.js";
import type { Bindings } from "./infer/bindInputs.js";
import { inferShapes } from "./infer/inferShapes.js";
import { passes, runPasses, type NumberChoices } from "./passes/index.js";
import { NARROW_WEIGHTS } from "./passes/narrowWeights.js";
import type { LoweredProgram } from "./program/lowered.js";
import { lowerProgram } from "./program/lower.js";
import type { ThreadChoices } from "./program/threads/share.js";
import { packConstants } from "./program/pack.js";
import {
  planProgram,
  PROGRAM_PASSES,
  type AlgorithmOptions,
  type PlanProgramOptions,
} from "./program/passes.js";
import type { Program } from "./program/program.js";
import { flushSubnormals, NOTHING_FLUSHED, type Subnormals } from "./program/subnormals.js";
import { hashBytes } from "../runtime/hash.js";
import { withTimes } from "./choosing.js";
import { hashModel } from "./modelHash.js";
import { startSteps, type StepTime, type Steps } from "./steps.js";
import { reportOf, type Report } from "./report.js";
import { targetNamed, type TargetName, type TargetOptions } from "./targets/index.js";
import { leavingOut, programFor, worthwhile } from "./targets/variant.js";
import { checkTuned, openBook, withTuned, type TunedBook } from "./tune/apply.js";
import type { TunedKernel } from "./tune/file.js";

/** What a pass left behind. */
export type PassResult =
  | { readonly kind: "graph"; readonly graph: Graph; readonly log?: RewriteLog }
  | { readonly kind: "program"; readonly program: Program };

export interface PlanOptions
  extends
    Bindings,
    BudgetOptions,
    AlgorithmOptions,
    TargetOptions,
    NumberChoices,
    Pick<PlanProgramOptions, "sabotage" | "verify" | "strips"> {
  /** What the kernels are laid out and scheduled for; TypeScript by default. */
  readonly target?: TargetName;
  /** Names of passes that are left out, of the Graph and of the Program's that only make it faster, and of what a target's schedules do without. */
  readonly disable?: readonly string[];
  /** What weights below f32's least normal number become: zeros by default, since many processors are slow with them. */
  readonly subnormals?: Subnormals;
  /** Schedules timed before, for kernels that have them; others are the target's. */
  readonly schedules?: readonly TunedKernel[];
  /** Sees what every pass left behind, in order. */
  readonly observe?: (pass: string, result: PassResult) => void;
  /** Called with the name of each step before it begins. */
  readonly onProgress?: (step: string) => void;
}

export interface CompileOptions extends PlanOptions {
  /** Of the files, without ending; the model's own name by default, with others for what no file can be called. */
  readonly name?: string;
  /** Of the file that the model comes from, without folders: it tells models of one name apart. */
  readonly file?: string;
  /** Smaller pieces than a target hands to threads: for tests. */
  readonly pieces?: ThreadChoices;
  /** The model as its author wrote it, where the definition is more: what tells modules of models apart. */
  readonly source?: ModelSource;
  /** Names of classes, for the module to say; as of `readLabels`. */
  readonly labels?: readonly string[];
  /** Inside the module, or a file beside it; by default inline under 256 KiB. */
  readonly weights?: "inline" | "file";
  /** What the module needs of the runtime in the module itself, instead of an import of `tilewright/runtime`. */
  readonly standalone?: boolean;
  /** The hash of what is in them in the names of weights and WebAssembly beside the module: they travel alone then. */
  readonly contentNames?: boolean;
  /** JavaScript and declarations instead of TypeScript. */
  readonly js?: boolean;
  /** `cjs`: JavaScript and declarations for Node's `require`; modules otherwise. */
  readonly format?: "esm" | "cjs";
}

export interface CompileResult {
  /** After all Graph passes. */
  readonly graph: Graph;
  readonly program: Program;
  readonly lowered: LoweredProgram;
  readonly files: readonly OutputFile[];
  readonly report: Report;
  /** What compiling took, step by step. */
  readonly steps: readonly StepTime[];
  /** What the files are made from. */
  readonly emission: Emission;
  /** Of `schedules` those for this target that no kernel of the model has. */
  readonly unused: readonly TunedKernel[];
  /** What is not as the model says it. */
  readonly warnings: readonly string[];
}

/** Constants of fewer bytes go into the module itself. */
const INLINE_BYTES = 256 * 1024;

/**
 * The files of a module that runs the model. Throws CompileError with all problems, `usage` where no file can be
 * called what `name` says; writes nothing.
 */
export async function compile(
  definition: Definition,
  given: CompileOptions = {},
): Promise<CompileResult> {
  const options = withBudget(given);
  const { budget } = options;
  const target = targetNamed(options.target);
  const name = fileName(definition, options);
  const steps = startSteps((step) => {
    budget.checkTime();
    options.onProgress?.(step);
  });
  const { typed, graph, program, book, kept } = plan(definition, options, steps);
  steps.begin("lower");
  const variants = worthwhile(target.variantsFor(options), program);
  const planned = target.plannerFor(options).threads;
  const threads = planned && { ...planned, ...options.pieces };
  const lowered = lowerProgram(program, { budget, threads });
  const code = variants.map((variant) => {
    const own = programFor(program, variant, book.find);
    if (options.schedules !== undefined && own !== program) checkTuned(own);
    return {
      variant: variant.name,
      lowered: own === program ? lowered : lowerProgram(own, { budget, threads }),
    };
  });
  steps.begin("pack-weights");
  const constants = packConstants(program, options.readFile, budget);
  const { subnormals = "flush" } = options;
  const flushed = subnormals === "flush" ? flushSubnormals(program, constants) : NOTHING_FLUSHED;
  const modelHash = hashModel(definition, options.readFile);
  steps.begin("emit");
  const emission: Emission = {
    target: target.name,
    program,
    lowered,
    code,
    constants,
    constantsHash: hashBytes(constants),
    modelHash,
    subnormals,
    flushed,
    untrained: untrainedOf(definition),
    labels: options.labels ?? [],
    layouts: layoutsOf(typed),
    contentNames: options.contentNames ?? false,
    name,
    source: options.source ?? definition,
    ...(options.file === undefined ? {} : { file: basename(options.file) }),
    weights: options.weights ?? (constants.length < INLINE_BYTES ? "inline" : "file"),
    standalone: options.standalone ?? false,
    ...languageOf(options),
    ...(options.weightsType === undefined ? {} : { weightsType: options.weightsType }),
    ...(options.arithmetic === undefined ? {} : { arithmetic: options.arithmetic }),
    keep: options.keep ?? [],
    disabled: options.disable ?? [],
    winograd: options.winograd ?? "auto",
    budget,
  };
  const files = await target.emit(emission, options);
  const report = reportOf(program, lowered, files, emission);
  const unused = book.unused([target.plannerFor(options), ...variants]);
  const warnings = [...doubleWarnings(typed), ...declaredWarnings(definition, typed), ...kept];
  return { graph, program, lowered, files, report, steps: steps.end(), emission, unused, warnings };
}

/** Throws CompileError `usage` where CommonJS is to be TypeScript. */
function languageOf({ js, format = "esm" }: CompileOptions): Pick<Emission, "js" | "format"> {
  if (format === "cjs" && js === false)
    fail("usage", "format 'cjs' is written in JavaScript, and js is false", {
      hint: "leave js out, or compile a module of TypeScript to CommonJS yourself",
    });
  return { js: format === "cjs" || js === true, format };
}

function fileName({ name }: Definition, options: CompileOptions): string {
  return options.name === undefined ? fileStem(name) : checkedFileName(options.name);
}

/** The Graph after all passes and its planned Program. Throws CompileError with all problems. */
export function planModel(
  definition: Definition,
  given: PlanOptions = {},
): { readonly graph: Graph; readonly program: Program } {
  const options = withBudget(given);
  const { graph, program } = plan(definition, options, startSteps(options.onProgress));
  return { graph, program };
}

/** All passes by name, in order. */
export const PASS_NAMES: readonly string[] = [
  "infer-shapes",
  ...passes.map(({ name }) => name),
  ...PROGRAM_PASSES,
];

function plan(
  definition: Definition,
  options: PlanOptions & { readonly budget: Budget },
  steps: Steps,
): {
  readonly typed: Graph;
  readonly graph: Graph;
  readonly program: Program;
  readonly book: TunedBook;
  /** Why weights are not of the type that was asked for. */
  readonly kept: readonly string[];
} {
  const { observe } = options;
  const kept = new Set<string>();
  steps.begin("infer-shapes");
  const typed = inferShapes(definition, options);
  observe?.("infer-shapes", { kind: "graph", graph: typed });
  steps.begin("passes");
  const graph = runPasses(typed, {
    ...withTimes(options),
    observe: (pass, result, log) => {
      if (pass === NARROW_WEIGHTS) for (const { reason } of log.notes) kept.add(reason);
      observe?.(pass, { kind: "graph", graph: result, log });
    },
  });
  const book = openBook(options.schedules ?? []);
  const own = targetNamed(options.target).plannerFor(options);
  const planner = withTuned(leavingOut(own, options.disable ?? []), book);
  const program = planProgram(graph, planner, {
    ...options,
    onProgress: steps.begin,
    observe: (pass, result) => observe?.(pass, { kind: "program", program: result }),
  });
  if (options.schedules !== undefined) checkTuned(program);
  return { typed, graph, program, book, kept: [...kept] };
}
