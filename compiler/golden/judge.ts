/** Says whether values of a compiled model are those that its ops mean, as far as ops must be exact. */
import { nodeKernels } from "../analysis/kernels.js";
import type { Operand } from "../graph/definition.js";
import type { Graph } from "../graph/graph.js";
import { FLOATS, formatType, sameType, type Tensor } from "../base/tensor.js";
import { difference, indexOf } from "./compareTensors.js";
import { meaningOf, type MeaningOptions, type Values } from "./meaning.js";
import { EPSILON, ordinaryRms, reductionLength, toleranceOf } from "./tolerance.js";

export interface Verdict {
  /** The largest error of any element; Infinity where NaN, infinities or types differ. */
  readonly error: number;
  /** What that element may be wrong by. */
  readonly allowed: number;
  /** The first element that is wrong by more. */
  readonly reason?: string;
}

export interface Judge {
  /** By what ops mean. */
  readonly values: Values;
  /** Compares what a compiled model computed with the value of an operand. */
  judge(name: string, operand: Operand, actual: Tensor): Verdict;
}

/**
 * A judge of everything that the graph computes for these inputs. Errors of ops are taken for independent:
 * relative to root mean squares their squares add up along the way with the largest sum. Where that is
 * exceeded, for ops may amplify what came before and comparisons turn on the last bit, the graph is evaluated
 * again with every node erring by as much as it may, and the limit is how far that moves each element.
 */
export function judgeOf(
  graph: Graph,
  inputs: ReadonlyMap<string, Tensor>,
  options: Omit<MeaningOptions, "noise"> = {},
): Judge {
  const values = meaningOf(graph, inputs, options);
  const expectedErrors = addedErrors(graph);
  let moved: readonly Values[] | undefined;
  return {
    values,
    judge(name, operand, actual) {
      const expected = values.get(operand)!;
      if (!sameType(actual.type, expected.type)) {
        const reason = `'${name}' is ${formatType(actual.type)}, expected ${formatType(expected.type)}`;
        return { error: Infinity, allowed: 0, reason };
      }
      const relative = expectedErrors.get(operand) ?? 0;
      const first = compareWithin(name, actual, expected, limitsOf(expected, relative));
      if (first.reason === undefined || relative === 0) return first;
      moved ??= ([1, -1] as const).map((sign) =>
        meaningOf(graph, inputs, { ...options, noise: { seed: 1, sign } }),
      );
      const spread = spreadOf(
        expected,
        moved.map((one) => one.get(operand)!),
      );
      return compareWithin(name, actual, expected, spreadLimits(expected, spread));
    },
  };
}

/** How large an element's error may be; Infinity where it may be anything. */
type Limit = (position: number) => number;

/** Per operand the errors of the ops that it came through, relative to its root mean square. */
function addedErrors(graph: Graph): ReadonlyMap<Operand, number> {
  const squares = new Map<Operand, number>();
  for (const { node, kernel, operands } of nodeKernels(graph)) {
    const own = toleranceOf(node.op, node.type.dtype) ** 2 * reductionLength(kernel);
    let before = 0;
    for (const operand of operands.values()) before = Math.max(before, squares.get(operand) ?? 0);
    squares.set(`%${node.name}`, own + before);
  }
  return new Map([...squares].map(([operand, sum]) => [operand, EPSILON * Math.sqrt(sum)]));
}

/** Only floats may be wrong at all. */
function limitsOf(expected: Tensor, relative: number): Limit {
  if (!FLOATS.has(expected.type.dtype) || relative === 0) return () => 0;
  const rms = ordinaryRms(expected);
  return (i) => {
    const size = Math.abs(Number(expected.data[i]));
    return Number.isFinite(size) ? relative * Math.max(rms, size) : 0;
  };
}

/** How far the errors of ops moved each element: Infinity where they made it another kind of number. */
function spreadOf({ data }: Tensor, moved: readonly Tensor[]): Float64Array {
  const spread = new Float64Array(data.length);
  for (const other of moved) {
    for (let i = 0; i < data.length; i++) {
      const error = difference(Number(other.data[i]), Number(data[i]));
      if (error > spread[i]!) spread[i] = error;
    }
  }
  return spread;
}

/** Errors that are drawn are by chance less than those that are made. */
const MARGIN = 4;

/** An element that errors hardly moved, by chance, may be as wrong as half of the others. */
function spreadLimits(expected: Tensor, spread: Float64Array): Limit {
  const median = spread.toSorted()[spread.length >> 1] ?? 0;
  const rounding = FLOATS.has(expected.type.dtype) ? limitsOf(expected, EPSILON) : () => 0;
  const usual = Number.isFinite(median) ? median : 0;
  return (i) => MARGIN * (Math.max(spread[i]!, usual) + rounding(i));
}

function compareWithin(name: string, actual: Tensor, expected: Tensor, limit: Limit): Verdict {
  let [error, allowed] = [-1, 0];
  let reason: string | undefined;
  for (let i = 0; i < expected.data.length; i++) {
    const [got, want] = [Number(actual.data[i]), Number(expected.data[i])];
    const [off, most] = [difference(got, want), limit(i)];
    if (most === Infinity) continue;
    if (off > error) [error, allowed] = [off, most];
    if (reason !== undefined || off <= most) continue;
    const at = indexOf(i, expected.type.dims).join(",");
    const limited = most === 0 ? "exactly" : `within ${most.toExponential(1)}`;
    reason = `'${name}'[${at}] is ${got}, expected ${want} ${limited}`;
  }
  const verdict = { error: Math.max(error, 0), allowed };
  return reason === undefined ? verdict : { ...verdict, reason };
}
