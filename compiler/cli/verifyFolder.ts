/** Verifies or records one folder in ONNX's test layout: what the command line and the matcher share. */
import { realpathSync } from "node:fs";
import { dirname, join } from "node:path";
import { startBudget } from "../base/budget.js";
import { CompileError, fail, formatProblems } from "../base/error.js";
import { withoutStates } from "../graph/states.js";
import { inferShapes } from "../infer/inferShapes.js";
import { sameType, type Tensor } from "../base/tensor.js";
import { writeFiles } from "../emit/writeFiles.js";
import { arithmeticCost, type ArithmeticCost } from "../golden/arithmeticCost.js";
import { bisect, firstChanged, type Culprit } from "../golden/bisect.js";
import { ONNX_TOLERANCE } from "../golden/compareTensors.js";
import { judgeOf } from "../golden/judge.js";
import { dataSetsOf, modelOf, nodeValuesOf, type DataSet } from "../golden/testCase.js";
import {
  compareOutputs,
  costsOf,
  prepareCase,
  type BuildModel,
  type CaseResult,
  type ModelSource,
  type Prepared,
} from "../golden/prepareCase.js";
import type { OutputCost } from "../golden/weightsCost.js";
import { isWithin } from "../project/files.js";
import { loadModel } from "../project/loadModel.js";
import type { Plan, VerifyOptions } from "./verifyOptions.js";
import { recordSet, type Recording } from "./recordSet.js";
import { buildModule, renewed } from "./runModule.js";

export interface FolderResult extends CaseResult {
  readonly dir: string;
  /** Paths that were recorded. */
  readonly recorded?: readonly string[];
  readonly culprit?: Culprit;
  /** Of products that are not f32: what each layer costs, over all sets of the first one's sizes. */
  readonly arithmetic?: ArithmeticCost;
}

/** Every set of the folder; the first that is wrong is the result. Throws CompileError `usage` on no such folder. */
export async function verifyFolder(
  dir: string,
  options: VerifyOptions = {},
): Promise<FolderResult> {
  const path = modelOf(dir);
  try {
    const sets = dataSetsOf(dir);
    const { plan: { budget = startBudget() } = {} } = options;
    const { inputs, read, readFile } = await loadModel(path, options.given ?? {}, budget);
    const source: ModelSource = {
      inputs: inputs.map(({ name }) => name),
      // A set is of one run: states are inputs and outputs there.
      read: (bindings) => Promise.resolve(withoutStates(read(bindings, budget.renew()))),
    };
    const plan = { ...options.plan, budget, readFile };
    if (options.update === true) refuseLinks(dir, sets);
    if (options.update === true) return { dir, ...(await record(source, sets, plan, options)) };
    let maxError = 0;
    const costs: OutputCost[] = [];
    const prepared: Prepared[] = [];
    for (const set of sets) {
      const result = await verifySet(source, set, plan, options, prepared);
      if (result.status !== "pass")
        return { dir, ...result, ...(await arithmeticOf(prepared, plan)) };
      maxError = Math.max(maxError, result.maxError ?? 0);
      costs.push(...(result.costs ?? []));
    }
    const arithmetic = await arithmeticOf(prepared, plan);
    return { dir, status: "pass", maxError, ...(costs.length > 0 && { costs }), ...arithmetic };
  } catch (error) {
    if (!(error instanceof CompileError)) throw error;
    if (error.problems.some(isUsage)) throw within(dir, error);
    return { dir, status: "unsupported", reason: formatProblems(error.problems) };
  }
}

const isUsage = ({ code }: { readonly code: string }): boolean => code === "usage";

/** Names the folder, for there may be several. */
function within(dir: string, { problems }: CompileError): CompileError {
  return new CompileError(
    problems.map((problem) =>
      problem.message.includes(dir)
        ? problem
        : { ...problem, message: `${dir}: ${problem.message}` },
    ),
  );
}

/** Throws CompileError `usage` where recording would write outside the folder that was named. */
function refuseLinks(dir: string, sets: readonly DataSet[]): void {
  for (const { folder } of sets)
    if (!isWithin(realpathSync(folder), realpathSync(dir)))
      fail("usage", `${folder} is a link to what lies outside ${dir}`, {
        hint: "nothing is recorded there: name that folder itself",
      });
}

/** Records all sets, or none where the module computes something else than the model means. */
async function record(
  source: ModelSource,
  sets: readonly DataSet[],
  plan: Plan,
  options: VerifyOptions,
): Promise<Omit<FolderResult, "dir">> {
  const recordings: Recording[] = [];
  for (const set of sets) {
    const recording = await recordSet(source, set, plan, options);
    const verdicts = [...recording.verdicts.values()];
    const reasons = verdicts.flatMap(({ reason }) => reason ?? []);
    if (reasons.length > 0) {
      const maxError = Math.max(...verdicts.map(({ error }) => error));
      const reason = [`not recorded: ${WRONG}`, ...reasons].join("\n");
      const { culprit } = recording;
      return { status: "fail", maxError, reason, ...(culprit === undefined ? {} : { culprit }) };
    }
    recordings.push(recording);
  }
  const recorded: string[] = [];
  for (const { folder, files } of recordings) {
    const sources = sets.flatMap(({ inputs }) => inputs.map((one) => one.path));
    const writing = { keep: sources, isOwn: () => true };
    recorded.push(...(await writeFiles(folder, files, writing)));
  }
  return { status: "pass", recorded };
}

const WRONG = "the compiled module computes something else than the model means";

const RECORD_NODES =
  "to find the one that changed, record every node's value with --update --bisect while outputs are right";

/** What bytes cost on the inputs of sets. */
async function arithmeticOf(
  prepared: readonly Prepared[],
  plan: Plan,
): Promise<Pick<FolderResult, "arithmetic">> {
  const [first] = prepared;
  if (first === undefined || (plan.arithmetic ?? "f32") === "f32") return {};
  const typed = inferShapes(first.definition, { ...renewed(plan), ...first.bindings });
  const isAlike = ({ inputs }: Prepared): boolean =>
    [...inputs].every(([name, { type }]) => sameType(type, first.inputs.get(name)!.type));
  const inputs = prepared.filter(isAlike).map((one) => one.inputs);
  return { arithmetic: await arithmeticCost(typed, renewed(plan), buildModule, inputs) };
}

async function verifySet(
  source: ModelSource,
  set: DataSet,
  plan: Plan,
  options: VerifyOptions,
  all: Prepared[],
): Promise<CaseResult & Pick<FolderResult, "culprit">> {
  const tolerance = options.tolerance ?? ONNX_TOLERANCE;
  const prepared = await prepareCase(source, buildModule, set, plan);
  all.push(prepared);
  const { definition, bindings, run, inputs } = prepared;
  const outputs = await run(inputs);
  const isRounded = plan.weightsType !== undefined || plan.arithmetic !== undefined;
  const costs = isRounded ? { costs: costsOf(outputs, set) } : {};
  const result = { ...compareOutputs(outputs, set, tolerance), ...costs };
  if (result.status !== "fail" || options.bisect !== true) return result;
  const graph = inferShapes(definition, { ...renewed(plan), ...bindings });
  const build: BuildModel = (part, more) => buildModule(part, { ...plan, ...more });
  const recorded = nodeValuesOf(set.folder);
  const { readFile } = plan;
  const judge = judgeOf(graph, inputs, { readFile });
  const culprit =
    firstChanged(graph, judge.values, recorded ?? new Map<string, Tensor>(), tolerance) ??
    (await bisect(graph, inputs, build, judge, readFile));
  if (culprit !== undefined) return { ...result, culprit };
  const advice = recorded === undefined ? `; ${RECORD_NODES}` : " and what was recorded for it";
  return { ...result, reason: `${result.reason}\nevery node computes what its op means${advice}` };
}

/** `test/model.onnx` => `test`: the folder of a model's own path is meant. */
export function folderOf(path: string): string {
  return /\.(onnx|tw|[mc]?[jt]s)$/.test(path) ? dirname(join(path)) : path;
}
