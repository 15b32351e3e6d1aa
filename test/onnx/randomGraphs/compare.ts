/** Compares random graphs with onnxruntime-web: node by node on its values, and whole. */
import type { Graph } from "../../../compiler/graph/graph.js";
import { readOnnx } from "../../../compiler/frontend/onnx/import.js";
import { inferShapes } from "../../../compiler/infer/inferShapes.js";
import type { Tensor } from "../../../compiler/base/tensor.js";
import { differenceOf, ordinaryRms } from "../../support/difference.js";
import type { Engine } from "../../support/engine.js";
import { loadProduct, steadyRun, type Product } from "../../support/product.js";
import { exceptionOf } from "../schemas/exceptions.js";
import type { Operand } from "../schemas/draw.js";
import { allowanceOf, distance } from "../schemas/judge.js";
import { caseInputs, type NodeCase } from "../schemas/nodeCase.js";
import { onPeer } from "./peer.js";
import { differing, spreads, type Tally } from "./spread.js";
import {
  graphInputs,
  graphModel,
  graphOf,
  graphText,
  type GraphNode,
  type Draft,
  type RandomGraph,
} from "./randomGraph.js";

type Outputs = ReadonlyMap<string, Tensor>;

/** A random graph, and the module that it is compiled to. */
interface Compiled {
  readonly graph: RandomGraph;
  /** Before all passes. */
  readonly raw: Graph;
  readonly product: Product;
}

/** What is wrong with a draft's graph; "" where nothing is. */
export async function compareGraph(draft: Draft, engine: Engine, tally: Tally): Promise<string> {
  const graph = graphOf(draft);
  if (graph.nodes.length === 0) return "";
  const wrong = await compileGraph(graph, engine)
    .then((compiled) => wrongGraph(compiled, tally))
    .catch((error: unknown) =>
      error instanceof Error ? (error.stack ?? error.message) : String(error),
    );
  return wrong === "" ? "" : `${engine}: ${wrong}\n${graphText(graph)}`;
}

async function compileGraph(graph: RandomGraph, engine: Engine): Promise<Compiled> {
  const definition = readOnnx(graphModel(graph, graph.outputs));
  return { graph, raw: inferShapes(definition), product: await loadProduct(definition, engine) };
}

/** All that is wrong with a graph. */
async function wrongGraph(compiled: Compiled, tally: Tally): Promise<string> {
  const { graph } = compiled;
  const inputs = graphInputs(graph);
  const theirs = await onPeer(graph, inputs);
  if (theirs === undefined) {
    tally.refused++;
    return "";
  }
  tally.graphs++;
  if ([...theirs.values()].some(beyond32Bits)) return "";
  const operands = graph.operands.map(({ name, tensor }) => [name, tensor!] as const);
  const seen = new Map([...operands, ...theirs]);
  const cases = graph.nodes.map((node) => fed(node, seen));
  const known = cases.map(exceptionOf);
  const wrong = graph.nodes.flatMap((node, i) => {
    const { how, off } = known[i] ?? {};
    if (how === "differs" && off === undefined) return [];
    return wrongNode(cases[i]!, node, theirs, tally, off);
  });
  const excepted = known.filter((one) => one !== undefined);
  tally.nodes += cases.length;
  tally.excepted += excepted.length;
  if (wrong.length > 0) return wrong.join("\n");
  if (excepted.some(({ imprecise }) => imprecise)) return "";
  const reference = excepted.length === 0 && !isFolded(graph) ? theirs : undefined;
  return wrongWhole(compiled, reference, tally).join("\n");
}

/** Whether something is computed of constants: both sides fold it, each in its own precision, and neither errs. */
function isFolded({ nodes }: RandomGraph): boolean {
  const fixed = new Set<string>();
  let folded = false;
  for (const { inputs, outputs } of nodes) {
    const isFixed = (one: Operand | undefined): boolean =>
      one === undefined || one.constant === true || fixed.has(one.name);
    if (!inputs.every(isFixed)) continue;
    folded ||= inputs.length > 0;
    for (const name of outputs) fixed.add(name);
  }
  return folded;
}

/** i64 is 32 bits wide at run time. */
function beyond32Bits({ data }: Tensor): boolean {
  return data instanceof BigInt64Array && data.some((value) => value !== BigInt.asIntN(32, value));
}

/** The node with the values that its inputs have. */
function fed(node: GraphNode, values: Outputs): NodeCase {
  return {
    ...node,
    inputs: node.inputs.map((input) => input && { ...input, tensor: values.get(input.name)! }),
  };
}

/** The interpreter's values of a node on onnxruntime's values of its inputs. */
function wrongNode(
  one: NodeCase,
  { raw }: GraphNode,
  theirs: Outputs,
  tally: Tally,
  off = 0,
): string[] {
  const inputs = caseInputs(one);
  const { values, spread } = spreads(raw, inputs);
  const least = Math.max(0, ...[...inputs.values()].map(ordinaryRms));
  const { units, length } = allowanceOf(raw);
  return raw.outputs.flatMap(({ name, value }) => {
    const [own, expected] = [values.get(value)!, theirs.get(name)!];
    if (differenceOf(own, expected, length, least).units <= units) return [];
    if (distance(own, expected) <= off) return [];
    const wrong = differing(own, expected, spread(value), tally);
    return wrong === undefined ? [] : [`${name} of ${one.op}: ${wrong}`];
  });
}

/** What is emitted for the whole graph, with whatever passes and fusion made of it. */
function wrongWhole(
  { graph, raw, product }: Compiled,
  theirs: Outputs | undefined,
  tally: Tally,
): string[] {
  const inputs = graphInputs(graph);
  const outputs = steadyRun(product, inputs);
  const { values, spread } = spreads(raw, inputs);
  if (theirs !== undefined) tally.whole++;
  return raw.outputs.flatMap(({ name, value }) => {
    const expected = theirs?.get(name) ?? values.get(value)!;
    const wrong = differing(outputs.get(name)!, expected, spread(value), tally);
    return wrong === undefined ? [] : [`whole, ${name}: ${wrong}`];
  });
}
