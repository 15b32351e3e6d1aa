/** Evaluates a graph before and after a pass on the same random inputs, and says how far apart the results are. */
import { evaluateGraph } from "../../compiler/graph/evaluate.js";
import type { Graph } from "../../compiler/graph/graph.js";
import { elementCount, newData, type Tensor } from "../../compiler/base/tensor.js";

const EPSILON = 2 ** -23;

/** Numbers in [0, 1) that depend on the seed alone (mulberry32). */
export function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

function randomInputs(graph: Graph, seed: number): Map<string, Tensor> {
  const next = random(seed);
  return new Map(
    graph.inputs.map(({ name, type }) => {
      const data = newData(type.dtype, elementCount(type.dims));
      for (let i = 0; i < data.length; i++) {
        const value = next() * 8 - 4;
        if (data instanceof BigInt64Array) data[i] = BigInt(Math.round(value));
        else
          data[i] =
            type.dtype === "f32" ? value : type.dtype === "bool" ? +(value > 0) : Math.round(value);
      }
      return [name, { type, data }];
    }),
  );
}

/** The largest difference of any output, in eps times the root mean square of that output. */
export function differenceInEps(before: Graph, after: Graph, seed: number): number {
  const inputs = randomInputs(before, seed);
  const [expected, actual] = [evaluateGraph(before, inputs), evaluateGraph(after, inputs)];
  let worst = 0;
  before.outputs.forEach((output, i) => {
    const a = expected.get(output.value)!.data;
    const b = actual.get(after.outputs[i]!.value)!.data;
    let squares = 0;
    let most = 0;
    for (let at = 0; at < a.length; at++) {
      const value = Number(a[at]);
      squares += value * value;
      most = Math.max(most, Math.abs(value - Number(b[at])));
      if (Number.isNaN(value) !== Number.isNaN(Number(b[at]))) most = Infinity;
    }
    if (most > 0) worst = Math.max(worst, most / EPSILON / Math.sqrt(squares / a.length));
  });
  return worst;
}

/** Whether outputs change with the inputs: a test of constants would prove nothing. */
export function dependsOnInputs(graph: Graph): boolean {
  const [one, two] = [1, 2].map((seed) => evaluateGraph(graph, randomInputs(graph, seed)));
  return graph.outputs.some(({ value }) => {
    const [a, b] = [one!.get(value)!.data, two!.get(value)!.data];
    return a.some((element, i) => element !== b[i]);
  });
}
