/** Every value of a graph by what its ops mean, as it is, or with every node erring by as much as its op may. */
import { nodeKernels, type NodeKernel } from "../analysis/kernels.js";
import { constantTensor } from "../graph/constants.js";
import type { Operand } from "../graph/definition.js";
import type { Graph } from "../graph/graph.js";
import { stepsOf } from "../infer/fold.js";
import { executeKernel } from "../lower/execute.js";
import { interpretKernel } from "../meaning/interpret.js";
import type { Tensor } from "../base/tensor.js";
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
  const values = new Map<Operand, Tensor>();
  for (const { name } of graph.inputs) {
    const value = inputs.get(name);
    if (value === undefined) throw new Error(`input ${name} has no value`);
    values.set(`%${name}`, value);
  }
  for (const constant of graph.constants)
    values.set(`@${constant.name}`, constantTensor(constant, readFile));
  const random = createRandom(noise?.seed ?? 0);
  const all = nodeKernels(graph);
  for (const [position, one] of all.entries()) {
    onNode?.(position, all.length);
    const operands = new Map(
      [...one.operands].map(([name, operand]) => [name, values.get(operand)!] as const),
    );
    const evaluate = stepsOf(one.kernel) > INTERPRETED_STEPS ? executeKernel : interpretKernel;
    const value = evaluate(one.kernel, operands);
    const erring = noise !== undefined && value.type.dtype === "f32";
    values.set(
      `%${one.node.name}`,
      erring ? withErrors(value, unitOf(one, value, operands), noise.sign, random) : value,
    );
  }
  return values;
}

/** What an element may be wrong by, relative to the larger of itself and `least`. */
interface Unit {
  readonly relative: number;
  readonly least: number;
}

/** What an op reads may have cancelled in what it writes. */
function unitOf(
  { node, kernel }: NodeKernel,
  value: Tensor,
  operands: ReadonlyMap<string, Tensor>,
): Unit {
  const floats = [value, ...operands.values()].filter(({ type }) => type.dtype === "f32");
  const relative = toleranceOf(node.op) * EPSILON * Math.sqrt(reductionLength(kernel));
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
