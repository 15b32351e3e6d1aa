/** What becomes of a value before anything else sees it: errors that its only reader flattens or cuts off cost nothing. */
import { tensor } from "../base/tensor.js";
import type { Operand } from "../graph/definition.js";
import { evaluateOp, opOf } from "../graph/evaluate.js";
import type { Graph } from "../graph/graph.js";
import { pointwise } from "../ops/pointwise.js";

/** Of numbers, each by itself. */
export type Activation = (values: Float32Array) => Float32Array;

/** The activation that alone reads a value, as its node means it; undefined where there is none. */
export function activationBehind(graph: Graph, value: Operand): Activation | undefined {
  if (graph.outputs.some((output) => output.value === value)) return undefined;
  const [reader, ...others] = graph.nodes.filter(({ inputs }) => inputs.includes(value));
  if (reader === undefined || others.length > 0) return undefined;
  const { op, inputs, attributes, type } = reader;
  if (!(op in pointwise) || inputs.length !== 1 || type.dtype !== "f32") return undefined;
  return (values) => {
    const dims = [values.length];
    const given = tensor("f32", dims, values);
    const result = evaluateOp(opOf(op), [given], attributes, { dtype: "f32", dims });
    return result.data as Float32Array;
  };
}
