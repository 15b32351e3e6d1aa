/** Runs models of one node here and on onnxruntime-web, and says how the two go together. */
import { CompileError } from "../../../compiler/base/error.js";
import { evaluateGraph } from "../../../compiler/graph/evaluate.js";
import type { Definition } from "../../../compiler/graph/definition.js";
import type { Graph } from "../../../compiler/graph/graph.js";
import { readOnnx } from "../../../compiler/frontend/onnx/import.js";
import { inferShapes } from "../../../compiler/infer/inferShapes.js";
import { countedRows } from "../../../compiler/golden/countedRows.js";
import { fuseKernels } from "../../../compiler/program/fuse/fuse.js";
import { sameType, tensor, type Tensor } from "../../../compiler/base/tensor.js";
import { differenceOf, ordinaryRms } from "../../support/difference.js";
import { mergeInputs, mergeModels, nameIn } from "../../support/mergedModel.js";
import { runOnnx } from "../../support/onnxRuntime.js";
import { loadProduct, steadyRun } from "../../support/product.js";
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

/** What a module made of a case's inputs. */
interface Emitted {
  readonly raw: Graph;
  readonly outputs: Outputs;
}

/** Every case in TypeScript, all of them in one module, against onnxruntime-web. */
export async function judge(cases: readonly NodeCase[]): Promise<Judgement[]> {
  const emitted = await runEmitted(cases);
  const judgements: Judgement[] = [];
  for (const [i, one] of cases.entries()) {
    const own = emitted[i]!;
    judgements.push(
      typeof own === "string"
        ? { one, verdict: "unsupported", detail: own, off: Infinity }
        : await judgeOne(one, own.raw, own.outputs),
    );
  }
  return judgements;
}

/** Outputs, or why there is no module; where there is none of all of them, each has one of its own. */
async function runEmitted(cases: readonly NodeCase[]): Promise<readonly (Emitted | string)[]> {
  const read = cases.map((one) => readCase(one));
  const models = read.filter((one) => typeof one !== "string");
  const inputs = cases.filter((_, i) => typeof read[i] !== "string").map(caseInputs);
  if (models.length === 0) return read as readonly string[];
  try {
    const merged = mergeModels(
      "cases",
      models.map(({ definition }) => definition),
    );
    const product = await loadProduct(merged, "ts");
    const outputs = steadyRun(product, mergeInputs(inputs));
    return read.map((one) => {
      if (typeof one === "string") return one;
      const i = models.indexOf(one);
      const own = one.raw.outputs.map(({ name }) => [name, outputs.get(nameIn(i, name))!] as const);
      return { raw: one.raw, outputs: new Map(own) };
    });
  } catch (error) {
    if (!(error instanceof CompileError)) throw error;
    if (cases.length === 1) return [error.message];
    return (await Promise.all(cases.map((one) => runEmitted([one])))).flat();
  }
}

function readCase(
  one: NodeCase,
): { readonly definition: Definition; readonly raw: Graph } | string {
  try {
    const definition = readOnnx(caseModel(one));
    return { definition, raw: inferShapes(definition) };
  } catch (error) {
    if (error instanceof CompileError) return error.message;
    throw error;
  }
}

type Outputs = ReadonlyMap<string, Tensor>;

async function judgeOne(one: NodeCase, raw: Graph, own: Outputs): Promise<Judgement> {
  const least = Math.max(0, ...[...caseInputs(one).values()].map(ordinaryRms));
  const compare = (theirs: Outputs) =>
    compareOutputs(one.outputs, countedRows(own, theirs), theirs, allowanceOf(raw), least);
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
