/** A planned and calibrated graph as integers: scales of values, integers of parameters, activations that vanish. */
import { CompileError, type Problem } from "../base/error.js";
import type { ReadFile } from "../graph/constants.js";
import type { Operand } from "../graph/definition.js";
import type { Graph, Node } from "../graph/graph.js";
import type { Quantization, QuantizedConstant, Quantum } from "../onnx-export/quantization.js";
import type { Calibration } from "./calibrate.js";
import { activationBehind } from "./behind.js";
import { correctedBias } from "./biasCorrection.js";
import { withParameters, type NewParameters } from "./constants.js";
import { layerWeights, quantizedParameters } from "./parameters.js";
import type { QuantizePlan } from "./plan.js";
import { quantumOf, rangeFor, type Method, type Range } from "./range.js";

export interface ScaleOptions {
  readonly method: Method;
  readonly percentile: number;
  readonly biasCorrection: boolean;
  readonly readFile: ReadFile | undefined;
}

export interface QuantizedNetwork {
  /** With biases that are corrected. */
  readonly graph: Graph;
  readonly quantization: Quantization;
  /** Of values that become bytes. */
  readonly ranges: ReadonlyMap<Operand, Range>;
}

/** Below f32's normal numbers a scale has no digits left. */
const LEAST_SCALE = 2 ** -126;

/** Throws CompileError `bad-samples` with every value that is 0 for all samples. */
export function quantizeNetwork(
  graph: Graph,
  plan: QuantizePlan,
  { distributions, channels }: Calibration,
  options: ScaleOptions,
): QuantizedNetwork {
  const { method, percentile, readFile } = options;
  const problems = new Map<Operand, Problem>();
  const ranges = new Map<Operand, Range>();
  const quanta = new Map<Operand, Quantum>();
  for (const root of new Set(plan.values.values())) {
    const values = [...plan.values.keys()].filter((value) => plan.values.get(value) === root);
    const behind = values.length === 1 ? activationBehind(graph, root) : undefined;
    const range = rangeFor(distributions.get(root)!, method, percentile, behind);
    const quantum = quantumOf(range);
    if (!(quantum.scale >= LEAST_SCALE)) problems.set(root, constantProblem(root));
    for (const value of values) {
      ranges.set(value, range);
      quanta.set(value, quantum);
    }
  }
  if (problems.size > 0) throw new CompileError([...problems.values()]);
  const merged = graph.nodes.filter(
    (node) => plan.cuts.has(node.name) && isCutAnyway(node, quanta.get(`%${node.name}`)!),
  );
  for (const { inputs } of merged) quanta.delete(inputs[0]!);
  const biases = new Map<string, NewParameters>();
  const parameters = new Map<string, ReadonlyMap<number, QuantizedConstant>>();
  for (const node of graph.nodes.filter(({ name }) => plan.layers.has(name))) {
    const [x] = node.inputs as [Operand];
    const layer = layerWeights(graph, node, readFile);
    let integers = quantizedParameters(layer, quanta.get(x)!);
    if (options.biasCorrection && takesBias(node)) {
      const bias = correctedBias(layer, integers.get(1)!, channels.get(x)!.means);
      biases.set(node.name, { bias });
      integers = quantizedParameters({ ...layer, bias }, quanta.get(x)!);
    }
    parameters.set(node.name, integers);
  }
  return {
    graph: withParameters(graph, biases),
    quantization: {
      values: quanta,
      parameters,
      merged: new Set(merged.map(({ name }) => name)),
    },
    ranges,
  };
}

/** The layers whose bias can be another, or can be there. */
export function takesBias({ op, attributes }: Node): boolean {
  return op === "conv" || (op === "matmul" && attributes.axis !== undefined);
}

/** Ranges end at a bound, or half a step of rounding beyond. */
const ROUNDING = 1 + 2 ** -20;

/** Whether bytes reach no further than the activation lets through. */
function isCutAnyway(node: Node, { scale, zero }: Quantum): boolean {
  const { min, max } = node.op === "clip" ? node.attributes : { min: 0, max: undefined };
  const [low, high] = [-zero * scale, (255 - zero) * scale];
  const [least, most] = [min ?? -Infinity, max ?? Infinity];
  return (
    low >= Math.min(least / ROUNDING, least * ROUNDING) &&
    high <= Math.max(most * ROUNDING, most / ROUNDING)
  );
}

function constantProblem(value: Operand): Problem {
  return {
    code: "bad-samples",
    message: "its value is 0 everywhere for all samples, so that no scale fits it",
    node: value.slice(1),
    hint: "give samples for which it is not, or keep the layers that read it in f32",
  };
}
