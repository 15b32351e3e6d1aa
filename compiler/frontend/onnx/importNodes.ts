/** Reads nodes of ONNX in whatever order they are: through the table of ops, into branches and functions. */
import { CompileError, fail, type Problem } from "../../base/error.js";
import { constantTensor } from "../../graph/constants.js";
import type { Constant, Operand } from "../../graph/definition.js";
import { liveNodes, sortNodes } from "../../graph/order.js";
import { collect } from "../../graph/typing.js";
import { rejectVariable } from "../../infer/operandAttributes.js";
import { suggestion } from "../../base/suggest.js";
import { elementCount, type Tensor } from "../../base/tensor.js";
import { readOnnxAttributes, resolveReferences } from "./importAttributes.js";
import type { Layer, Row, Site, Value, Version } from "./importSite.js";
import { addValue, countNode, knownOf, lookUp, type Importer, type Scope } from "./importState.js";
import type { OnnxAttribute, OnnxFunction, OnnxGraph, OnnxNode } from "../../onnx/messages.js";
import { findRow, rowNames } from "./ops.js";
import { insteadOf } from "./unsupportedOps.js";

type Found = Operand | "unknown";

const DEEPEST = 32;
/** Rows look at constants of at most this many elements. */
const SHOWN_ELEMENTS = 4096;

/** Reads what `wanted` needs of the nodes into the scope's values. */
export function importNodes(
  importer: Importer,
  scope: Scope,
  nodes: readonly OnnxNode[],
  wanted: readonly string[],
): void {
  const producers = new Map<string, number>();
  nodes.forEach((node, i) => {
    for (const output of node.output) {
      if (output === "") continue;
      const taken = producers.has(output) || scope.values.has(output);
      if (taken || scope.initializers.has(output)) {
        const message = "more than one node, input or initializer has this value's name";
        importer.problems.push({ code: "duplicate-name", message, node: output });
      } else producers.set(output, i);
    }
  });
  const operandOf = (name: string): Operand[] => {
    const producer = producers.get(name);
    return producer === undefined ? [] : [`%${producer}`];
  };
  const readers = nodes.map((node, i) => ({
    name: String(i),
    inputs: [...new Set(namesRead(node))].flatMap(operandOf),
  }));
  const { nodes: sorted, cycles } = sortNodes(liveNodes(readers, wanted.flatMap(operandOf)));
  for (const cycle of cycles) {
    const members = cycle.map((i) => nodes[Number(i)]!);
    importer.problems.push(cycleProblem(members));
    for (const { output } of members) for (const name of output) scope.values.set(name, "unknown");
  }
  const read = new Set([
    ...wanted,
    ...sorted.flatMap(({ name }) => namesRead(nodes[Number(name)]!)),
  ]);
  for (const { name } of sorted) {
    const node = nodes[Number(name)]!;
    countNode(importer);
    const used = node.output.map((output) => output !== "" && read.has(output));
    if (node.output.some((output) => scope.values.has(output))) continue;
    const results = importNode(importer, scope, node, used);
    node.output.forEach((output, i) => {
      if (used[i]) scope.values.set(output, results[i] ?? "unknown");
    });
  }
}

/** Names of the values that a node and the graphs inside it read. */
function namesRead(node: OnnxNode): string[] {
  const names = node.input.filter((name) => name !== "");
  for (const { g } of node.attribute) {
    if (g === undefined) continue;
    for (const inner of g.node) names.push(...namesRead(inner));
    for (const { name } of g.output) names.push(name);
  }
  return names;
}

function cycleProblem(nodes: readonly OnnxNode[]): Problem {
  const shown = nodes.slice(0, 8).map((node) => `'${titleOf(node)}'`);
  const more = nodes.length > 8 ? ` … (${nodes.length} nodes)` : "";
  const message = `each needs the next: ${shown.join(" -> ")}${more} -> ${shown[0]}`;
  return { code: "cycle", message, node: titleOf(nodes[0]!) };
}

/** Nodes may have no name; their values always have. */
function titleOf(node: OnnxNode): string {
  return node.name === "" ? (node.output.find((output) => output !== "") ?? "") : node.name;
}

/** The values of a node's outputs; those missing have problems. */
function importNode(
  importer: Importer,
  scope: Scope,
  node: OnnxNode,
  used: readonly boolean[],
): readonly (Found | undefined)[] {
  const place = { node: `${scope.prefix}${titleOf(node)}`, op: node.opType };
  const before = importer.problems.length;
  const inputs = node.input.map((name): Found | undefined => {
    if (name === "") return undefined;
    const found = lookUp(importer, scope, name);
    if (found !== undefined) return found;
    const message = `nothing in the model has the name '${name}'`;
    if (importer.problems.length === before) {
      importer.problems.push({ code: "unknown-operand", message, ...place });
    }
    return "unknown";
  });
  const run = (): readonly (Found | undefined)[] => {
    const called = importer.functions.get(functionKey(node.domain, node.opType, node.overload));
    if (called !== undefined) return callFunction(importer, scope, node, called, inputs, used);
    if (standard(node.domain) && node.opType === "If")
      return importIf(importer, scope, node, inputs);
    return buildNode(importer, scope, node, inputs, used);
  };
  return collect(importer.problems, place, run) ?? [];
}

export function functionKey(domain: string, name: string, overload: string): string {
  return JSON.stringify([standard(domain) ? "" : domain, name, overload]);
}

function standard(domain: string): boolean {
  return domain === "" || domain === "ai.onnx";
}

function buildNode(
  importer: Importer,
  scope: Scope,
  node: OnnxNode,
  inputs: readonly (Found | undefined)[],
  used: readonly boolean[],
): (Operand | undefined)[] {
  const row = rowOf(node);
  const opset = scope.opsets.get("") ?? 1;
  const version = versionAt(node.opType, row, opset);
  checkArity(node, row, used);
  const given = resolveReferences(node.attribute, scope.formal);
  const { readFile } = importer.options;
  const attributes = readOnnxAttributes(node.opType, row, version, given, readFile);
  const operands = inputs.filter((input) => input !== "unknown");
  if (operands.length < inputs.length) throw new CompileError([]);
  const result = row.build({ ...siteOf(importer, operands, row.inputs), opset, attributes, used });
  const values = (Array.isArray(result) ? result : [result]) as readonly (Value | undefined)[];
  const placed = new Map<Layer | Tensor, Operand>();
  const first = used.indexOf(true);
  return values.map((value, i) => {
    if (!used[i] || value === undefined) return undefined;
    const own = i === first ? titleOf(node) : node.output[i]!;
    return addValue(importer, value, `${scope.prefix}${own}`, placed);
  });
}

function versionAt(opType: string, { versions, until }: Row, opset: number): Version {
  if (until !== undefined && opset >= until) {
    const hint = `mark the model as of opset ${until - 1}, or use an op that took its place`;
    return fail("unsupported", `${opType} is not in ONNX since opset ${until}`, { hint });
  }
  const version = versions.findLast(({ since }) => since <= opset);
  if (version !== undefined) return version;
  const hint = `convert the model to opset ${versions[0]!.since} or newer`;
  return fail("unsupported", `${opType} of opset ${opset} is not supported`, { hint });
}

function rowOf({ domain, opType }: OnnxNode): Row {
  if (!standard(domain)) {
    return fail("unknown-op", `${domain}.${opType} is not an op of ONNX itself`, {
      hint: "export without ops of one runtime, or with a function for it in the model",
    });
  }
  const row = findRow(opType);
  if (row !== undefined) return row;
  const hint = insteadOf(opType);
  const near = hint === undefined ? suggestion(opType, rowNames()) : { hint };
  return fail("unknown-op", `${opType} is not supported`, near);
}

function checkArity({ opType, input, output }: OnnxNode, row: Row, used: readonly boolean[]): void {
  const { inputs, outputs = 1 } = row;
  const takes = `${opType} takes (${inputs.join(", ")})`;
  const most = inputs.at(-1)?.endsWith("…") === true ? Infinity : inputs.length;
  const last = input.findLastIndex((name) => name !== "");
  if (last >= most) fail("extra-input", `${input.length} inputs: ${takes}`);
  const missing = inputs.find((name, i) => !name.endsWith("?") && (input[i] ?? "") === "");
  if (missing !== undefined) fail("missing-input", `input ${missing} is missing: ${takes}`);
  const beyond = used.findIndex((one, i) => one && i >= outputs);
  if (beyond >= 0) {
    fail("unsupported", `output ${beyond} ('${output[beyond]!}') of ${opType} is not computed`);
  }
}

function siteOf(
  importer: Importer,
  inputs: readonly (Operand | undefined)[],
  names: readonly string[],
): Omit<Site, "opset" | "attributes" | "used"> {
  const { readFile } = importer.options;
  const known = (input: number) => {
    const found = knownOf(importer, inputs[input]!);
    if (found === undefined) throw new CompileError([]);
    return found;
  };
  const given = (input: number): Constant | undefined => {
    const operand = inputs[input];
    return operand?.startsWith("@") ? importer.constants.get(operand.slice(1)) : undefined;
  };
  return {
    inputs,
    constant(input) {
      const constant = given(input);
      if (constant === undefined || elementCount(constant.type.dims) > SHOWN_ELEMENTS) return;
      return constantTensor(constant, readFile);
    },
    constantType: (input) => given(input)?.type,
    value(input) {
      const constant = given(input) ?? known(input).constant;
      if (constant !== undefined) return constantTensor(constant, readFile);
      const name = names[input]?.replace("?", "") ?? String(input);
      return rejectVariable(importer.draft, inputs[input]!, name);
    },
    type: (input) => known(input).type,
  };
}

/** A branch is read only where it is the one taken: the other may not even have shapes. */
function importIf(
  importer: Importer,
  scope: Scope,
  node: OnnxNode,
  inputs: readonly (Found | undefined)[],
): (Found | undefined)[] {
  const [condition] = inputs;
  if (condition === "unknown") return [];
  if (condition === undefined) return fail("missing-input", "the condition is missing");
  const { data } = siteOf(importer, [condition], ["cond"]).value(0);
  if (data.length !== 1) fail("shape-mismatch", `the condition has ${data.length} values`);
  const branch = Number(data[0]) !== 0 ? "then_branch" : "else_branch";
  const graph = node.attribute.find(({ name }) => name === branch)?.g;
  if (graph === undefined) return fail("bad-attribute", `attribute ${branch} is missing`);
  const inner = innerScope(scope, { outer: scope, initializers: initializersOf(graph) });
  const outputs = graph.output.map(({ name }) => name);
  importNodes(importer, inner, graph.node, outputs);
  return outputs.map((name) => lookUp(importer, inner, name));
}

export function initializersOf({
  initializer,
}: OnnxGraph): Map<string, OnnxGraph["initializer"][number]> {
  return new Map(initializer.map((tensor) => [tensor.name, tensor]));
}

function innerScope(scope: Scope, own: Partial<Scope>): Scope {
  if (scope.depth >= DEEPEST) {
    fail("too-large", `branches and functions are nested more than ${DEEPEST} deep`);
  }
  const { opsets, formal, prefix } = scope;
  const none = { values: new Map(), initializers: new Map() };
  return { ...none, opsets, formal, prefix, ...own, depth: scope.depth + 1 };
}

/** The function's nodes, once more for every call. */
function callFunction(
  importer: Importer,
  scope: Scope,
  node: OnnxNode,
  called: OnnxFunction,
  inputs: readonly (Found | undefined)[],
  used: readonly boolean[],
): (Found | undefined)[] {
  if (inputs.length > called.input.length) {
    fail("extra-input", `${inputs.length} inputs: the function takes ${called.input.length}`);
  }
  const values = new Map<string, Found>();
  called.input.forEach((name, i) => {
    const input = inputs[i];
    if (input !== undefined) values.set(name, input);
  });
  const given = resolveReferences(node.attribute, scope.formal);
  const formal = new Map<string, OnnxAttribute>(
    [...called.attributeProto, ...given].map((attribute) => [attribute.name, attribute]),
  );
  const opsets = called.opsetImport.length === 0 ? scope.opsets : opsetsOf(called.opsetImport);
  const prefix = `${scope.prefix}${titleOf(node)}/`;
  const inner = innerScope(scope, { values, formal, opsets, prefix });
  const wanted = called.output.filter((_, i) => used[i]);
  const absent = called.input.filter((_, i) => inputs[i] === undefined);
  importNodes(importer, inner, withoutInputs(called.node, new Set(absent)), wanted);
  return called.output.map((name, i) => (used[i] ? lookUp(importer, inner, name) : undefined));
}

/** An input of a function that its caller leaves out is left out of the nodes that would read it. */
function withoutInputs(nodes: readonly OnnxNode[], absent: ReadonlySet<string>): OnnxNode[] {
  if (absent.size === 0) return [...nodes];
  return nodes.map((node) => ({
    ...node,
    input: node.input.map((name) => (absent.has(name) ? "" : name)),
  }));
}

export function opsetsOf(
  list: readonly { readonly domain: string; readonly version: bigint }[],
): Map<string, number> {
  return new Map(
    list.map(({ domain, version }) => [standard(domain) ? "" : domain, Number(version)]),
  );
}
