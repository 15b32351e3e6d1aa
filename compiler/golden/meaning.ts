/** Every value of a graph by what its ops mean, as it is, or with every node erring by as much as its op may. */
import type { Kernel } from "../compute/ir.js";
import type { Operand } from "../graph/definition.js";
import { evaluateGraph } from "../graph/evaluate.js";
import type { Graph, Node } from "../graph/graph.js";
import { stepsOf } from "../infer/fold.js";
import { executeKernel } from "../lower/execute.js";
import { interpretKernel } from "../meaning/interpret.js";
import { FLOATS, type Tensor } from "../base/tensor.js";
import { createRandom } from "./random.js";
import { EPSILON, ordinaryRms, reductionLength, toleranceOf } from "./tolerance.js";

export type Values = ReadonlyMap<Operand, Tensor>;

/** Errors that ops may make: which way, element by element. */
export interface Noise {
  readonly seed: number;
  readonly sign: 1 | -1;
}

export interface MeaningOptions {
  readonly readFile?: ((path: string) => Uint8Array) | undefined;
  readonly noise?: Noise;
  /** Called with each node's place in the order before it is evaluated: a large network takes a while. */
  readonly onNode?: ((position: number, count: number) => void) | undefined;
}

/** Beyond, compiled code takes the interpreter's place: it is three times as fast, and held equal to it by tests. */
const INTERPRETED_STEPS = 2 ** 20;

/** Values by operand: `%name` of inputs and nodes, `@name` of constants. Inputs are given by bare name. */
export function meaningOf(
  graph: Graph,
  inputs: ReadonlyMap<string, Tensor>,
  { readFile, noise, onNode }: MeaningOptions = {},
): Values {
  const random = createRandom(noise?.seed ?? 0);
  let position = 0;
  return evaluateGraph(graph, inputs, readFile, (kernel, operands, node) => {
    onNode?.(position++, graph.nodes.length);
    const evaluate = stepsOf(kernel) > INTERPRETED_STEPS ? executeKernel : interpretKernel;
    const value = evaluate(kernel, operands);
    if (noise === undefined || !FLOATS.has(value.type.dtype)) return value;
    return withErrors(value, unitOf(node, kernel, value, operands), noise.sign, random);
  });
}

/** What an element may be wrong by, relative to the larger of itself and `least`. */
interface Unit {
  readonly relative: number;
  readonly least: number;
}

/** What an op reads may have cancelled in what it writes. */
function unitOf(
  node: Node,
  kernel: Kernel,
  value: Tensor,
  operands: ReadonlyMap<string, Tensor>,
): Unit {
  const floats = [value, ...operands.values()].filter(({ type }) => FLOATS.has(type.dtype));
  const relative =
    toleranceOf(node.op, node.type.dtype) * EPSILON * Math.sqrt(reductionLength(kernel));
  return { relative, least: relative === 0 ? 0 : Math.max(...floats.map(ordinaryRms)) };
}

function withErrors(
  { type, data }: Tensor,
  { relative, least }: Unit,
  sign: 1 | -1,
  random: () => number,
): Tensor {
  if (relative === 0) return { type, data };
  const moved = (data as Float32Array).map((element) => {
    const error = sign * relative * Math.max(least, Math.abs(element));
    return random() < 0.5 ? element + error : element - error;
  });
  return { type, data: moved };
}
