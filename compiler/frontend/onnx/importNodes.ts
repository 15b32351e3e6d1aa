/** Reads nodes of ONNX in whatever order they are, into branches and functions. */
import type { Site } from "../../base/budget.js";
import { fail, type ProblemCode } from "../../base/error.js";
import { collect } from "../../graph/typing.js";
import type { OnnxAttribute, OnnxFunction, OnnxGraph, OnnxNode } from "../../onnx/messages.js";
import { resolveReferences } from "./importAttributes.js";
import { importIf } from "./importBranch.js";
import { importLoop } from "./importLoop.js";
import { buildNode } from "./importNode.js";
import { isStandard, readingOrder, titleOf, type ReadingOrder, type Step } from "./importOrder.js";
import { countNode, lookUp, type Found, type Importer, type Scope } from "./importState.js";

const DEEPEST = 32;

/** Reads what `wanted` needs of the nodes into the scope's values. */
export function importNodes(
  importer: Importer,
  scope: Scope,
  nodes: readonly OnnxNode[],
  wanted: readonly string[],
): void {
  const taken = (name: string): boolean => scope.values.has(name) || scope.initializers.has(name);
  followOrder(importer, scope, readingOrder(nodes, wanted, taken, importer.functions));
}

function followOrder(importer: Importer, scope: Scope, order: ReadingOrder): void {
  for (const problem of order.problems) importer.problems.push(problem);
  for (const name of order.cyclic) scope.values.set(name, "unknown");
  for (const step of order.steps) {
    const { node, used } = step;
    const site = { node: `${scope.prefix}${titleOf(node)}`, op: node.opType };
    countNode(importer, node.input.length, site);
    if (node.output.some((output) => scope.values.has(output))) continue;
    const results = importNode(importer, scope, step);
    node.output.forEach((output, i) => {
      if (used[i]) scope.values.set(output, results[i] ?? "unknown");
    });
  }
}

/** What our ops call otherwise. */
const ONNX_NAMES: Readonly<Record<string, string>> = {
  kernel: "kernel_shape",
  groups: "group",
  outputPads: "output_padding",
  ceilMode: "ceil_mode",
  countIncludePad: "count_include_pad",
  batchDims: "batch_dims",
  blockSize: "blocksize",
  permutation: "perm",
  keepDims: "keepdims",
};

/** The values of a node's outputs; those missing have problems. */
function importNode(
  importer: Importer,
  scope: Scope,
  { node, used, called }: Step,
): readonly (Found | undefined)[] {
  const place = { node: `${scope.prefix}${titleOf(node)}`, op: node.opType };
  importer.options.onNode?.(place);
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
    if (called !== undefined) return callFunction(importer, scope, node, called, inputs, used);
    if (isStandard(node.domain) && node.opType === "If")
      return importIf(importer, scope, node, inputs[0], used, (side) =>
        readSide(importer, scope, node, side),
      );
    if (isStandard(node.domain) && (node.opType === "Loop" || node.opType === "Scan"))
      return importLoop(importer, scope, node, inputs, (graph, values, prefix) =>
        readGraph(importer, scope, graph, { values: new Map(values), prefix }),
      );
    return buildNode(importer, scope, node, inputs, used);
  };
  const { reading } = importer;
  importer.reading = { ...place, attributes: ONNX_NAMES };
  const results = collect(importer.problems, place, run);
  if (results === undefined) lookInside(importer, scope, node, place);
  importer.reading = reading;
  return results ?? [];
}

/** What a graph inside a node returns, its own scope inside that of the node. */
function readGraph(
  importer: Importer,
  scope: Scope,
  graph: OnnxGraph,
  own: Partial<Scope> = {},
): readonly Found[] {
  const inner = innerScope(scope, { outer: scope, initializers: initializersOf(graph), ...own });
  const outputs = graph.output.map(({ name }) => name);
  importer.seenGraphs.add(graph);
  importNodes(importer, inner, graph.node, outputs);
  return outputs.map((name) => returned(importer, inner, name));
}

function readSide(
  importer: Importer,
  scope: Scope,
  node: OnnxNode,
  attribute: string,
): readonly Found[] {
  const graph = node.attribute.find(({ name }) => name === attribute)?.g;
  if (graph === undefined) return fail("bad-attribute", `attribute ${attribute} is missing`);
  checkResults(
    node,
    graph.output.map(({ name }) => name),
  );
  return readGraph(importer, scope, graph);
}

/** What is wrong with a value where others are what they should be: of no meaning where nothing is known of them. */
const OF_VALUES: ReadonlySet<ProblemCode> = new Set<ProblemCode>([
  "shape-mismatch",
  "type-mismatch",
  "bad-dimension",
  "unbound-dimension",
  "needs-constant",
]);

/** Reports what the graphs inside a node that cannot be read have wrong whatever they are given. */
function lookInside(importer: Importer, scope: Scope, node: OnnxNode, place: Site): void {
  const { problems, draft } = importer;
  const [known, nodes] = [problems.length, draft.nodes.length];
  const inferred = importer.inference?.problems.length ?? 0;
  for (const { g: graph } of node.attribute) {
    if (graph === undefined || importer.seenGraphs.has(graph)) continue;
    const values = new Map(graph.input.map(({ name }) => [name, "unknown" as const]));
    collect(problems, place, () => readGraph(importer, scope, graph, { values }));
  }
  problems.push(...problems.splice(known).filter(({ code }) => !OF_VALUES.has(code)));
  importer.inference?.problems.splice(inferred);
  draft.nodes.splice(nodes);
  importer.seenNodes = Math.min(importer.seenNodes, nodes);
}

/** A branch or a function returns as many values as its node names. */
function checkResults(node: OnnxNode, outputs: readonly string[]): void {
  const named = 1 + node.output.findLastIndex((name) => name !== "");
  const found = outputs.length;
  if (named <= found) return;
  const verb = named === 1 ? "is" : "are";
  fail("unknown-operand", `it returns ${found} values, and ${named} ${verb} named`);
}

/** What a branch or a function returns by this name. Throws CompileError `unknown-operand`. */
function returned(importer: Importer, inner: Scope, name: string): Found {
  const found = lookUp(importer, inner, name);
  return found ?? fail("unknown-operand", `nothing in it has the name '${name}', which it returns`);
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
  checkResults(node, called.output);
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
  const absent = called.input.map((_, i) => inputs[i] === undefined);
  followOrder(importer, inner, bodyOrder(importer, called, absent, used));
  return called.output.map((name, i) => (used[i] ? returned(importer, inner, name) : undefined));
}

/** The order of a function's body, which is that of the last call that gave and read as much. */
function bodyOrder(
  { functions, bodies }: Importer,
  called: OnnxFunction,
  absent: readonly boolean[],
  used: readonly boolean[],
): ReadingOrder {
  const orders = bodies.get(called) ?? new Map<string, ReadingOrder>();
  bodies.set(called, orders);
  const key = [absent, used].map((flags) => flags.map(Number).join("")).join(" ");
  const before = orders.get(key);
  if (before !== undefined) return before;
  const left = new Set(called.input.filter((_, i) => absent[i]));
  const given = new Set(called.input.filter((_, i) => !absent[i]));
  const wanted = called.output.filter((_, i) => used[i]);
  const nodes = withoutInputs(called.node, left);
  const order = readingOrder(nodes, wanted, (name) => given.has(name), functions);
  orders.set(key, order);
  return order;
}

/** An input of a function that its caller leaves out is left out of the nodes that would read it. */
function withoutInputs(
  nodes: readonly OnnxNode[],
  absent: ReadonlySet<string>,
): readonly OnnxNode[] {
  if (absent.size === 0) return nodes;
  return nodes.map((node) => ({
    ...node,
    input: node.input.map((name) => (absent.has(name) ? "" : name)),
  }));
}

export function opsetsOf(
  list: readonly { readonly domain: string; readonly version: bigint }[],
): Map<string, number> {
  return new Map(
    list.map(({ domain, version }) => [isStandard(domain) ? "" : domain, Number(version)]),
  );
}
