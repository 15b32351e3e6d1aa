/** Types one node of a Definition after the other: what infer-shapes does, and what readers of files ask meanwhile. */
import { startBudget, type Budget } from "../base/budget.js";
import {
  placeOf,
  type Attributes,
  type Constant,
  type Definition,
  type DefinitionNode,
  type Operand,
} from "../graph/definition.js";
import type { GraphInput, Node } from "../graph/graph.js";
import { freshName, namesOf } from "../graph/names.js";
import { constantReader } from "../graph/readConstant.js";
import {
  arityProblems,
  collect,
  findOp,
  inferNode,
  readAttributes,
  type AnyAttributes,
} from "../graph/typing.js";
import { checkConstant } from "../graph/verify.js";
import { reject, type Fact, type Op } from "../ops/op.js";
import { suggester } from "../base/suggest.js";
import { elementCount, isEmpty, newData, type TensorType } from "../base/tensor.js";
import { bindInputs, type Bindings } from "./bindInputs.js";
import { declaredOperands, unknownOperand } from "./checkNames.js";
import { foldDoubles, readable } from "./floats.js";
import { foldNode } from "./fold.js";
import { keptKnown, keptSteps, varies } from "./kept.js";
import { operandAttribute, rejectVariable } from "./operandAttributes.js";
import type { Inference, Known } from "./state.js";

export type { Inference, Known } from "./state.js";

export interface InferOptions extends Bindings {
  /** Reads the files that constants lie in; without it nothing is folded that needs them. */
  readonly readFile?: (path: string) => Uint8Array;
  /** What typing and folding may take; a new one by default. */
  readonly budget?: Budget;
}

/** Constants of at most this many elements are shown to shape rules. */
const FACT_ELEMENTS = 4096;

/** Nothing is typed yet. */
export function newInference(definition: Definition, options: InferOptions): Inference {
  const declared = declaredOperands(definition);
  const { readFile, budget = startBudget() } = options;
  return {
    definition,
    problems: [],
    declared,
    suggest: suggester(declared),
    known: new Map(),
    nodes: [],
    constants: [],
    constantNames: namesOf(definition.constants.map((constant) => constant.name)),
    valueNames: namesOf([...definition.inputs, ...definition.nodes].map(({ name }) => name)),
    floats: new Map(),
    read: constantReader(readFile, budget),
    budget,
  };
}

/** Inputs that are bound to values become constants; what has no elements is one, and an input too. */
export function addInputs(state: Inference, options: InferOptions): GraphInput[] {
  const types = bindInputs(state.definition, options, state.problems);
  const inputs: GraphInput[] = [];
  for (const [name, type] of types) {
    const value = options.values?.get(name);
    if (value === undefined) inputs.push({ name, type });
    const data = isEmpty(type) ? newData(type.dtype, 0) : value?.data;
    if (data === undefined) {
      state.known.set(`%${name}`, { operand: `%${name}`, type });
    } else {
      const source = { kind: "data", data } as const;
      addFolded(state, name, { name: freshName(state.constantNames, name), type, source });
    }
  }
  return inputs;
}

export function addConstant(state: Inference, constant: Constant): void {
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
function addFolded(state: Inference, name: string, constant: Constant): void {
  state.constantNames.taken.add(constant.name);
  state.constants.push(constant);
  state.known.set(`%${name}`, { operand: `@${constant.name}`, type: constant.type, constant });
}

/** What an operand is; undefined where it has a problem, which is reported here if nothing declares it. */
export function lookUp(
  state: Inference,
  operand: Operand,
  place: { readonly node: string; readonly op?: string },
): Known | undefined {
  if (!state.declared.has(operand)) {
    state.problems.push({ ...place, ...unknownOperand(operand, state.suggest) });
  }
  return state.known.get(operand);
}

/** Adds a node to the graph, or a constant where its value is known, or problems. */
export function inferOne(state: Inference, node: DefinitionNode): void {
  const place = placeOf(node);
  state.budget.checkTime(place);
  const before = state.problems.length;
  const op = collect(state.problems, place, () => findOp(node.op));
  const operands = node.inputs.map((operand) =>
    operand === undefined ? undefined : lookUp(state, operand, place),
  );
  if (op === undefined) return;
  for (const one of arityProblems(op, node.inputs)) state.problems.push({ ...place, ...one });
  const unclear = node.inputs.findIndex((operand, i) => operand && !operands[i]) >= 0;
  collect(state.problems, place, () => {
    if (unclear && op.operands.some(({ becomes }, i) => becomes && node.inputs[i])) return;
    const given = unclear ? node.attributes : allAttributes(state, op, node, operands);
    const attributes = readAttributes(op, given, node.source?.attributes);
    if (unclear || state.problems.length > before) return;
    const stored = dataOperands(op, operands);
    const name = freshName(state.constantNames, node.name);
    const exact = foldDoubles(state, name, op, stored, attributes);
    if (exact !== undefined) return addFolded(state, node.name, exact);
    const shown = readable(state, op, stored);
    const facts = shown.map((known) => known && factOf(state, known));
    const typed = inferNode(op, facts, attributes);
    if (typed.value !== undefined) {
      const { type, data } = typed.value;
      state.budget.spend("foldedBytes", data.byteLength, place);
      return addFolded(state, node.name, { name, type, source: { kind: "data", data } });
    }
    const fold = (): Constant | undefined => folded(state, name, op, shown, typed);
    const kept = keptSteps(op, shown, typed.type);
    const constant = kept === undefined ? fold() : undefined;
    if (constant !== undefined) return addFolded(state, node.name, constant);
    const inputs = shown.map((known) => known?.operand);
    state.nodes.push({ name: node.name, op: node.op, inputs, ...typed } as unknown as Node);
    const { type } = typed;
    const known = { operand: `%${node.name}`, type } as const;
    state.known.set(known.operand, kept ? keptKnown(node.name, type, kept, fold) : known);
  });
}

/** The constant that a node's value is; undefined where it varies, or computing it is beyond the budget. */
function folded(
  { read, budget }: Inference,
  name: string,
  op: Op,
  operands: readonly (Known | undefined)[],
  { attributes, type }: { readonly attributes: AnyAttributes; readonly type: TensorType },
): Constant | undefined {
  const constants = operands.some(varies)
    ? (["variable"] as const)
    : operands.map((known) => known && (known.constant ?? "variable"));
  return foldNode(name, op, constants, attributes, type, read, budget);
}

function factOf(state: Inference, known: Known): Fact {
  const { type } = known;
  const constant = elementCount(type.dims) > FACT_ELEMENTS ? undefined : known.constant;
  const value = constant && state.read(constant);
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
  state: Inference,
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
    if (value === undefined) return rejectVariable(state, node.inputs[i]!, name);
    return [[becomes, operandAttribute(op, becomes, value)] as const];
  });
  return entries.length === 0
    ? node.attributes
    : { ...node.attributes, ...Object.fromEntries(entries) };
}
