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
import { CompileError, type Problem } from "../error.js";
import type {
  Attributes,
  Constant,
  Definition,
  DefinitionNode,
  Operand,
} from "../graph/definition.js";
import type { Graph, GraphInput, Node } from "../graph/graph.js";
import { freshName } from "../graph/names.js";
import { liveNodes, sortNodes } from "../graph/order.js";
import { constantReader, type ReadConstant } from "../graph/readConstant.js";
import { arityProblems, collect, findOp, inferNode, readAttributes } from "../graph/typing.js";
import { checkConstant } from "../graph/verify.js";
import { reject, type Fact, type Op } from "../ops/op.js";
import { elementCount, formatType, type TensorType } from "../tensor.js";
import { bindInputs, type Bindings } from "./bindInputs.js";
import { declaredOperands, nameProblems, unknownOperand } from "./checkNames.js";
import { foldNode } from "./fold.js";
import { operandAttribute, rejectVariable } from "./operandAttributes.js";

export interface InferOptions extends Bindings {
  /** Reads the files that constants lie in; without it nothing is folded that needs them. */
  readonly readFile?: (path: string) => Uint8Array;
}

/** What an operand of the Definition is in the Graph. */
interface Known {
  readonly operand: Operand;
  readonly type: TensorType;
  readonly constant?: Constant;
}

interface State {
  readonly definition: Definition;
  readonly problems: Problem[];
  readonly declared: ReadonlySet<Operand>;
  /** What is declared and not in here has a problem, which is reported where it arose. */
  readonly known: Map<Operand, Known>;
  readonly nodes: Node[];
  readonly constants: Constant[];
  readonly constantNames: Set<string>;
  readonly read: ReadConstant;
}

/** Constants of at most this many elements are shown to shape rules. */
const FACT_ELEMENTS = 4096;

/** The typed Graph of a definition. Throws one CompileError with every problem there is. */
export function inferShapes(definition: Definition, options: InferOptions = {}): Graph {
  const state = newState(definition, options);
  const inputs = addInputs(state, options);
  for (const constant of definition.constants) addConstant(state, constant);
  for (const node of orderedNodes(state)) inferOne(state, node);
  const outputs = definition.outputs.flatMap(({ name, value }) => {
    const known = lookUp(state, value, { node: name });
    if (known !== undefined && known.type.dims.includes(0)) {
      const message = `output '${name}' is ${formatType(known.type)}: it has no elements`;
      state.problems.push({ code: "bad-dimension", message });
    }
    return known === undefined ? [] : [{ name, value: known.operand }];
  });
  if (state.problems.length > 0) throw new CompileError(state.problems);
  const roots = outputs.map((output) => output.value);
  return withoutDead({ ...state, name: definition.name, inputs, outputs }, roots);
}

function newState(definition: Definition, options: InferOptions): State {
  return {
    definition,
    problems: nameProblems(definition),
    declared: declaredOperands(definition),
    known: new Map(),
    nodes: [],
    constants: [],
    constantNames: new Set(definition.constants.map((constant) => constant.name)),
    read: constantReader(options.readFile),
  };
}

/** Inputs that are bound to values become constants. */
function addInputs(state: State, options: InferOptions): GraphInput[] {
  const types = bindInputs(state.definition, options, state.problems);
  const inputs: GraphInput[] = [];
  for (const [name, type] of types) {
    const value = options.values?.get(name);
    if (value === undefined) {
      inputs.push({ name, type });
      state.known.set(`%${name}`, { operand: `%${name}`, type });
    } else {
      const source = { kind: "data", data: value.data } as const;
      addFolded(state, name, { name: freshConstant(state, name), type, source });
    }
  }
  return inputs;
}

function addConstant(state: State, constant: Constant): void {
  const place = { node: constant.name };
  const good = collect(state.problems, place, () => {
    checkConstant(constant);
    return true;
  });
  if (good !== true) return;
  const operand: Operand = `@${constant.name}`;
  state.constants.push(constant);
  state.known.set(operand, { operand, type: constant.type, constant });
}

/** A node or input whose value is now a constant. */
function addFolded(state: State, name: string, constant: Constant): void {
  state.constantNames.add(constant.name);
  state.constants.push(constant);
  state.known.set(`%${name}`, { operand: `@${constant.name}`, type: constant.type, constant });
}

function freshConstant(state: State, name: string): string {
  return freshName(name, (other) => state.constantNames.has(other));
}

/** The nodes that outputs need, each after what it reads; all of them where it is unclear what is needed. */
function orderedNodes({ definition, declared, problems }: State): readonly DefinitionNode[] {
  const roots = definition.outputs.map((output) => output.value);
  const clear = roots.length > 0 && roots.every((root) => declared.has(root));
  const { nodes, cycles } = sortNodes(
    clear ? liveNodes(definition.nodes, roots) : definition.nodes,
  );
  for (const names of cycles) {
    const shown = names.slice(0, 8).map((name) => `'${name}'`);
    const more = names.length > 8 ? ` … (${names.length} nodes)` : "";
    const message = `each needs the next: ${shown.join(" -> ")}${more} -> ${shown[0]}`;
    problems.push({ code: "cycle", message, node: names[0]! });
  }
  return nodes;
}

/** What an operand is; undefined where it has a problem, which is reported here if nothing declares it. */
function lookUp(
  state: State,
  operand: Operand,
  place: { readonly node: string; readonly op?: string },
): Known | undefined {
  if (!state.declared.has(operand)) {
    state.problems.push({ ...place, ...unknownOperand(operand, state.declared) });
  }
  return state.known.get(operand);
}

/** Adds a node to the graph, or a constant where its value is known, or problems. */
function inferOne(state: State, node: DefinitionNode): void {
  const place = { node: node.name, op: node.op };
  const before = state.problems.length;
  const op = collect(state.problems, place, () => findOp(node.op));
  const operands = node.inputs.map((operand) =>
    operand === undefined ? undefined : lookUp(state, operand, place),
  );
  if (op === undefined) return;
  state.problems.push(...arityProblems(op, node.inputs).map((one) => ({ ...place, ...one })));
  const unclear = node.inputs.findIndex((operand, i) => operand && !operands[i]) >= 0;
  collect(state.problems, place, () => {
    if (unclear && op.operands.some(({ becomes }, i) => becomes && node.inputs[i])) return;
    const given = unclear ? node.attributes : allAttributes(state, op, node, operands);
    const attributes = readAttributes(op, given);
    if (unclear || state.problems.length > before) return;
    const shown = dataOperands(op, operands);
    const facts = shown.map((known) => known && factOf(state, known));
    const typed = inferNode(op, facts, attributes);
    const constants = shown.map((known) => known && (known.constant ?? "variable"));
    const name = freshConstant(state, node.name);
    const folded = foldNode(name, op, constants, typed.attributes, typed.type, state.read);
    if (folded !== undefined) return addFolded(state, node.name, folded);
    const inputs = shown.map((known) => known?.operand);
    state.nodes.push({ name: node.name, op: node.op, inputs, ...typed } as unknown as Node);
    state.known.set(`%${node.name}`, { operand: `%${node.name}`, type: typed.type });
  });
}

function factOf(state: State, { type, constant }: Known): Fact {
  if (constant === undefined || elementCount(type.dims) > FACT_ELEMENTS) return { type };
  const value = state.read(constant);
  return value === undefined ? { type } : { type, value };
}

/** Operands that stay operands, without trailing blanks. */
function dataOperands(op: Op, operands: readonly (Known | undefined)[]): (Known | undefined)[] {
  const first = op.operands.findIndex((spec) => spec.becomes !== undefined);
  const shown = first < 0 ? [...operands] : operands.slice(0, first);
  while (shown.length > 0 && shown.at(-1) === undefined) shown.pop();
  return shown;
}

/** The attributes given, and those that operands become. */
function allAttributes(
  state: State,
  op: Op,
  node: DefinitionNode,
  operands: readonly (Known | undefined)[],
): Attributes {
  const entries = op.operands.flatMap(({ name, becomes }, i) => {
    const known = operands[i];
    if (becomes === undefined || known === undefined) return [];
    if (node.attributes[becomes] !== undefined) {
      reject("bad-attribute", `${becomes} is given as an attribute and as an operand`);
    }
    const value = known.constant === undefined ? undefined : state.read(known.constant);
    if (value === undefined) return rejectVariable(state.definition, node.inputs[i]!, name);
    return [[becomes, operandAttribute(op, becomes, value)] as const];
  });
  return entries.length === 0
    ? node.attributes
    : { ...node.attributes, ...Object.fromEntries(entries) };
}

/** Folding leaves nodes and constants that nothing reads any more. */
function withoutDead(graph: Graph, roots: readonly Operand[]): Graph {
  const nodes = liveNodes(graph.nodes, roots);
  const used = new Set<Operand | undefined>([...roots, ...nodes.flatMap((node) => node.inputs)]);
  const constants = graph.constants.filter(({ name }) => used.has(`@${name}`));
  const { name, inputs, outputs } = graph;
  return { name, inputs, nodes, outputs, constants };
}
