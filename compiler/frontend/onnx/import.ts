/** Reads an ONNX model as a Definition, and says everything that keeps it from being one. */
import { withBudget } from "../../base/budget.js";
import { CompileError, fail, type Problem } from "../../base/error.js";
import type { Definition, Dim, Operand } from "../../graph/definition.js";
import { namesOf } from "../../graph/names.js";
import { collect } from "../../graph/typing.js";
import type { DType } from "../../base/tensor.js";
import { decodeModel } from "../../onnx/decode.js";
import { elementType, exactType } from "../../onnx/elementTypes.js";
import { addBoundedOutput } from "./bounds.js";
import { portType, storedInput, storedOutput } from "./halves.js";
import { saturatedNumber } from "./importAttributes.js";
import { isOperand, shownGiven } from "./importNode.js";
import { importNodes, initializersOf, opsetsOf } from "./importNodes.js";
import { functionKey } from "./importOrder.js";
import { endsOf, type End } from "./importOutputs.js";
import {
  inferDraft,
  lookUp,
  type Importer,
  type ReadOnnxOptions,
  type Scope,
} from "./importState.js";
import type { OnnxGraph, OnnxModel, OnnxValueInfo } from "../../onnx/messages.js";

export type { ReadOnnxOptions } from "./importState.js";

/** The newest opset whose ops are known. Of those before 7 only ops are read that have not changed since. */
export const NEWEST_OPSET = 28;

/**
 * The Definition that a .onnx file holds. Sizes and values of inputs matter where the model asks for them
 * itself (a branch that depends on a shape); give them here and when it is compiled. Throws CompileError
 * with every problem there is, or with the first thing that is beyond the budget.
 */
export function readOnnx(bytes: Uint8Array, given: ReadOnnxOptions = {}): Definition {
  const options = withBudget(given);
  options.budget.receive("the model", bytes.length);
  const model = decodeModel(bytes);
  const { graph } = model;
  if (graph === undefined) return fail("bad-file", "not an ONNX model: it has no graph");
  const opsets = checkedOpsets(model);
  const importer = newImporter(model, options.name ?? graph.name, options);
  const scope: Scope = {
    values: new Map(),
    initializers: initializersOf(graph),
    opsets,
    formal: new Map(),
    prefix: "",
    depth: 0,
  };
  checkInitializers(importer, graph);
  for (const input of graph.input) addInput(importer, scope, input);
  const ends = endsOf(graph, options.outputs ?? [], importer.problems);
  const outputs = ends.map(({ name }) => name);
  if (outputs.length === 0) {
    importer.problems.push({ code: "no-output", message: "the model returns nothing" });
  }
  importNodes(importer, scope, graph.node, outputs);
  for (const output of ends) addOutput(importer, scope, output);
  if (importer.problems.length > 0) {
    const { problems } = inferDraft(importer);
    throw new CompileError(grouped([...importer.problems, ...problems]));
  }
  if (importer.draft.outputs.length < outputs.length) {
    throw new CompileError(grouped(inferDraft(importer).problems));
  }
  return importer.draft;
}

/** Inputs that a model asks for, in order, whatever else is in it. Throws CompileError `bad-file`. */
export function readOnnxInputs(
  bytes: Uint8Array,
  options: Pick<ReadOnnxOptions, "ports"> = {},
): readonly { readonly name: string; readonly dtype?: DType; readonly dims?: readonly Dim[] }[] {
  const { graph } = decodeModel(bytes);
  const known = new Set(graph?.initializer.map(({ name }) => name));
  return (graph?.input ?? []).flatMap(({ name, type }) => {
    if (known.has(name)) return [];
    const { elemType = 0, shape } = type?.tensorType ?? {};
    const { dtype, exact } = elementType(elemType);
    const dims = shape?.dim.map((dim, i) => dimOf(dim, name, i));
    return [
      { name, ...(exact && { dtype: portType({ options }, dtype!) }), ...(dims && { dims }) },
    ];
  });
}

function newImporter(model: OnnxModel, name: string, options: Importer["options"]): Importer {
  return {
    options,
    draft: {
      name: name === "" ? "model" : name,
      inputs: [],
      nodes: [],
      outputs: [],
      constants: [],
    },
    functions: new Map(
      model.functions.map((one) => [functionKey(one.domain, one.name, one.overload), one]),
    ),
    bodies: new Map(),
    seenGraphs: new Set(),
    reading: undefined,
    problems: [],
    valueNames: namesOf([]),
    constantNames: namesOf([]),
    constants: new Map(),
    bounds: new Map(),
    masks: new Map(),
    outputNames: namesOf(model.graph!.output.map((output) => output.name)),
    inference: undefined,
    seenNodes: 0,
    seenConstants: 0,
    nodesRead: 0,
  };
}

function checkedOpsets({ opsetImport, irVersion }: OnnxModel): Map<string, number> {
  const opsets = opsetsOf(opsetImport);
  const opset = opsets.get("") ?? (irVersion < 3n ? 1 : undefined);
  if (opset === undefined) return opsets;
  if (opset > NEWEST_OPSET) {
    fail("unsupported", `the model is of opset ${opset}, the newest known is ${NEWEST_OPSET}`, {
      hint: "export it for an older opset, or use a newer Tilewright",
    });
  }
  return opsets;
}

function checkInitializers(importer: Importer, graph: OnnxGraph): void {
  const seen = new Set<string>();
  for (const { name } of graph.initializer) {
    if (seen.has(name)) {
      const message = "more than one initializer has this name";
      importer.problems.push({ code: "duplicate-name", message, node: name });
    }
    seen.add(name);
  }
  for (const { values } of graph.sparseInitializer) {
    const message = "sparse initializers are not supported";
    const hint = "save it as a dense one";
    importer.problems.push({ code: "unsupported", message, hint, node: values?.name ?? "" });
  }
}

/** An input that has a value already is a constant, as files of IR version 3 have it. */
function addInput(importer: Importer, scope: Scope, input: OnnxValueInfo): void {
  const { name } = input;
  if (scope.initializers.has(name)) return;
  if (scope.values.has(name) || name === "") {
    const problem: Problem =
      name === ""
        ? { code: "bad-name", message: "an input has an empty name" }
        : { code: "duplicate-name", message: "two inputs have this name", node: name };
    importer.problems.push(problem);
    return;
  }
  const operand = collect(importer.problems, { node: name }, (): Operand => {
    const declared = exactType(tensorTypeOf(input).elemType, "input");
    const dims = inputDims(importer.options, input);
    importer.draft.inputs.push({ name, dtype: portType(importer, declared), dims });
    importer.valueNames.taken.add(name);
    return storedInput(importer, name, declared);
  });
  scope.values.set(name, operand ?? "unknown");
}

function tensorTypeOf({ type }: OnnxValueInfo) {
  return (
    type?.tensorType ??
    fail("unsupported", "is a sequence, map or optional value, or has no type", {
      hint: "pass the tensors themselves as inputs",
    })
  );
}

/** Dims without a size or name get a name of their own. */
function inputDims(options: ReadOnnxOptions, input: OnnxValueInfo): Dim[] {
  const { name } = input;
  const { shape } = tensorTypeOf(input);
  if (shape !== undefined) return shape.dim.map((dim, i) => dimOf(dim, name, i));
  const given = options.values?.get(name)?.type.dims ?? ownEntry(options.shapes ?? {}, name);
  if (given !== undefined) return [...given];
  return fail("unbound-dimension", "the model does not say how many dimensions it has", {
    hint: `give its shape with --shape ${name}=…`,
  });
}

function dimOf(
  { dimValue, dimParam }: { readonly dimValue: bigint; readonly dimParam: string },
  input: string,
  i: number,
): Dim {
  if (dimParam !== "") return dimParam;
  return dimValue > 0n ? saturatedNumber(dimValue) : `${input}_dim_${i}`;
}

function ownEntry<T>(record: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}

/** Dims that outputs are declared to have are hints; element types are not, but for the widths of floats. */
function addOutput(importer: Importer, scope: Scope, output: End): void {
  const { name, type } = output;
  collect(importer.problems, { node: name }, () => {
    const declared = type?.tensorType?.elemType ?? 0;
    const dtype = declared === 0 ? undefined : exactType(declared, "output");
    const value = lookUp(importer, scope, name);
    if (value === undefined) fail("unknown-operand", "no node computes this output");
    if (value === "unknown") return;
    if (!isOperand(value)) {
      const hint = "return its tensors by themselves, or one with ConcatFromSequence";
      return fail("unsupported", `this output is ${shownGiven(value)}`, { hint });
    }
    if (importer.bounds.has(value)) return addBoundedOutput(importer, name, value);
    const shape = type?.tensorType?.shape;
    const dims =
      shape === undefined ? {} : { declared: shape.dim.map((dim, i) => dimOf(dim, name, i)) };
    const stored = storedOutput(importer, name, value, dtype);
    importer.draft.outputs.push({ name, value: stored, ...dims });
  });
}

/** One problem for all nodes that have the same one. */
function grouped(problems: readonly Problem[]): Problem[] {
  const groups = new Map<string, Problem[]>();
  for (const problem of problems) {
    const { code, op, message, hint } = problem;
    const nodeless = op === undefined || problem.node === undefined;
    const key = JSON.stringify([code, op, message, hint, nodeless ? problem.node : undefined]);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [problem]);
    else group.push(problem);
  }
  return [...groups.values()].map((group) => {
    const [first] = group;
    const nodes = [...new Set(group.flatMap(({ node }) => (node === undefined ? [] : [node])))];
    return nodes.length > 1 ? { ...first!, nodes } : first!;
  });
}
