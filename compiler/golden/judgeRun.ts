/** Runs a compiled model and judges what comes out by what its ops mean; where that is wrong, finds the node. */
import type { Graph } from "../graph/graph.js";
import type { Tensor } from "../base/tensor.js";
import { bisect, type Culprit } from "./bisect.js";
import { judgeOf, type Judge, type Verdict } from "./judge.js";
import type { MeaningOptions } from "./meaning.js";
import type { BuildModel, RunModel } from "./prepareCase.js";

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

/** The model runs on `before` first: what one run leaves in the arena must not matter to the next. */
export async function judgeRun(
  { graph, run, build }: Subject,
  inputs: Inputs,
  before: Inputs,
  options: Omit<MeaningOptions, "noise"> = {},
): Promise<Judged> {
  const judge = judgeOf(graph, inputs, options);
  await run(before);
  const outputs = await run(inputs);
  const verdicts = new Map(
    graph.outputs.map(({ name, value }) => [name, judge.judge(name, value, outputs.get(name)!)]),
  );
  if ([...verdicts.values()].every(({ reason }) => reason === undefined))
    return { outputs, verdicts, judge };
  const again: BuildModel = async (part, more) => {
    const runPart = await build(part, more);
    return async (given) => {
      await runPart(before);
      return runPart(given);
    };
  };
  const culprit = await bisect(graph, inputs, again, judge, options.readFile);
  return culprit === undefined
    ? { outputs, verdicts, judge }
    : { outputs, verdicts, culprit, judge };
}
