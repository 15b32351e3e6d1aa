/** What has been read of a model so far, and what is known of its values. */
import { fail, type Problem } from "../../base/error.js";
import type { ReadFile } from "../../graph/constants.js";
import type {
  Constant,
  ConstantSource,
  DefinitionInput,
  DefinitionNode,
  Operand,
  Output,
} from "../../graph/definition.js";
import { freshName } from "../../graph/names.js";
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
import type { Layer, Value } from "./importSite.js";
import { importTensor } from "./importTensor.js";
import type { OnnxFunction, OnnxTensor } from "../../onnx/messages.js";

export interface ReadOnnxOptions extends Bindings {
  /** Bytes of the files that tensors lie in; paths are relative to the model's folder. */
  readonly readFile?: ReadFile;
  /** What the model is called; by default what its graph is. */
  readonly name?: string;
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
  readonly options: ReadOnnxOptions;
  readonly draft: Draft;
  /** By domain, name and overload. */
  readonly functions: ReadonlyMap<string, OnnxFunction>;
  readonly problems: Problem[];
  readonly valueNames: Set<string>;
  readonly constants: Map<string, Constant>;
  /** Started when something asks for a type. */
  inference: Inference | undefined;
  /** How many of the draft's nodes and constants the inference has seen. */
  seenNodes: number;
  seenConstants: number;
  /** Nodes read, those of functions once for every call. */
  nodesRead: number;
}

/** The names that a graph, a branch or a function's body may use. */
export interface Scope {
  /** `unknown`: the value has a problem, which was reported where it arose. */
  readonly values: Map<string, Operand | "unknown">;
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
  if (typeof value === "string") return value;
  const before = placed.get(value);
  if (before !== undefined) return before;
  const operand: Operand =
    "data" in value
      ? addConstant(importer, name, value.type, { kind: "data", data: value.data })
      : addLayer(importer, value, name, placed);
  placed.set(value, operand);
  return operand;
}

function addLayer(
  importer: Importer,
  { op, inputs, attributes }: Layer,
  name: string,
  placed: Map<Layer | Tensor, Operand>,
): Operand {
  const own = freshName(name, (other) => importer.valueNames.has(other));
  importer.valueNames.add(own);
  const operands = inputs.map((input) => {
    if (input === undefined || typeof input === "string") return input;
    const part = "data" in input ? "constant" : input.op;
    return addValue(importer, input, `${name}.${part}`, placed);
  });
  importer.draft.nodes.push({ name: own, op, inputs: operands, attributes });
  return `%${own}`;
}

export function addConstant(
  importer: Importer,
  name: string,
  type: TensorType,
  source: ConstantSource,
): Operand {
  const own = freshName(name === "" ? "constant" : name, (other) => importer.constants.has(other));
  const constant = { name: own, type, source };
  importer.constants.set(own, constant);
  importer.draft.constants.push(constant);
  return `@${own}`;
}

/** What a name stands for; undefined where nothing has it. */
export function lookUp(
  importer: Importer,
  scope: Scope,
  name: string,
): Operand | "unknown" | undefined {
  for (let at: Scope | undefined = scope; at !== undefined; at = at.outer) {
    const value = at.values.get(name);
    if (value !== undefined) return value;
    const initializer = at.initializers.get(name);
    if (initializer === undefined) continue;
    const operand = collect(importer.problems, { node: name }, () => {
      const { type, source } = importTensor(initializer, importer.options.readFile);
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
    inference.constantNames.add(constant.name);
    inferConstant(inference, constant);
  }
  for (; importer.seenNodes < draft.nodes.length; importer.seenNodes++) {
    const node = draft.nodes[importer.seenNodes]!;
    inference.declared.add(`%${node.name}`);
    inferOne(inference, node);
  }
  return inference;
}

/** Large networks have some thousands of nodes; functions that call functions make a small file larger than that. */
const MOST_NODES = 2 ** 14;

/** Throws CompileError `too-large` where functions make more nodes than any network has. */
export function countNode(importer: Importer): void {
  if (++importer.nodesRead > MOST_NODES) fail("too-large", TOO_MANY_NODES);
}

/** That problem alone, where there is it: nothing else of such a model is worth reading. */
export function checkNodeCount({ nodesRead }: Importer): void {
  if (nodesRead > MOST_NODES) fail("too-large", TOO_MANY_NODES);
}

const TOO_MANY_NODES = `the model has more than ${MOST_NODES} nodes once its functions are inlined`;
