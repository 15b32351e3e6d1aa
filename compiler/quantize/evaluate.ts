/** Runs a quantised network beside the one it was made of, and measures layer by layer what it costs. */
import { startAgreement, bestClasses, type AgreementMeter } from "../golden/agreement.js";
import type { BuildModel } from "../golden/prepareCase.js";
import { FLOATS, type Tensor, type TensorType } from "../base/tensor.js";
import type { Operand } from "../graph/definition.js";
import type { Graph } from "../graph/graph.js";
import { readOnnx } from "../frontend/onnx/import.js";
import { RUNNING } from "./calibrate.js";
import { readSample, type SampleSource, type Values } from "./samples.js";
import type { NetworkCost } from "./report.js";

/** Values of a file by its own names for them. */
export interface File {
  readonly bytes: Uint8Array;
  readonly names: ReadonlyMap<Operand, string>;
}

type Run = (inputs: Values) => Promise<ReadonlyMap<string, Tensor>>;

/** Compiles a file to yield some of its values. */
export async function runnerOf(
  bytes: Uint8Array,
  names: Iterable<string>,
  build: BuildModel,
): Promise<Run> {
  const outputs = [...new Set(names)];
  return build(readOnnx(bytes, { outputs }), RUNNING);
}

/** A comparison that adds up over samples: values by the names in the file of floats and in the one of bytes. */
export interface Pair {
  readonly exact: string;
  readonly actual: string;
  readonly meter: AgreementMeter;
}

export interface Evaluation {
  readonly samples: readonly SampleSource[];
  readonly inputs: Graph["inputs"];
  readonly onSample?: (position: number, count: number) => void;
}

/** Feeds all samples to both. `onOutputs`: sees what both made of each. */
export async function comparePairs(
  { exact, actual }: { readonly exact: Run; readonly actual: Run },
  pairs: readonly Pair[],
  { samples, inputs, onSample }: Evaluation,
  onOutputs: (e: Awaited<ReturnType<Run>>, a: Awaited<ReturnType<Run>>, label?: number) => void,
): Promise<void> {
  for (const [position, source] of samples.entries()) {
    onSample?.(position, samples.length);
    const { values, label } = await readSample(source, inputs);
    const [e, a] = [await exact(values), await actual(values)];
    for (const pair of pairs) pair.meter.add(a.get(pair.actual)!.data, e.get(pair.exact)!.data);
    onOutputs(e, a, label);
  }
}

/** An output of the network, by its names in both files. */
export interface OutputPair extends Pair {
  readonly name: string;
  readonly type: TensorType;
  readonly isAnswer: boolean;
}

/** Counts how often the first output that is answers has the label for its best class. */
export function startLabels(outputs: readonly OutputPair[]) {
  const answer = outputs.find(({ isAnswer }) => isAnswer);
  let [samples, f32, quantized] = [0, 0, 0];
  const best = ({ data }: Tensor): number | undefined =>
    bestClasses(data, { from: 0, classes: answer!.type.dims.at(-1) ?? 1, stride: 1 })[0];
  return {
    add(e: ReadonlyMap<string, Tensor>, a: ReadonlyMap<string, Tensor>, label?: number): void {
      if (answer === undefined || label === undefined) return;
      samples++;
      if (best(e.get(answer.exact)!) === label) f32++;
      if (best(a.get(answer.actual)!) === label) quantized++;
    },
    read: () => (samples === 0 ? {} : { labels: { samples, f32, quantized } }),
  };
}

/** Values that are answers: a number for each class in vectors, maps with channels, probabilities. */
export function isAnswer({ dtype, dims }: TensorType, low: number, high: number): boolean {
  if (!FLOATS.has(dtype) || dims.length === 0) return false;
  const probable = low >= 0 && high <= 1 + 1e-5;
  const classes = dims.length > 3 ? dims[1]! : dims.at(-1)!;
  if (classes === 1 || dims.length === 3) return probable;
  return classes > 1;
}

export function costOf(
  outputs: readonly OutputPair[],
  labels: ReturnType<typeof startLabels>,
): NetworkCost {
  return {
    outputs: outputs.map(({ name, meter }) => ({ name, ...meter.read() })),
    ...labels.read(),
  };
}

/** The meters of outputs of floats. */
export function outputPairs(
  graph: Graph,
  exact: ReadonlyMap<Operand, string>,
  actual: ReadonlyMap<Operand, string>,
  rangeOf: (operand: Operand) => { readonly low: number; readonly high: number },
): OutputPair[] {
  const types = new Map(graph.nodes.map(({ name, type }) => [`%${name}` as Operand, type]));
  return graph.outputs.flatMap(({ name, value }): OutputPair[] => {
    const type = types.get(value);
    if (type === undefined || !FLOATS.has(type.dtype)) return [];
    const { low, high } = rangeOf(value);
    const answers = isAnswer(type, low, high);
    const meter = startAgreement(type.dims, answers);
    const names = { exact: exact.get(value)!, actual: actual.get(value)! };
    return [{ name, type, isAnswer: answers, meter, ...names }];
  });
}
