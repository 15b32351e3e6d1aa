/** Every case of every op on onnxruntime-web: against the interpreter, and against the modules that are emitted. */
import { afterAll, describe, expect, it, vi } from "vitest";
import { definitionOf } from "../../compiler/graph/definition.js";
import { evaluateGraph } from "../../compiler/graph/evaluate.js";
import type { Graph } from "../../compiler/graph/graph.js";
import { exportOnnx } from "../../compiler/onnx-export/export.js";
import { passes, runPasses } from "../../compiler/passes/index.js";
import { inferShapes } from "../../compiler/infer/inferShapes.js";
import { fuseKernels } from "../../compiler/program/fuse/fuse.js";
import { elementCount, type Tensor } from "../../compiler/base/tensor.js";
import { cases, type OpCase } from "../ops/cases/index.js";
import { differenceOf } from "../support/difference.js";
import type { Engine } from "../support/engine.js";
import { mergeInputs, mergeModels, nameIn } from "../support/mergedModel.js";
import { RELAXED_ALONE, SIMDS } from "../support/simd.js";
import { runOnnx } from "../support/onnxRuntime.js";
import { opModel } from "../support/opModel.js";
import { loadProduct, steadyRun } from "../support/product.js";
import { reductionLength, toleranceOf } from "../support/tolerance.js";
import { exceptions, type Exception } from "./exceptions.js";

// Modules of all cases are emitted: that they are laid out for people is looked at elsewhere.
vi.mock("prettier", () => ({ format: (source: string) => Promise.resolve(source) }));

/** One case in one of its forms, on all sides. */
interface Trial {
  readonly one: OpCase;
  readonly title: string;
  /** As inferred: what the interpreter evaluates. */
  readonly raw: Graph;
  /** What is exported and emitted. */
  readonly graph: Graph;
  readonly inputs: ReadonlyMap<string, Tensor>;
  /** The interpreter's value. */
  readonly meant: Tensor;
}

/** What a type decides (shape, size) is known before there is a Graph. */
const isFolded = ({ raw }: Trial): boolean => raw.nodes.length === 0;

/** Models have no empty values; those are for folded shape arithmetic. */
const isEmpty = ({ inputs, expected }: OpCase): boolean =>
  [...inputs, expected].some((value) => value !== undefined && elementCount(value.type.dims) === 0);

/** With operands given at run time, as they are; and with weights, after all passes. */
function trialsOf(op: string, one: OpCase): Trial[] {
  const forms = one.inputs.length > 1 ? [false, true] : [false];
  return forms.map((weights): Trial => {
    const { definition, inputs } = opModel(op, one, weights);
    const raw = inferShapes(definition, {});
    const title = weights ? `${one.title}, weights` : one.title;
    const meant = evaluateGraph(raw, inputs).get(raw.outputs[0]!.value)!;
    return { one, title, raw, graph: weights ? runPasses(raw) : raw, inputs, meant };
  });
}

/** Elements of i64 are 32 bits wide at run time, and wider ones are refused there. */
function fitsRunTime({ graph, inputs }: Trial): boolean {
  const constants = graph.constants.map(({ source }) => source.kind === "data" && source.data);
  const wide = [...[...inputs.values()].map(({ data }) => data), ...constants];
  return wide.every(
    (data) =>
      !(data instanceof BigInt64Array) || data.every((value) => value === BigInt.asIntN(32, value)),
  );
}

/** Outputs of emitted modules, of all trials of an op at once. */
async function emittedOutputs(
  trials: readonly Trial[],
  engines: readonly Engine[],
): Promise<readonly (readonly [Trial, Tensor])[]> {
  const running = trials.filter(fitsRunTime);
  if (running.length === 0) return [];
  const models = running.map(({ graph }) => definitionOf(graph));
  const merged = mergeModels(running[0]!.raw.name, models);
  const inputs = mergeInputs(running.map((trial) => trial.inputs));
  const results: (readonly [Trial, Tensor])[] = [];
  for (const engine of engines) {
    const product = await loadProduct(merged, engine, { disable: passes.map(({ name }) => name) });
    const outputs = steadyRun(product, inputs);
    running.forEach((trial, i) => results.push([trial, outputs.get(nameIn(i, "y"))!]));
  }
  return results;
}

interface Judgement {
  readonly verdict: Exception["how"] | "agrees";
  readonly detail: string;
}

/** Worst error of any case that agrees, by op, in eps · sqrt(reduction length) · rms, and the tolerance. */
const worst = new Map<string, { readonly units: number; readonly tolerance: number }>();

/** `meant` is the interpreter's value, `own` that of the emitted code, `theirs` onnxruntime's or its refusal. */
function judge({ raw }: Trial, meant: Tensor, own: Tensor, theirs: Tensor | string): Judgement {
  const { op } = raw.nodes[0]!;
  const tolerance = toleranceOf(op);
  const length = Math.max(...fuseKernels(raw).kernels.map(({ kernel }) => reductionLength(kernel)));
  const compare = (actual: Tensor, expected: Tensor): Judgement => {
    const { units, zeros, worst: detail } = differenceOf(actual, expected, length);
    if (units > tolerance) return { verdict: "differs", detail };
    worst.set(op, { units: Math.max(worst.get(op)?.units ?? 0, units), tolerance });
    return { verdict: zeros > 0 ? "zeros" : "agrees", detail };
  };
  const precision = compare(own, meant);
  if (precision.verdict !== "agrees")
    return own === theirs ? precision : { ...precision, verdict: "imprecise" };
  if (typeof theirs === "string") return { verdict: "refused", detail: theirs };
  const [first, second] = [compare(meant, theirs), compare(own, theirs)];
  return first.verdict === "agrees" ? second : first;
}

/** onnxruntime's value; throws where the exporter or onnxruntime refuses. */
async function exportAndRun(graph: Graph, inputs: ReadonlyMap<string, Tensor>): Promise<Tensor> {
  const outputs = await runOnnx(exportOnnx(graph), inputs);
  return outputs.get("y")!;
}

const known = new Map<string, readonly Trial[]>();

/** Both sides look at the same trials. */
function runningTrials(op: string): readonly Trial[] {
  const trials =
    known.get(op) ??
    cases[op]!.filter((one) => !isEmpty(one))
      .flatMap((one) => trialsOf(op, one))
      .filter((trial) => !isFolded(trial));
  known.set(op, trials);
  return trials;
}

/** In f32 arithmetic the reduction of larger angles has no digits left. */
const LARGEST_ANGLE = 1e4;

/** Rows of what WebAssembly computes otherwise than the interpreter; of the lesser of two zeros it may take either. */
async function wrongOnWasm(op: string): Promise<string[]> {
  const periodic = op === "sin" || op === "cos" || op === "tan";
  return (await emittedOutputs(runningTrials(op), SIMDS)).flatMap(([trial, own]) => {
    const { meant } = trial;
    if (periodic)
      trial.inputs.get("x0")!.data.forEach((angle, i) => {
        if (Math.abs(Number(angle)) > LARGEST_ANGLE) own.data[i] = meant.data[i]!;
      });
    const { verdict, detail } = judge(trial, meant, own, own);
    return verdict === "agrees" || verdict === "zeros" ? [] : [`${trial.title}: ${detail}`];
  });
}

/** Rows of what did not go as expected. */
async function wrongTrials(op: keyof typeof cases & string): Promise<string[]> {
  const trials = runningTrials(op);
  const emitted = new Map(await emittedOutputs(trials, ["ts"]));
  const wrong: string[] = [];
  for (const trial of trials) {
    const { one, title, graph, inputs, meant } = trial;
    const own = emitted.get(trial) ?? meant;
    const theirs = await exportAndRun(graph, inputs).catch((error: Error) => error.message);
    const { verdict, detail } = judge(trial, meant, own, theirs);
    const expected =
      exceptions.find((exception) => exception.op === op && exception.holds(one))?.how ?? "agrees";
    if (verdict !== expected) wrong.push(`${title}: ${verdict}, expected ${expected}: ${detail}`);
  }
  return wrong;
}

/** In milliseconds, for a busy machine; an op takes a second. */
const TIMEOUT = 240_000;

describe(`on WebAssembly with ${SIMDS.join(" and ")} SIMD`, () => {
  it.each(Object.keys(cases))(
    "%s",
    async (op) => expect(await wrongOnWasm(op)).toEqual([]),
    TIMEOUT,
  );
});

describe.skipIf(RELAXED_ALONE)("ops agree with onnxruntime-web", () => {
  it.each(Object.keys(cases))(
    "%s",
    async (op) => expect(await wrongTrials(op)).toEqual([]),
    TIMEOUT,
  );

  it("every exception is about a case", () => {
    const idle = exceptions.filter(
      ({ op, holds }) => cases[op]?.some((one) => holds(one)) !== true,
    );
    expect(idle).toEqual([]);
  });

  afterAll(() => {
    const rows = [...worst].map(([op, { units, tolerance }]) => ({
      op,
      share: units / tolerance || 0,
    }));
    const { op, share } = rows.reduce((most, row) => (row.share > most.share ? row : most));
    console.log(`${rows.length} ops; the worst is ${op}, at ${share.toFixed(2)} of its tolerance`);
  });
});
