/** The whole way from a Definition to the files of a module, and the part of it that dumps and checks need. */
import { emitModule } from "./emit/index.js";
import type { OutputFile } from "./emit/outputFile.js";
import { fileStem } from "./emit/names.js";
import type { SimdChoice } from "./emit/plan.js";
import type { Definition } from "./graph/definition.js";
import type { Graph } from "./graph/graph.js";
import type { RewriteLog } from "./graph/rewrite/rule.js";
import type { Bindings } from "./infer/bindInputs.js";
import { inferShapes } from "./infer/inferShapes.js";
import { passes, runPasses } from "./passes/index.js";
import { fuseKernels } from "./program/fuse/fuse.js";
import { assignLayouts } from "./program/layout/index.js";
import type { LoweredProgram } from "./program/lowered.js";
import { lowerProgram, type Reschedule } from "./program/lower.js";
import { planMemory } from "./program/memory.js";
import { packConstants } from "./program/pack.js";
import type { Program } from "./program/program.js";
import { hashModel } from "./modelHash.js";
import { startSteps, type StepTime, type Steps } from "./steps.js";
import { reportOf, type Report } from "./report.js";
import { targets, type TargetName } from "./targets/index.js";
import { plainSchedule } from "./targets/wasm/plainSchedule.js";
import { checkTuned, openBook, tunedPlain, withTuned, type TunedBook } from "./tune/apply.js";
import { plannedFor, type Engine, type TunedKernel } from "./tune/file.js";

/** What a pass left behind. */
export type PassResult =
  | { readonly kind: "graph"; readonly graph: Graph; readonly log?: RewriteLog }
  | { readonly kind: "program"; readonly program: Program };

export interface PlanOptions extends Bindings {
  /** What the kernels are laid out and scheduled for; "ts" by default. */
  readonly target?: TargetName;
  /** Names of Graph passes that are left out. */
  readonly disable?: readonly string[];
  /** Schedules timed before, for kernels that have them; others are the target's. */
  readonly schedules?: readonly TunedKernel[];
  /** Bytes of the files that constants lie in; paths are relative to the model's own text. */
  readonly readFile?: (path: string) => Uint8Array;
  /** Sees what every pass left behind, in order. */
  readonly observe?: (pass: string, result: PassResult) => void;
  /** Called with the name of each step before it begins. */
  readonly onProgress?: (step: string) => void;
}

export interface CompileOptions extends PlanOptions {
  /** Of the files, without ending; the model's own name by default. */
  readonly name?: string;
  /** Inside the module, or a file beside it; by default inline under 256 KiB. */
  readonly weights?: "inline" | "file";
  /** Where WebAssembly goes: inside the module, or files beside it; where the weights go by default. */
  readonly wasm?: "inline" | "file";
  /** The engines that WebAssembly is for: those with relaxed SIMD, those without, or (by default) each its own. */
  readonly simd?: SimdChoice;
  /** Also the text of WebAssembly, in files beside the module. */
  readonly wat?: boolean;
  /** A copy of the runtime beside the module instead of an import of `tilewright/runtime`. */
  readonly standalone?: boolean;
  /** JavaScript and declarations instead of TypeScript. */
  readonly js?: boolean;
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
  /** What engines with plain SIMD run instead of the planned schedules. */
  readonly plain: Reschedule;
  /** Of `schedules` those for this target that no kernel of the model has. */
  readonly unused: readonly TunedKernel[];
}

/** Constants of fewer bytes go into the module itself. */
const INLINE_BYTES = 256 * 1024;

/** The files of a module that runs the model. Throws CompileError with all problems; writes nothing. */
export async function compile(
  definition: Definition,
  options: CompileOptions = {},
): Promise<CompileResult> {
  const simd = options.simd ?? "both";
  const steps = startSteps(options.onProgress);
  const { graph, program, book } = plan(definition, options, steps);
  const plain = tunedPlain(book, plainSchedule);
  const engines = enginesOf(options.target ?? "ts", simd);
  if (engines.includes("wasm plain") && options.schedules !== undefined) checkTuned(program, plain);
  steps.begin("lower");
  const lowered = lowerProgram(program);
  steps.begin("pack-weights");
  const constants = packConstants(program, options.readFile);
  const modelHash = hashModel(definition, options.readFile);
  steps.begin("emit");
  const weights = options.weights ?? (constants.length < INLINE_BYTES ? "inline" : "file");
  const files = await emitModule({
    target: options.target ?? "ts",
    program,
    lowered,
    constants,
    modelHash,
    name: fileStem(options.name ?? definition.name),
    weights,
    wasm: options.wasm ?? weights,
    simd,
    plain,
    wat: options.wat ?? false,
    standalone: options.standalone ?? false,
    js: options.js ?? false,
    disabled: options.disable ?? [],
  });
  const report = reportOf(program, lowered, files, modelHash);
  const unused = book.unused(engines);
  return { graph, program, lowered, files, report, steps: steps.end(), plain, unused };
}

/** What the code of a target runs on; the first says how constants are packed. */
function enginesOf(target: TargetName, simd: SimdChoice): readonly Engine[] {
  const first = plannedFor(target);
  if (target === "ts" || simd === "relaxed") return [first];
  return [first, "wasm plain"];
}

/** The Graph after all passes and its planned Program. Throws CompileError with all problems. */
export function planModel(
  definition: Definition,
  options: PlanOptions = {},
): { readonly graph: Graph; readonly program: Program } {
  const { graph, program } = plan(definition, options, startSteps(options.onProgress));
  return { graph, program };
}

/** The passes that make and change a Program, as far as they are named on the command line. */
const PROGRAM_PASSES = [
  { name: "assign-layouts", run: assignLayouts },
  { name: "plan-memory", run: (program: Program) => planMemory(program) },
] as const;

/** All passes by name, in order. */
export const PASS_NAMES: readonly string[] = [
  "infer-shapes",
  ...passes.map(({ name }) => name),
  "fuse-kernels",
  ...PROGRAM_PASSES.map(({ name }) => name),
];

function plan(
  definition: Definition,
  options: PlanOptions,
  steps: Steps,
): { readonly graph: Graph; readonly program: Program; readonly book: TunedBook } {
  const { observe } = options;
  steps.begin("infer-shapes");
  const typed = inferShapes(definition, options);
  observe?.("infer-shapes", { kind: "graph", graph: typed });
  steps.begin("passes");
  const graph = runPasses(typed, {
    ...options,
    observe: (pass, result, log) => observe?.(pass, { kind: "graph", graph: result, log }),
  });
  const name = options.target ?? "ts";
  const book = openBook(options.schedules ?? []);
  const target = withTuned(targets[name], plannedFor(name), book);
  steps.begin("fuse-kernels");
  let program = fuseKernels(graph);
  observe?.("fuse-kernels", { kind: "program", program });
  for (const { name: pass, run } of PROGRAM_PASSES) {
    steps.begin(pass);
    program = run(program, target);
    observe?.(pass, { kind: "program", program });
  }
  if (options.schedules !== undefined) checkTuned(program);
  return { graph, program, book };
}
