/**
 * infer-shapes, Definition => Graph: sorts and types nodes, binds symbols, folds constants, makes attributes of
 * the operands that decide shapes, and reports everything that is wrong at once.
 *
 *   model net(%x: f32[N,3,8,8]) {             graph net(%x: f32[1,3,8,8]) {
 *     %y = reshape(%x, %s)               =>     %y = reshape(%x) {shape=[1,192]} : f32[1,192]
 *     %s = concat(@one, @rest) {axis=0}         return y = %y
 *     return y = %y                           }
 *   }
 */
import { CompileError } from "../base/error.js";
import {
  placeOf,
  type Definition,
  type DefinitionNode,
  type Operand,
} from "../graph/definition.js";
import type { Graph, GraphInput } from "../graph/graph.js";
import { liveNodes, sortNodes } from "../graph/order.js";
import { resultsOf, stateTypeProblems } from "../graph/states.js";
import type { TensorType } from "../base/tensor.js";
import { nameProblems } from "./checkNames.js";
import {
  addConstant,
  addInputs,
  inferOne,
  lookUp,
  newInference,
  type Inference,
  type InferOptions,
} from "./inference.js";

export type { InferOptions } from "./inference.js";

/**
 * The typed Graph of a definition. Throws one CompileError with every problem there is, or with the first thing that
 * is beyond the budget.
 */
export function inferShapes(definition: Definition, options: InferOptions = {}): Graph {
  const state = newInference(definition, options);
  state.budget.spend("nodes", definition.inputs.length + definition.outputs.length);
  for (const problem of nameProblems(definition)) state.problems.push(problem);
  const inputs = addInputs(state, options);
  for (const constant of definition.constants) addConstant(state, constant);
  for (const node of orderedNodes(state)) {
    state.budget.spend("nodes", 1 + node.inputs.length, placeOf(node));
    inferOne(state, node);
  }
  const types = new Map<string, TensorType>();
  const outputs = definition.outputs.flatMap(({ name, value }) => {
    const known = lookUp(state, value, { node: name });
    if (known !== undefined) types.set(name, known.type);
    return known === undefined ? [] : [{ name, value: known.operand }];
  });
  const states = keptStates(state, inputs, types, options);
  if (state.problems.length > 0) throw new CompileError(state.problems);
  return withoutDead({ ...state, name: definition.name, inputs, outputs, ...states });
}

/** The definition's states, checked; an input that is bound to a value is none. */
function keptStates(
  { definition: { states }, constants, problems }: Inference,
  inputs: readonly GraphInput[],
  outputs: ReadonlyMap<string, TensorType>,
  { values }: InferOptions,
): Pick<Graph, "states"> {
  if (states === undefined) return {};
  for (const { input } of states)
    if (values?.has(input) === true)
      problems.push({
        code: "usage",
        node: input,
        message: "is bound to a value and a state: the same in every run, and another",
        hint: `what a state is at first, --initial ${input}=${input}.npy says`,
      });
  const types = new Map(inputs.map(({ name, type }) => [name, type]));
  problems.push(...stateTypeProblems(states, types, outputs, constants));
  return { states };
}

/** The nodes that outputs need, each after what it reads; all of them where it is unclear what is needed. */
function orderedNodes({ definition, declared, problems }: Inference): readonly DefinitionNode[] {
  const roots = definition.outputs.map((output) => output.value);
  const clear = roots.length > 0 && roots.every((root) => declared.has(root));
  const { nodes, cycles } = sortNodes(
    clear ? liveNodes(definition.nodes, roots) : definition.nodes,
  );
  for (const { names } of cycles) {
    const shown = names.slice(0, 8).map((name) => `'${name}'`);
    const more = names.length > 8 ? ` … (${names.length} nodes)` : "";
    const message = `each needs the next: ${shown.join(" -> ")}${more} -> ${shown[0]}`;
    problems.push({ code: "cycle", message, node: names[0]! });
  }
  return nodes;
}

/** Folding leaves nodes and constants that nothing reads any more. */
function withoutDead(graph: Graph): Graph {
  const roots = resultsOf(graph);
  const nodes = liveNodes(graph.nodes, roots);
  const used = new Set<Operand | undefined>([...roots, ...nodes.flatMap((node) => node.inputs)]);
  const constants = graph.constants.filter(({ name }) => used.has(`@${name}`));
  const { name, inputs, outputs, states } = graph;
  return { name, inputs, nodes, outputs, constants, ...(states === undefined ? {} : { states }) };
}
