/** Runs a compiled model on drawn inputs, again and again, and judges each run by what its ops mean. */
import { formatType, type TensorData } from "../base/tensor.js";
import type { Culprit } from "./bisect.js";
import type { Graph } from "../graph/graph.js";
import { returnedOutputs } from "../graph/states.js";
import { drawInputs } from "./drawInputs.js";
import { judgeRun, type Subject } from "./judgeRun.js";
import type { Judge, Verdict } from "./judge.js";

export interface OutputReport extends Verdict {
  readonly name: string;
  /** `f32[1,10]` */
  readonly type: string;
  /** Whether it is another for other inputs; where it is not, comparing says little. */
  readonly varies: boolean;
}

export interface ModelReport {
  readonly agrees: boolean;
  /** How many there were: the first that is wrong is the last. */
  readonly runs: number;
  /** Of all runs, each output's verdict that is worst. */
  readonly outputs: readonly OutputReport[];
  readonly culprit?: Culprit;
}

export interface CompareOptions {
  /** How often the model runs and is judged. */
  readonly runs: number;
  /** Of the inputs of the first run; further runs take the next ones. */
  readonly seed: number;
  readonly readFile?: ((path: string) => Uint8Array) | undefined;
  /** Says which node of which run is evaluated. */
  readonly onNode?: (run: number, position: number, count: number) => void;
}

export async function compareModel(
  subject: Subject,
  { runs, seed, readFile, onNode }: CompareOptions,
): Promise<ModelReport> {
  const { graph } = subject;
  let outputs: readonly OutputReport[] = [];
  let first: Judge | undefined;
  for (let i = 0; i < runs; i++) {
    const inputs = drawInputs(graph, seed + i);
    const before = runsBefore(graph, i, { runs, seed });
    const options = {
      readFile,
      onNode: (position: number, count: number) => onNode?.(i, position, count),
    };
    const { verdicts, culprit, judge } = await judgeRun(subject, inputs, before, options);
    first ??= judge;
    const known = outputs;
    outputs = returnedOutputs(graph).map(({ name, value }, at): OutputReport => {
      const [now, then] = [judge.values.get(value)!, first!.values.get(value)!];
      const before = known[at];
      const varies = before?.varies === true || !sameElements(now.data, then.data);
      return {
        name,
        type: formatType(now.type),
        varies,
        ...worse(before, verdicts.get(name)!),
      };
    });
    if (outputs.some(({ reason }) => reason !== undefined))
      return { agrees: false, runs: i + 1, outputs, ...(culprit && { culprit }) };
  }
  return { agrees: true, runs, outputs };
}

/** Other inputs once; of a model with states all those of the runs before, since they matter. */
function runsBefore(
  graph: Graph,
  run: number,
  { runs, seed }: Pick<CompareOptions, "runs" | "seed">,
) {
  const first = graph.states === undefined ? run : 0;
  const seeds = Array.from({ length: run - first + 1 }, (_, i) => first + i - 1);
  return seeds.map((i) => drawInputs(graph, i < 0 ? seed + runs : seed + i));
}

function worse(before: Verdict | undefined, now: Verdict): Verdict {
  if (before === undefined || now.reason !== undefined || now.error > before.error) return now;
  const { error, allowed } = before;
  return { error, allowed };
}

function sameElements(a: TensorData, b: TensorData): boolean {
  for (let i = 0; i < a.length; i++) if (!Object.is(a[i], b[i])) return false;
  return true;
}
