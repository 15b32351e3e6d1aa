/** Quantises a trained network from samples: calibrates, writes ONNX with integers, and measures what that costs. */
import { withBudget } from "../base/budget.js";
import { fail } from "../base/error.js";
import type { BuildModel } from "../golden/prepareCase.js";
import type { Definition, Operand } from "../graph/definition.js";
import type { Graph, Node } from "../graph/graph.js";
import { inferShapes } from "../infer/inferShapes.js";
import { exportOnnx, exportQuantized } from "../onnx-export/export.js";
import { runPasses } from "../passes/index.js";
import { keptNodes } from "../passes/kept.js";
import { calibrate, type Calibrating, type Channels } from "./calibrate.js";
import {
  biasCorrectionOf,
  networkOf,
  type Calibrated,
  type QuantizeOptions,
} from "./calibrated.js";
import { equalized, neighboursIn } from "./equalize.js";
import { measure } from "./measure.js";
import { takesBias } from "./network.js";
import { inputAxis } from "./parameters.js";
import { planQuantization, type QuantizePlan } from "./plan.js";
import { proposeKeeping } from "./propose.js";
import { METHODS, PERCENTILE } from "./range.js";
import type { QuantizationReport } from "./report.js";
import { checkSamples, splitSamples, type SampleSource, type Split } from "./samples.js";

export interface QuantizeResult {
  /** The bytes of an .onnx file. */
  readonly onnx: Uint8Array;
  readonly report: QuantizationReport;
}

/** Graph passes that leave what ONNX has layers for. */
const DISABLED = ["rewrite-pointwise-convs", "narrow-sums", "narrow-weights"];

/**
 * Like `quantize`, with what compiles and runs models. Throws CompileError: `bad-samples` with everything that is
 * wrong with samples, `unknown-operand` with every name to keep that is none, `usage`, `unsupported`.
 */
export async function quantizeWith(
  build: BuildModel,
  definition: Definition,
  samples: readonly SampleSource[],
  given: QuantizeOptions = {},
): Promise<QuantizeResult> {
  const options = withBudget(given);
  checkOptions(options, samples);
  const { prepared, kept } = prepare(definition, options);
  await checkSamples([...samples, ...(options.testSamples ?? [])], prepared.inputs);
  const split = splitOf(samples, options);
  const running = withFiles(build, options);
  const { graph, calibration } = await calibrateAll(prepared, kept, options, {
    samples: split.calibration,
    build: running,
    onSample: (i, count) => options.onProgress?.(`calibrate, sample ${i + 1} of ${count}`),
  });
  const calibrated = { graph, calibration, options, split, build: running };
  const plan = planQuantization(graph, kept);
  const network = networkOf(calibrated, plan);
  const written = exportQuantized(network.graph, network.quantization, options.readFile);
  const measured = await measure(calibrated, plan, network, written);
  const proposal =
    options.propose === false
      ? undefined
      : await proposeKeeping(calibrated, kept, network, measured.network);
  const f32 = exportOnnx(prepared, options.readFile).length;
  return {
    onnx: written.bytes,
    report: {
      model: definition.name,
      method: options.method ?? "mse",
      biasCorrection: biasCorrectionOf(options),
      equalize: options.equalize ?? true,
      samples: countsOf(split, options),
      kept: [...kept],
      ...measured,
      ...(proposal !== undefined && { proposal }),
      bytes: { f32, quantized: written.bytes.length },
    },
  };
}

/** The graph as it is quantised, and the nodes of it that are not. Throws CompileError. */
function prepare(definition: Definition, options: QuantizeOptions) {
  if ((definition.states ?? []).length > 0)
    fail("unsupported", "a model that keeps states is not quantised", {
      hint: "quantise it without --state, with states among the inputs of each sample",
    });
  const typed = inferShapes(definition, options);
  const prepared = runPasses(typed, { ...options, disable: DISABLED });
  const kept = keptNodes(typed, prepared, options.keep ?? []);
  if (planQuantization(prepared, kept).layers.size === 0)
    fail("unsupported", "the model has no layer left to quantise", {
      hint: "convolutions and products with constant f32 weights are quantised",
    });
  return { prepared, kept };
}

/** With weights that are equalised first, where that is asked for. */
async function calibrateAll(
  prepared: Graph,
  kept: ReadonlySet<string>,
  { equalize, readFile }: QuantizeOptions,
  calibrating: Calibrating,
): Promise<Pick<Calibrated, "graph" | "calibration">> {
  const pairs = equalize === false ? [] : neighboursIn(prepared, kept);
  const seconds = new Set(pairs.map(({ second }) => second));
  const channels = channelsRead(prepared.nodes.filter(({ name }) => seconds.has(name)));
  const seen =
    pairs.length === 0
      ? { channels: new Map<Operand, Channels>() }
      : await calibrate(prepared, { distributions: new Set(), channels }, calibrating);
  const graph = equalized(prepared, pairs, seen.channels, readFile);
  // Whatever will be kept in f32 after all, everything is counted once.
  const wanted = wantedOf(graph, planQuantization(graph, new Set()));
  return { graph, calibration: await calibrate(graph, wanted, calibrating) };
}

function withFiles(build: BuildModel, { readFile }: QuantizeOptions): BuildModel {
  return (definition, more) =>
    build(definition, readFile === undefined ? more : { ...more, readFile });
}

function wantedOf(graph: Graph, { layers, values }: QuantizePlan) {
  const outputs = graph.nodes
    .map(({ name }) => `%${name}` as Operand)
    .filter((operand) => graph.outputs.some(({ value }) => value === operand));
  const corrected = graph.nodes.filter((node) => layers.has(node.name) && takesBias(node));
  return {
    distributions: new Set([...values.keys(), ...outputs]),
    channels: channelsRead(corrected),
  };
}

/** What the layers read, and its dimension of channels. */
function channelsRead(layers: readonly Node[]): ReadonlyMap<Operand, number> {
  return new Map(layers.map((node) => [node.inputs[0] as Operand, inputAxis(node)] as const));
}

function splitOf(samples: readonly SampleSource[], options: QuantizeOptions): Split<SampleSource> {
  const { testSamples, holdBack = 0.2, seed = 1 } = options;
  if (testSamples !== undefined) return { calibration: samples, test: testSamples };
  const split = splitSamples(samples, holdBack, seed);
  return split.test.length > 0 ? split : { calibration: samples, test: samples };
}

function countsOf({ calibration, test }: Split<SampleSource>, { testSamples }: QuantizeOptions) {
  const from =
    testSamples !== undefined ? "test-data" : test === calibration ? "calibration" : "held-back";
  return { calibration: calibration.length, test: test.length, from } as const;
}

function checkOptions(
  { method, percentile = PERCENTILE, holdBack = 0, testSamples }: QuantizeOptions,
  samples: readonly SampleSource[],
): void {
  if (samples.length === 0 || testSamples?.length === 0)
    fail(
      "bad-samples",
      `there are no samples to ${samples.length === 0 ? "calibrate" : "test"} with`,
    );
  if (method !== undefined && !METHODS.includes(method))
    fail("usage", `there is no method '${String(method)}'`, {
      hint: `the methods are ${METHODS.join(", ")}`,
    });
  if (!(percentile > 50 && percentile <= 100))
    fail("usage", `the percentile is ${percentile}, expected more than 50 and at most 100`);
  if (!(holdBack >= 0) || (holdBack >= 1 && !Number.isInteger(holdBack)))
    fail("usage", `${holdBack} samples cannot be held back`, {
      hint: "a share below 1, or a whole number of samples",
    });
}
