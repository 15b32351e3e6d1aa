/** Evaluates nodes and graphs by their meaning: folds constants, calibrates statistics, and tells tests what is right. */
import { interpretKernel } from "../meaning/interpret.js";
import { withoutEmptyLoops } from "../compute/emptyLoops.js";
import type { Kernel } from "../compute/ir.js";
import { operandName, type Op } from "../ops/op.js";
import { ops } from "../ops/index.js";
import type { Tensor, TensorType } from "../base/tensor.js";
import { constantTensor } from "./constants.js";
import type { Operand } from "./definition.js";
import type { Graph, Node } from "./graph.js";

/** The kernel that is an op's meaning for these operand types. `attributes` must have passed the op's schema. */
export function computeOf(
  op: Op,
  inputs: readonly (TensorType | undefined)[],
  attributes: Readonly<Record<string, unknown>>,
  output: TensorType,
): Kernel {
  return withoutEmptyLoops(op.compute({ inputs, attributes, output }));
}

/** What yields the output of a kernel for inputs by name; `node` is the one that it is the meaning of. */
export type RunKernel = (kernel: Kernel, inputs: ReadonlyMap<string, Tensor>, node: Node) => Tensor;

/** The value of one op on constant operands; absent optional operands are undefined. */
export function evaluateOp(
  op: Op,
  inputs: readonly (Tensor | undefined)[],
  attributes: Readonly<Record<string, unknown>>,
  output: TensorType,
  run: (kernel: Kernel, inputs: ReadonlyMap<string, Tensor>) => Tensor = interpretKernel,
): Tensor {
  const types = inputs.map((input) => input?.type);
  const values = new Map<string, Tensor>();
  inputs.forEach((input, i) => {
    if (input !== undefined) values.set(operandName(op, i), input);
  });
  return run(computeOf(op, types, attributes, output), values);
}

/** The kernel that is the meaning of a node of a typed Graph. */
export function kernelOf(
  { op, inputs, attributes, type }: Node,
  typeOf: (operand: Operand) => TensorType | undefined,
): Kernel {
  const types = inputs.map((operand) => operand && typeOf(operand));
  return computeOf(opOf(op), types, attributes, type);
}

/** The op object of a node, with its attribute types forgotten. */
export function opOf(name: Node["op"]): Op {
  return ops[name] as unknown as Op;
}

/**
 * Every value of a graph by operand: `%name` for inputs and nodes, `@name` for constants. Inputs are
 * given by bare name. `readFile` serves constants that live in files; `run` may be faster than the interpreter,
 * or wrong on purpose.
 */
export function evaluateGraph(
  graph: Graph,
  inputs: ReadonlyMap<string, Tensor>,
  readFile?: (path: string) => Uint8Array,
  run: RunKernel = interpretKernel,
): Map<Operand, Tensor> {
  const values = new Map<Operand, Tensor>();
  for (const input of graph.inputs) {
    const value = inputs.get(input.name);
    if (value === undefined) throw new Error(`input ${input.name} has no value`);
    values.set(`%${input.name}`, value);
  }
  for (const constant of graph.constants) {
    values.set(`@${constant.name}`, constantTensor(constant, readFile));
  }
  for (const node of graph.nodes) {
    const operands = node.inputs.map((operand) =>
      operand === undefined ? undefined : values.get(operand),
    );
    const value = evaluateOp(opOf(node.op), operands, node.attributes, node.type, (kernel, given) =>
      run(kernel, given, node),
    );
    values.set(`%${node.name}`, value);
  }
  return values;
}
