/** Every case of every op on onnxruntime-web: against the interpreter, and against the TypeScript that is emitted. */
import { afterAll, describe, expect, it } from "vitest";
import { evaluateGraph } from "../../compiler/graph/evaluate.js";
import type { Graph } from "../../compiler/graph/graph.js";
import { exportOnnx } from "../../compiler/onnx/export.js";
import { runPasses } from "../../compiler/passes/index.js";
import { inferShapes } from "../../compiler/passes/inferShapes.js";
import { fuseKernels } from "../../compiler/program/kernelize.js";
import { elementCount, type Tensor } from "../../compiler/tensor.js";
import { cases, type OpCase } from "../ops/cases/index.js";
import { differenceOf, type Difference } from "../support/difference.js";
import { compilePrograms, execute } from "../support/execution.js";
import { runOnnx } from "../support/onnxRuntime.js";
import { opModel } from "../support/opModel.js";
import { planGraph } from "../support/runProgram.js";
import { reductionLength, toleranceOf } from "../support/tolerance.js";
import { exceptions, type Exception } from "./exceptions.js";

/** One case in one of its forms, on all sides. */
interface Trial {
  readonly title: string;
  /** As inferred: what the interpreter evaluates. */
  readonly raw: Graph;
  /** What is exported and emitted. */
  readonly graph: Graph;
  readonly inputs: ReadonlyMap<string, Tensor>;
}

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
    return { title, raw, graph: weights ? runPasses(raw) : raw, inputs };
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

async function emittedOutputs(trials: readonly Trial[]): Promise<Map<Trial, Tensor>> {
  const running = trials.filter(fitsRunTime);
  const executions = await compilePrograms(running.map(({ graph }) => planGraph(graph)));
  return new Map(
    running.map((trial, i) => [trial, execute(executions[i]!, trial.inputs).get("y")!]),
  );
}

type Verdict = Exception["how"] | "agrees";

interface Judgement {
  readonly verdict: Verdict;
  readonly detail: string;
}

/** Worst error of any case that agrees, by op, in eps · sqrt(reduction length) · rms, and the tolerance. */
const worst = new Map<string, readonly [units: number, tolerance: number]>();

function judge(op: string, differences: readonly Difference[], tolerance: number): Judgement {
  const units = Math.max(...differences.map((one) => one.units));
  const detail = differences.map((one) => `${one.units.toPrecision(3)} (${one.worst})`).join("; ");
  if (units > tolerance) return { verdict: "differs", detail };
  const [before] = worst.get(op) ?? [0];
  worst.set(op, [Math.max(before, units), tolerance]);
  return { verdict: differences.some(({ zeros }) => zeros > 0) ? "zeros" : "agrees", detail };
}

/** Rows of what did not go as expected. */
async function wrongTrials(op: keyof typeof cases & string): Promise<string[]> {
  const trials = cases[op]!.filter((one) => !isEmpty(one)).flatMap((one) => trialsOf(op, one));
  const emitted = await emittedOutputs(trials);
  const wrong: string[] = [];
  for (const trial of trials) {
    const { title, raw, graph, inputs } = trial;
    const tolerance = toleranceOf(raw.nodes[0]!.op);
    const length = Math.max(
      ...fuseKernels(raw).kernels.map(({ kernel }) => reductionLength(kernel)),
    );
    const meant = evaluateGraph(raw, inputs).get("%y")!;
    const own = emitted.get(trial) ?? meant;
    const between = differenceOf(own, meant, length);
    if (between.units > tolerance || between.zeros > 0)
      wrong.push(`${title}: emitted is ${between.units} from the interpreter: ${between.worst}`);
    const bytes = exportOnnx(graph);
    const theirs = await runOnnx(bytes, inputs).catch((error: Error) => error.message);
    const { verdict, detail }: Judgement =
      typeof theirs === "string"
        ? { verdict: "refused", detail: theirs }
        : judge(
            op,
            [meant, own].map((one) => differenceOf(one, theirs.get("y")!, length)),
            tolerance,
          );
    const expected = exceptionFor(op, title)?.how ?? "agrees";
    if (verdict !== expected) wrong.push(`${title}: ${verdict}, expected ${expected}: ${detail}`);
  }
  return wrong;
}

function exceptionFor(op: string, title: string): Exception | undefined {
  return exceptions.find((one) => one.op === op && one.title.test(title));
}

describe("ops agree with onnxruntime-web", () => {
  it.each(Object.keys(cases))("%s", async (op) => expect(await wrongTrials(op)).toEqual([]));

  it("every exception is about a case", () => {
    const idle = exceptions.filter(
      ({ op, title }) => !cases[op]?.some((one) => title.test(one.title)),
    );
    expect(idle).toEqual([]);
  });

  afterAll(() => {
    const rows = [...worst].map(([op, [units, tolerance]]) => ({ op, units, tolerance }));
    const { op, units, tolerance } = rows.sort(
      (a, b) => b.units / (b.tolerance || Infinity) - a.units / (a.tolerance || Infinity),
    )[0]!;
    console.log(
      `${rows.length} ops agree with onnxruntime-web; the worst is ${op}, ${units.toFixed(2)} of ${tolerance} units`,
    );
  });
});
