/** One view of the ops that are linear in a weight tensor: convolution, transposed convolution, linear layer. */
import type { Constant, Operand } from "../graph/definition.js";
import type { Node, NodeOf } from "../graph/graph.js";
import type { RewriteContext } from "../graph/rewrite/rule.js";
import { elementCount, sameDims } from "../base/tensor.js";

export type LinearNode = NodeOf<"conv"> | NodeOf<"convTranspose"> | NodeOf<"matmul">;

/**
 * A linear node with its constants at hand. A row is the run of `kernel` weights that joins one input channel
 * to one output channel; rows lie one after the other.
 */
export interface Linear {
  readonly node: LinearNode;
  /** The axis of channels, of the operand and of the value. */
  readonly axis: number;
  readonly weight: Float32Array;
  /** undefined where the node has none. */
  readonly bias: Float32Array | undefined;
  readonly outputs: number;
  readonly kernel: number;
  outputOf(row: number): number;
  inputOf(row: number): number;
}

/** The axis of channels of a linear node's operand and value; undefined for other nodes. */
export function channelAxis(node: Node | undefined): number | undefined {
  if (node?.op === "matmul") return node.attributes.axis;
  return node?.op === "conv" || node?.op === "convTranspose" ? 1 : undefined;
}

/** undefined where the node is not linear, or where its weight or bias is not a constant at hand. */
export function linearOf(node: Node | undefined, context: RewriteContext): Linear | undefined {
  if (node?.op !== "conv" && node?.op !== "convTranspose" && node?.op !== "matmul") {
    return undefined;
  }
  const [, w, b] = node.inputs;
  const weight = context.value(w)?.data;
  const bias = context.value(b)?.data;
  if (!(weight instanceof Float32Array) || w === undefined) return undefined;
  if (b !== undefined && !(bias instanceof Float32Array)) return undefined;
  const axis = channelAxis(node);
  if (axis === undefined) return undefined;
  const dims = context.type(w).dims;
  return {
    node,
    axis,
    weight,
    bias: bias instanceof Float32Array ? bias : undefined,
    outputs: node.type.dims[axis]!,
    kernel: elementCount(dims.slice(2)),
    ...rowsOf(node, dims),
  };
}

/** conv w [oc, ic/groups, …], convTranspose w [ic, oc/groups, …], matmul w [out, in] */
function rowsOf(node: LinearNode, dims: readonly number[]): Pick<Linear, "outputOf" | "inputOf"> {
  const [first, second] = [dims[0]!, dims[1]!];
  const groups = node.op === "matmul" ? 1 : node.attributes.groups;
  const perGroup = first / groups;
  const outer = (row: number): number => Math.floor(row / second);
  const inner = (row: number): number =>
    Math.floor(outer(row) / perGroup) * second + (row % second);
  return node.op === "convTranspose"
    ? { outputOf: inner, inputOf: outer }
    : { outputOf: outer, inputOf: inner };
}

/** Every weight times the factor of its row, computed in f64 and rounded once. */
export function scaleRows(
  { weight, kernel }: Linear,
  factor: (row: number) => number,
): Float32Array {
  const scaled = new Float32Array(weight.length);
  for (let row = 0, at = 0; at < weight.length; row++) {
    const by = factor(row);
    for (const end = at + kernel; at < end; at++) scaled[at] = weight[at]! * by;
  }
  return scaled;
}

/** Σ over rows of an output and over the kernel of weight · shift of the row's input. */
export function shiftOutputs(linear: Linear, shift: Float64Array): Float64Array {
  const { weight, kernel, outputs } = linear;
  const sums = new Float64Array(outputs);
  for (let row = 0, at = 0; at < weight.length; row++) {
    let sum = 0;
    for (const end = at + kernel; at < end; at++) sum += weight[at]!;
    sums[linear.outputOf(row)]! += sum * shift[linear.inputOf(row)]!;
  }
  return sums;
}

/** A constant for what became of another: conv1.weight => conv1.weight.folded. */
export function foldedConstant(
  context: RewriteContext,
  was: Operand | undefined,
  otherwise: string,
  dims: readonly number[],
  data: Float32Array,
): Constant {
  const base = was === undefined ? otherwise : `${unfolded(was.slice(1))}.folded`;
  return {
    name: context.fresh(base),
    type: { dtype: "f32", dims },
    source: { kind: "data", data },
  };
}

export interface Alias {
  readonly operand: Operand;
  /** What must be added to the graph for it. */
  readonly added: readonly Constant[];
}

/** The values of a constant under other dims: conv1.weight => conv1.weight.matrix, once for all who want it. */
export function aliasConstant(
  context: RewriteContext,
  { name, type, source }: Constant,
  suffix: string,
  dims: readonly number[],
): Alias {
  const alias: Operand = `@${name}.${suffix}`;
  const there = context.constant(alias);
  if (there?.source === source && sameDims(there.type.dims, dims)) {
    return { operand: alias, added: [] };
  }
  const fresh = context.fresh(`${name}.${suffix}`);
  const added = [{ name: fresh, type: { dtype: type.dtype, dims }, source }];
  return { operand: `@${fresh}`, added };
}

function unfolded(name: string): string {
  return name.replace(/\.folded(\.[0-9]+)?$/, "");
}
