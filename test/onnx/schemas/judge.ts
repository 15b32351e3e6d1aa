/** Runs models of one node here and on onnxruntime-web, and says how the two go together. */
import { planModel } from "../../../compiler/compile.js";
import { CompileError } from "../../../compiler/base/error.js";
import { evaluateGraph } from "../../../compiler/graph/evaluate.js";
import type { Graph } from "../../../compiler/graph/graph.js";
import { readOnnx } from "../../../compiler/frontend/onnx/import.js";
import { inferShapes } from "../../../compiler/infer/inferShapes.js";
import { fuseKernels } from "../../../compiler/program/fuse/fuse.js";
import type { Program } from "../../../compiler/program/program.js";
import { sameType, tensor, type Tensor } from "../../../compiler/base/tensor.js";
import { differenceOf, ordinaryRms } from "../../support/difference.js";
import { compilePrograms, execute } from "../../support/execution.js";
import { runOnnx } from "../../support/onnxRuntime.js";
import { reductionLength, toleranceOf } from "../../support/tolerance.js";
import { exceptionOf } from "./exceptions.js";
import { caseInputs, caseModel, type NodeCase } from "./nodeCase.js";

/**
 * refused: onnxruntime does not load or run it; unsupported: Tilewright says so; differs: other numbers;
 * zeros: zeros of another sign, all other numbers agree.
 */
export type Verdict = "agrees" | "zeros" | "differs" | "refused" | "unsupported";

interface Comparison {
  readonly verdict: Verdict;
  readonly detail: string;
  /** The largest difference of two elements. */
  readonly off: number;
}

export interface Judgement extends Comparison {
  readonly one: NodeCase;
  /** Where it is refused: against the same in other words. */
  readonly instead?: Comparison;
}

/** What a node may be wrong by, in units of `differenceOf`: that of the layers it is made of. */
export interface Allowance {
  readonly units: number;
  readonly length: number;
}

export function allowanceOf(graph: Graph): Allowance {
  const units = graph.nodes.reduce((sum, { op }) => sum + toleranceOf(op), 0);
  const lengths =
    graph.nodes.length === 0
      ? [1]
      : fuseKernels(graph).kernels.map(({ kernel }) => reductionLength(kernel));
  return { units, length: Math.max(...lengths) };
}

/** How far outputs agree, the worst of all; `least` as in `differenceOf`. */
export function compareOutputs(
  names: readonly string[],
  own: ReadonlyMap<string, Tensor>,
  theirs: ReadonlyMap<string, Tensor>,
  { units: allowed, length }: Allowance,
  least: number,
): Comparison {
  let verdict: Verdict = "agrees";
  let detail = "";
  let off = 0;
  for (const name of names) {
    const [actual, expected] = [own.get(name)!, theirs.get(name)!];
    const { units, zeros, worst } = differenceOf(actual, expected, length, least);
    if (units > allowed && verdict !== "differs") {
      [verdict, detail] = ["differs", `${name}: ${worst}`];
    }
    if (zeros > 0 && verdict === "agrees") verdict = "zeros";
    off = Math.max(off, distance(actual, expected));
  }
  return { verdict, detail, off };
}

/** The largest difference of two elements; Infinity where types differ or one is not a number alone. */
export function distance(actual: Tensor, expected: Tensor): number {
  if (!sameType(actual.type, expected.type)) return Infinity;
  const wanted = Array.from<number | bigint, number>(expected.data, Number);
  return wanted.reduce((most, want, i) => {
    const got = Number(actual.data[i]);
    if (Object.is(got, want) || got === want) return most;
    return Math.max(most, Number.isFinite(got - want) ? Math.abs(got - want) : Infinity);
  }, 0);
}

interface Planned {
  readonly raw: Graph;
  readonly program: Program;
}

function plan(one: NodeCase): Planned | string {
  try {
    const definition = readOnnx(caseModel(one));
    return { raw: inferShapes(definition), program: planModel(definition).program };
  } catch (error) {
    if (error instanceof CompileError) return error.message;
    throw error;
  }
}

/** Every case as TypeScript, compiled in one go, against onnxruntime-web. */
export async function judge(cases: readonly NodeCase[]): Promise<Judgement[]> {
  const plans = cases.map(plan);
  const planned = plans.filter((one) => typeof one !== "string");
  const executions = await compilePrograms(planned.map(({ program }) => program));
  const judgements: Judgement[] = [];
  for (const [i, one] of cases.entries()) {
    const own = plans[i]!;
    if (typeof own === "string") {
      judgements.push({ one, verdict: "unsupported", detail: own, off: Infinity });
      continue;
    }
    const outputs = execute(executions[planned.indexOf(own)]!, caseInputs(one));
    judgements.push(await judgeOne(one, own.raw, outputs));
  }
  return judgements;
}

type Outputs = ReadonlyMap<string, Tensor>;

async function judgeOne(one: NodeCase, raw: Graph, own: Outputs): Promise<Judgement> {
  const least = Math.max(0, ...[...caseInputs(one).values()].map(ordinaryRms));
  const compare = (theirs: Outputs) =>
    compareOutputs(one.outputs, own, theirs, allowanceOf(raw), least);
  const theirs = await onPeer(one).catch((error: Error) => error.message);
  if (typeof theirs !== "string") return { one, ...compare(theirs) };
  const others = await otherwise(one, raw, own);
  return { one, verdict: "refused", detail: theirs, off: 0, instead: compare(others) };
}

/** What onnxruntime makes of the case in other words, or else what the interpreter makes of it. */
async function otherwise(one: NodeCase, raw: Graph, own: Outputs): Promise<Outputs> {
  const rewritten = exceptionOf(one)?.instead?.(one);
  if (rewritten === undefined || exceptionOf(rewritten)?.how === "differs") {
    const values = evaluateGraph(raw, caseInputs(one));
    return new Map(raw.outputs.map(({ name, value }) => [name, values.get(value)!]));
  }
  const outputs = await onPeer(rewritten);
  return new Map(
    [...outputs].map(([name, { type, data }]) => {
      const { dtype } = own.get(name)!.type;
      return [name, tensor(dtype, type.dims, Array.from(data, Number))];
    }),
  );
}

function onPeer(one: NodeCase): Promise<Map<string, Tensor>> {
  return runOnnx(caseModel(one), caseInputs(one));
}
