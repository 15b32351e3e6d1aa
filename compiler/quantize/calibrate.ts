/** Runs samples through a model and counts what its values are, one sample at a time. */
import { CompileError, type Problem } from "../base/error.js";
import type { TensorData, TensorType } from "../base/tensor.js";
import { definitionOf, type Operand } from "../graph/definition.js";
import type { Graph } from "../graph/graph.js";
import { typesOf } from "../graph/operandTypes.js";
import type { BuildModel } from "../golden/prepareCase.js";
import { startHistogram, type Distribution, type Histogram } from "./histogram.js";
import { readSample, type SampleSource } from "./samples.js";

/** What is wanted of values by operand. */
export interface Wanted {
  /** How they are distributed. */
  readonly distributions: ReadonlySet<Operand>;
  /** What each index along a dimension has. */
  readonly channels: ReadonlyMap<Operand, number>;
}

export interface Calibration {
  readonly distributions: ReadonlyMap<Operand, Distribution>;
  readonly channels: ReadonlyMap<Operand, Channels>;
}

/** Of each channel. */
export interface Channels {
  readonly means: Float64Array;
  /** The largest absolute values. */
  readonly largest: Float64Array;
  /** Means of squares. */
  readonly squares: Float64Array;
}

export interface Calibrating {
  readonly samples: readonly SampleSource[];
  readonly build: BuildModel;
  /** Called before each sample. */
  readonly onSample?: (position: number, count: number) => void;
}

/** For calibration and reports: fast, and the same bits in every engine. */
export const RUNNING = { target: "wasm", simd: "plain", winograd: "off" } as const;

/** Throws CompileError `bad-samples` with every value that is not finite for a sample. */
export async function calibrate(
  graph: Graph,
  wanted: Wanted,
  { samples, build, onSample }: Calibrating,
): Promise<Calibration> {
  const operands = new Set([...wanted.distributions, ...wanted.channels.keys()]);
  const types = typesOf(graph);
  const histograms = new Map([...wanted.distributions].map((one) => [one, startHistogram()]));
  const channels = new Map(
    [...wanted.channels].map(([one, axis]) => [one, startChannels(types.get(one)!, axis)]),
  );
  const inputs = new Set(graph.inputs.map(({ name }) => `%${name}` as Operand));
  const taps = [...operands].filter((operand) => !inputs.has(operand));
  const outputs = taps.map((value, i) => ({ name: `tap${i}`, value }));
  const run = await build({ ...definitionOf(graph), outputs }, RUNNING);
  const problems = new Map<Operand, Problem>();
  for (const [position, source] of samples.entries()) {
    onSample?.(position, samples.length);
    const { values } = await readSample(source, graph.inputs);
    const results = await run(values);
    const add = (operand: Operand, data: TensorData): void => {
      channels.get(operand)?.add(data);
      count(operand, data, histograms.get(operand), problems);
    };
    for (const { name } of graph.inputs)
      if (operands.has(`%${name}`)) add(`%${name}`, values.get(name)!.data);
    taps.forEach((operand, i) => add(operand, results.get(`tap${i}`)!.data));
  }
  if (problems.size > 0) throw new CompileError([...problems.values()]);
  return {
    distributions: new Map([...histograms].map(([operand, one]) => [operand, one.read()])),
    channels: new Map([...channels].map(([operand, one]) => [operand, one.read()])),
  };
}

function count(
  operand: Operand,
  data: TensorData,
  histogram: Histogram | undefined,
  problems: Map<Operand, Problem>,
): void {
  const floats = data instanceof Float32Array ? data : Float32Array.from(data as never, Number);
  const at = histogram?.add(floats) ?? -1;
  if (at < 0 || problems.has(operand)) return;
  problems.set(operand, {
    code: "bad-samples",
    message: `its value is ${floats[at]} for a sample`,
    node: operand.slice(1),
    hint: "leave out samples that the model has no finite values for, or keep the layer",
  });
}

function startChannels({ dims }: TensorType, axis: number) {
  const [channels, inner] = [dims[axis]!, dims.slice(axis + 1).reduce((a, b) => a * b, 1)];
  const sums = new Float64Array(channels);
  const squares = new Float64Array(channels);
  const largest = new Float64Array(channels);
  let count = 0;
  return {
    add(data: TensorData): void {
      for (let from = 0, run = 0; from < data.length; from += inner, run++) {
        let [sum, square, most] = [0, 0, 0];
        for (let i = from; i < from + inner; i++) {
          const value = Number(data[i]);
          sum += value;
          square += value * value;
          if (value > most || -value > most) most = Math.abs(value);
        }
        const channel = run % channels;
        sums[channel]! += sum;
        squares[channel]! += square;
        if (most > largest[channel]!) largest[channel] = most;
      }
      count += data.length / channels;
    },
    read: (): Channels => ({
      means: sums.map((sum) => sum / count),
      largest,
      squares: squares.map((sum) => sum / count),
    }),
  };
}
