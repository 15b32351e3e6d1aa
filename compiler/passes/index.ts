/** The passes over the Graph, in the order in which they run. */
import type { Budget } from "../base/budget.js";
import type { Graph, Node } from "../graph/graph.js";
import { rewrite } from "../graph/rewrite/rewrite.js";
import type { RewriteLog, Rewritten } from "../graph/rewrite/rule.js";
import { quantisable, quantizeDynamically, QUANTIZE, type Arithmetic } from "./arithmetic.js";
import { collapseLinearConvs } from "./collapseLinearConvs.js";
import { keptNodes } from "./kept.js";
import { foldBatchNorm } from "./foldBatchNorm.js";
import { foldConstants } from "./foldConstants.js";
import { fuseBias } from "./fuseBias.js";
import { narrowSums } from "./narrowSums.js";
import { narrowWeights } from "./narrowWeights.js";
import type { WeightsType } from "./narrow.js";
import type { Pass } from "./pass.js";
import { quantizedSums } from "./quantizedSums.js";
import { rewritePointwiseConvs } from "./rewritePointwiseConvs.js";
import { simplify } from "./simplify.js";

export const passes: readonly Pass[] = [
  quantizedSums,
  foldConstants,
  simplify,
  foldBatchNorm,
  fuseBias,
  collapseLinearConvs,
  rewritePointwiseConvs,
  { name: QUANTIZE, stages: [] },
  narrowSums,
  narrowWeights("f32"),
];

/** The passes for choices that were made; `kept`: of a graph, the nodes that stay f32, and why. */
function passesFor(
  { weightsType, arithmetic = "f32" }: NumberChoices,
  kept: (current: Graph) => ReadonlyMap<string, string>,
): readonly ((current: Graph) => Pass)[] {
  const narrow = weightsType === undefined ? undefined : narrowWeights(weightsType);
  return passes.map((pass) => (current) => {
    if (pass.name === QUANTIZE && arithmetic !== "f32") return quantizeDynamically(kept(current));
    return narrow?.name === pass.name ? narrow : pass;
  });
}

/** Nodes that stay f32, since somebody wants that, or since bytes would not be faster. */
function keptIn(
  current: Graph,
  written: Graph,
  { keep = [], arithmetic, slower }: PassOptions,
): ReadonlyMap<string, string> {
  const kept = new Map([...keptNodes(written, current, keep)].map((name) => [name, "it is kept"]));
  if (arithmetic !== "auto" || slower === undefined) return kept;
  const products = quantisable(current).filter(({ name }) => !kept.has(name));
  return new Map([...kept, ...slower(current, products)]);
}

/** Of what numbers are kept and computed in. */
export interface NumberChoices {
  /** How large weights of products are kept in the file: f32 by default, where what fits 16 bits takes no more. */
  readonly weightsType?: WeightsType;
  /** What products with constant weights are computed in: f32 by default; `int8` rounds both factors to bytes, `auto` where that is faster. */
  readonly arithmetic?: Arithmetic;
  /** Layers that stay f32 whatever the arithmetic, or what they are parts of, by their names before or after passes; one that is not there is an error. */
  readonly keep?: readonly string[];
}

export interface PassOptions extends NumberChoices {
  /** Which of some products of a graph bytes do not make faster, and why, for `auto`: without it there are none. */
  readonly slower?: (graph: Graph, products: readonly Node[]) => ReadonlyMap<string, string>;
  /** Names of passes that are left out. */
  readonly disable?: readonly string[];
  /** Sees the graph after each pass that ran, and what its rules did and left alone. */
  readonly observe?: (passName: string, graph: Graph, log: RewriteLog) => void;
  /** Reads the files that constants lie in; what needs a file that is not at hand is left alone. */
  readonly readFile?: (path: string) => Uint8Array;
  readonly budget?: Budget;
}

/** One pass, whatever others there are. */
export function runPass(pass: Pass, graph: Graph, options: PassOptions = {}): Rewritten {
  const logs: RewriteLog[] = [];
  let current = graph;
  for (const rules of pass.stages) {
    const { graph: next, log } = rewrite(current, rules, options.readFile, options.budget);
    current = next;
    logs.push(log);
  }
  const fired = logs.flatMap((log) => log.fired);
  return { graph: current, log: { fired, notes: logs.flatMap((log) => log.notes) } };
}

/** All passes in order, but those disabled. */
export function runPasses(graph: Graph, options: PassOptions = {}): Graph {
  let current = graph;
  const kept = (now: Graph) => keptIn(now, graph, options);
  for (const passFor of passesFor(options, kept)) {
    const pass = passFor(current);
    if (options.disable?.includes(pass.name) === true) continue;
    const { graph: next, log } = runPass(pass, current, options);
    current = next;
    options.observe?.(pass.name, current, log);
  }
  return current;
}
