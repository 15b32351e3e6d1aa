/** Runs a compiled model and judges what comes out by what its ops mean; where that is wrong, finds the node. */
import type { Operand } from "../graph/definition.js";
import type { Graph } from "../graph/graph.js";
import { returnedOutputs } from "../graph/states.js";
import type { Tensor } from "../base/tensor.js";
import { bisect, type Culprit } from "./bisect.js";
import { judgeOf, type Judge, type Verdict } from "./judge.js";
import type { MeaningOptions } from "./meaning.js";
import type { BuildModel, RunModel } from "./prepareCase.js";
import { unroll } from "./unroll.js";

export interface Subject {
  /** As inferred, before any pass. */
  readonly graph: Graph;
  /** The graph compiled. */
  readonly run: RunModel;
  /** Compiles parts of it the same way, to find out which is wrong. */
  readonly build: BuildModel;
}

export interface Judged {
  /** What came out, valid until the model runs again. */
  readonly outputs: ReadonlyMap<string, Tensor>;
  /** By name of the output. */
  readonly verdicts: ReadonlyMap<string, Verdict>;
  /** Where an output is wrong. */
  readonly culprit?: Culprit;
  /** What outputs should be, and everything on the way to them. */
  readonly judge: Judge;
}

type Inputs = ReadonlyMap<string, Tensor>;

/**
 * The model runs on all of `before` first: what one run leaves in the arena must not matter to the next, what it leaves
 * in states must.
 */
export async function judgeRun(
  { graph, run, build }: Subject,
  inputs: Inputs,
  before: readonly Inputs[],
  options: Omit<MeaningOptions, "noise"> = {},
): Promise<Judged> {
  const judge = judgeAfter(graph, inputs, before, options);
  const outputs = await runAfter(run, inputs, before);
  const verdicts = new Map(
    returnedOutputs(graph).map(({ name, value }) => [
      name,
      judge.judge(name, value, outputs.get(name)!),
    ]),
  );
  if ([...verdicts.values()].every(({ reason }) => reason === undefined))
    return { outputs, verdicts, judge };
  const again: BuildModel = async (part, more) => {
    const runPart = await build(part, more);
    return (given) => runAfter(runPart, given, before);
  };
  const culprit = await bisect(graph, inputs, again, judge, options.readFile);
  return culprit === undefined
    ? { outputs, verdicts, judge }
    : { outputs, verdicts, culprit, judge };
}

async function runAfter(run: RunModel, inputs: Inputs, before: readonly Inputs[]) {
  run.reset?.();
  for (const one of before) await run(one);
  return run(inputs);
}

/** By what the ops mean, of a model with states in all runs. */
function judgeAfter(
  graph: Graph,
  inputs: Inputs,
  before: readonly Inputs[],
  options: Omit<MeaningOptions, "noise">,
): Judge {
  if (graph.states === undefined) return judgeOf(graph, inputs, options);
  const unrolled = unroll(graph, [...before, inputs]);
  const all = judgeOf(unrolled.graph, unrolled.inputs, options);
  const olds = graph.states.map(({ input }): [Operand, Tensor] => {
    const operand: Operand = `%${input}`;
    return [operand, all.values.get(unrolled.last(operand))!];
  });
  return {
    values: new Map([...all.values, ...olds]),
    judge: (name, operand, actual) => all.judge(name, unrolled.last(operand), actual),
  };
}
