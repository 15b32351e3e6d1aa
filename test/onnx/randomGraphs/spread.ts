/** How far the values of a graph move where every node errs by as much as it may. */
import { evaluateOp, opOf } from "../../../compiler/graph/evaluate.js";
import type { Graph, Node } from "../../../compiler/graph/graph.js";
import type { Operand } from "../../../compiler/graph/definition.js";
import { constantTensor } from "../../../compiler/graph/constants.js";
import { formatType, sameType, type Tensor } from "../../../compiler/base/tensor.js";
import { ordinaryRms } from "../../support/difference.js";
import { createRandom } from "../../support/random.js";
import { toleranceOf } from "../../support/tolerance.js";

const EPSILON = 2 ** -23;

export type Values = ReadonlyMap<Operand, Tensor>;

/** Values of a graph, with an error of up to its tolerance in every element, whose signs come from the seed. */
export function evaluateWith(
  graph: Graph,
  inputs: ReadonlyMap<string, Tensor>,
  noise: { readonly seed: number; readonly sign: 1 | -1 } | undefined,
): Values {
  const values = new Map<Operand, Tensor>();
  for (const { name } of graph.inputs) values.set(`%${name}`, inputs.get(name)!);
  for (const constant of graph.constants)
    values.set(`@${constant.name}`, constantTensor(constant, undefined));
  const random = createRandom(noise?.seed ?? 0);
  for (const node of graph.nodes) {
    const operands = node.inputs.map((operand) =>
      operand === undefined ? undefined : values.get(operand),
    );
    const value = evaluateOp(opOf(node.op), operands, node.attributes, node.type);
    values.set(`%${node.name}`, noise === undefined ? value : spoiled(node, operands, value));
  }
  return values;

  function spoiled(node: Node, operands: readonly (Tensor | undefined)[], value: Tensor): Tensor {
    const tolerance = toleranceOf(node.op);
    if (value.type.dtype !== "f32" || tolerance === 0) return value;
    const floats = operands.filter((one) => one?.type.dtype === "f32") as readonly Tensor[];
    const rms = Math.max(...[value, ...floats].map(SUMS.includes(node.op) ? largest : ordinaryRms));
    const data = (value.data as Float32Array).map((element) => {
      const size = Math.max(rms, Math.abs(element));
      const sign = (random.chance(0.5) ? 1 : -1) * noise!.sign;
      return element + sign * tolerance * EPSILON * size;
    });
    return { type: value.type, data };
  }
}

const SUMS: readonly Node["op"][] = [
  "averagePool",
  "conv",
  "convTranspose",
  "cumSum",
  "einsum",
  "globalAveragePool",
  "gridSample",
  "matmul",
  "reduceMean",
  "reduceSum",
  "resize",
];

/** What sums of products may err by is a share of their largest term, which may have cancelled. */
function largest({ data }: Tensor): number {
  return (data as Float32Array).reduce((most, value) => {
    return Number.isFinite(value) ? Math.max(most, Math.abs(value)) : most;
  }, 0);
}

/** Per element of a value, how far two pairs of opposite errors move it; Infinity where it becomes another kind. */
export function spreads(
  graph: Graph,
  inputs: ReadonlyMap<string, Tensor>,
): { readonly values: Values; spread(operand: Operand): Float64Array } {
  const values = evaluateWith(graph, inputs, undefined);
  const moved = [1, 2].flatMap((seed) =>
    ([1, -1] as const).map((sign) => evaluateWith(graph, inputs, { seed, sign })),
  );
  return {
    values,
    spread(operand) {
      const { data } = values.get(operand)!;
      const spread = new Float64Array(data.length);
      for (const other of moved) {
        const theirs = other.get(operand)!.data;
        for (let i = 0; i < data.length; i++) {
          const [a, b] = [Number(data[i]), Number(theirs[i])];
          if (Object.is(a, b)) continue;
          spread[i] = Math.max(spread[i]!, Number.isFinite(a - b) ? Math.abs(a - b) : Infinity);
        }
      }
      return spread;
    },
  };
}

/** Errors of one sign add up to more than those of random ones; and what is folded has errors too. */
const MARGIN = 8;

/** Squares of less are nothing in f32. */
const LEAST = 2 ** -60;

export interface Tally {
  graphs: number;
  nodes: number;
  /** Nodes whose values onnxruntime and ONNX are known to disagree on. */
  excepted: number;
  /** Graphs whose outputs were compared with onnxruntime's, the others with the interpreter's. */
  whole: number;
  /** Graphs that onnxruntime does not load though it takes their nodes. */
  refused: number;
  elements: number;
  /** Elements that errors within tolerance may turn into anything. */
  open: number;
}

export function newTally(): Tally {
  return { graphs: 0, nodes: 0, excepted: 0, whole: 0, refused: 0, elements: 0, open: 0 };
}

/** An element that is further off than errors within tolerance move it. */
export function differing(
  own: Tensor,
  expected: Tensor,
  spread: Float64Array,
  tally: Tally,
): string | undefined {
  if (!sameType(own.type, expected.type))
    return `${formatType(own.type)} instead of ${formatType(expected.type)}`;
  const rms = own.type.dtype === "f32" ? ordinaryRms(expected) : 0;
  tally.elements += spread.length;
  for (let i = 0; i < spread.length; i++) {
    const [got, want] = [Number(own.data[i]), Number(expected.data[i])];
    if (Object.is(got, want) || got === want) continue;
    if (spread[i] === Infinity) {
      tally.open++;
      continue;
    }
    const exact = own.type.dtype !== "f32";
    const rounding = exact ? 0 : EPSILON * Math.max(rms, Math.abs(want)) + LEAST;
    const most = MARGIN * (spread[i]! + rounding);
    if (!(Math.abs(got - want) <= most))
      return `element ${i} is ${got} instead of ${want}, ${most} are allowed`;
  }
  return undefined;
}
