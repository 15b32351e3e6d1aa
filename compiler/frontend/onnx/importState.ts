/** What has been read of a model so far, and what is known of its values. */
import { type Budget, type BudgetOptions, type Site } from "../../base/budget.js";
import type { Problem } from "../../base/error.js";
import type {
  Constant,
  ConstantSource,
  DefinitionInput,
  DefinitionNode,
  NodeSource,
  Operand,
  Output,
} from "../../graph/definition.js";
import { takeName, type Names } from "../../graph/names.js";
import { collect } from "../../graph/typing.js";
import type { Bindings } from "../../infer/bindInputs.js";
import {
  addConstant as inferConstant,
  addInputs,
  inferOne,
  newInference,
  type Inference,
  type Known,
} from "../../infer/inference.js";
import type { Tensor, TensorType } from "../../base/tensor.js";
import type { FormalAttributes } from "./importAttributes.js";
import type { Functions, ReadingOrder } from "./importOrder.js";
import type { Bound, Given, Layer, Value } from "./importSite.js";
import { importTensor } from "./importTensor.js";
import type { OnnxFunction, OnnxGraph, OnnxTensor } from "../../onnx/messages.js";

export interface ReadOnnxOptions extends Bindings, BudgetOptions {
  /** What the model is called; by default what its graph is. */
  readonly name?: string;
  /** `exact` rounds to 16 bits wherever the file stores f16 or bf16; otherwise what is computed stays f32. */
  readonly half?: "exact" | undefined;
  /** `f32` makes inputs and outputs f32 that are f16, bf16 or f64 in the file. */
  readonly ports?: "f32" | undefined;
  /** Called for every node that is read, those inside others and in functions once for each time. */
  readonly onNode?: (place: NodeSource) => void;
  /** Values of the file that it ends at; by default its own outputs. */
  readonly outputs?: readonly string[];
}

/** A Definition that grows. */
export interface Draft {
  readonly name: string;
  readonly inputs: DefinitionInput[];
  readonly nodes: DefinitionNode[];
  readonly outputs: Output[];
  readonly constants: Constant[];
}

export interface Importer {
  readonly options: ReadOnnxOptions & { readonly budget: Budget };
  readonly draft: Draft;
  /** By domain, name and overload. */
  readonly functions: Functions;
  readonly problems: Problem[];
  /** The orders of functions' bodies, by which inputs are left out and which outputs are read. */
  readonly bodies: Map<OnnxFunction, Map<string, ReadingOrder>>;
  /** Graphs inside nodes that were read: where a node has a problem, those that were not are looked into. */
  readonly seenGraphs: Set<OnnxGraph>;
  /** The node that is being read. */
  reading: NodeSource | undefined;
  readonly valueNames: Names;
  readonly constantNames: Names;
  readonly constants: Map<string, Constant>;
  /** Of values that have as many rows as a run finds. */
  readonly bounds: Map<Operand, Bound>;
  /** What says which rows are there, by how it is computed: the same for all that are chosen alike. */
  readonly masks: Map<string, Operand>;
  readonly outputNames: Names;
  /** Started when something asks for a type. */
  inference: Inference | undefined;
  /** How many of the draft's nodes and constants the inference has seen. */
  seenNodes: number;
  seenConstants: number;
  /** Nodes read, with their operands, those of functions once for every call. */
  nodesRead: number;
}

/** What a name stands for. `unknown`: the value has a problem, which was reported where it arose. */
export type Found = Given | "unknown";

/** The names that a graph, a branch or a function's body may use. */
export interface Scope {
  readonly values: Map<string, Found>;
  /** Read when they are used. */
  readonly initializers: ReadonlyMap<string, OnnxTensor>;
  readonly outer?: Scope;
  readonly opsets: ReadonlyMap<string, number>;
  readonly formal: FormalAttributes;
  /** Before the names of nodes. */
  readonly prefix: string;
  readonly depth: number;
}

/** Adds a layer or a constant, and those it needs, and returns its operand. */
export function addValue(
  importer: Importer,
  value: Value,
  name: string,
  placed: Map<Layer | Tensor, Operand>,
): Operand {
  const open: Placing[] = [];
  const place = (one: Value, base: string): void => {
    if (typeof one === "string" || placed.has(one)) return;
    if ("data" in one) {
      importer.options.budget.spend("bytes", one.data.byteLength, { node: name });
      placed.set(one, addConstant(importer, base, one.type, { kind: "data", data: one.data }));
      return;
    }
    if (open.length > 0)
      countNode(importer, one.inputs.length, importer.reading ?? { node: name, op: one.op });
    open.push({ layer: one, base, own: takeName(importer.valueNames, base), next: 0 });
  };
  const operandOf = (one: Value | undefined): Operand | undefined =>
    typeof one === "object" ? placed.get(one)! : one;
  place(value, name);
  for (let top = open.at(-1); top !== undefined; top = open.at(-1)) {
    const { op, inputs, attributes } = top.layer;
    if (top.next < inputs.length) {
      const input = inputs[top.next++];
      if (input !== undefined) place(input, partName(top, input));
      continue;
    }
    const node = { name: top.own, op, inputs: inputs.map(operandOf), attributes };
    const { reading: source } = importer;
    importer.draft.nodes.push(source === undefined ? node : { ...node, source });
    placed.set(top.layer, `%${top.own}`);
    open.pop();
  }
  return operandOf(value)!;
}

/** A layer on its way into the draft: after its operands, however many lie one inside the other. */
interface Placing {
  readonly layer: Layer;
  readonly base: string;
  readonly own: string;
  next: number;
}

/** Of s = add(add(add(a, b), c), d) the parts are s.add and s.add.1: names are not as long as sums are. */
function partName({ layer, base }: Placing, input: Value): string {
  const part = typeof input === "object" && "op" in input ? input.op : "constant";
  return part === layer.op && base.endsWith(`.${part}`) ? base : `${base}.${part}`;
}

function addConstant(
  importer: Importer,
  name: string,
  type: TensorType,
  source: ConstantSource,
): Operand {
  const own = takeName(importer.constantNames, name === "" ? "constant" : name);
  const constant = { name: own, type, source };
  importer.constants.set(own, constant);
  importer.draft.constants.push(constant);
  return `@${own}`;
}

/** What a name stands for; undefined where nothing has it. */
export function lookUp(importer: Importer, scope: Scope, name: string): Found | undefined {
  const { readFile, budget } = importer.options;
  for (let at: Scope | undefined = scope; at !== undefined; at = at.outer) {
    const value = at.values.get(name);
    if (value !== undefined) return value;
    const initializer = at.initializers.get(name);
    if (initializer === undefined) continue;
    const operand = collect(importer.problems, { node: name }, () => {
      const { type, source } = importTensor(initializer, readFile, budget);
      return addConstant(importer, name, type, source);
    });
    at.values.set(name, operand ?? "unknown");
    return operand ?? "unknown";
  }
  return undefined;
}

/** What is known of an operand at the sizes given: everything before it is typed, once. */
export function knownOf(importer: Importer, operand: Operand): Known | undefined {
  const inference = inferDraft(importer);
  return inference.known.get(operand);
}

/** The inference, up to the last node read. */
export function inferDraft(importer: Importer): Inference {
  const { draft, options } = importer;
  if (importer.inference === undefined) {
    importer.inference = newInference(draft, options);
    addInputs(importer.inference, options);
  }
  const { inference } = importer;
  for (; importer.seenConstants < draft.constants.length; importer.seenConstants++) {
    const constant = draft.constants[importer.seenConstants]!;
    inference.declared.add(`@${constant.name}`);
    inference.constantNames.taken.add(constant.name);
    inferConstant(inference, constant);
  }
  for (; importer.seenNodes < draft.nodes.length; importer.seenNodes++) {
    const node = draft.nodes[importer.seenNodes]!;
    inference.declared.add(`%${node.name}`);
    inferOne(inference, node);
  }
  return inference;
}

/** Throws CompileError `over-budget` where functions make more nodes than the budget has; nodes not read by any other count, too. */
export function countNode(importer: Importer, operands: number, site: Site): void {
  importer.nodesRead += 1 + operands;
  importer.options.budget.hold("nodes", importer.nodesRead, site);
}
