/** The passes over the Graph, in the order in which they run. */
import type { Budget } from "../base/budget.js";
import type { Graph, Node } from "../graph/graph.js";
import { rewrite } from "../graph/rewrite/rewrite.js";
import type { RewriteLog, Rewritten } from "../graph/rewrite/rule.js";
import { quantisable, quantizeDynamically, QUANTIZE, type Arithmetic } from "./arithmetic.js";
import { collapseLinearConvs } from "./collapseLinearConvs.js";
import { keptLayers } from "./kept.js";
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

/** A pass, as the graph that it is to run on decides. */
type PassOf = (graph: Graph) => Pass;

function passesFor(options: PassOptions, given: Graph): readonly (readonly [string, PassOf])[] {
  const { weightsType, arithmetic = "f32", keep = [], slower } = options;
  const asked = new Map<string, PassOf>();
  if (weightsType !== undefined) {
    const pass = narrowWeights(weightsType);
    asked.set(pass.name, () => pass);
  }
  if (arithmetic !== "f32") {
    const isKept = keptLayers(given, keep);
    asked.set(QUANTIZE, (graph) => {
      const isWanted = ({ name }: Node): boolean => !isKept(name);
      const reasons =
        arithmetic === "auto" ? slower?.(graph, quantisable(graph).filter(isWanted)) : undefined;
      return quantizeDynamically((name) => (isKept(name) ? "it is kept" : reasons?.get(name)));
    });
  }
  return passes.map((pass) => [pass.name, asked.get(pass.name) ?? (() => pass)]);
}

/** Of what numbers are kept and computed in. */
export interface NumberChoices {
  /** How large weights of products are kept in the file: f32 by default, where what fits 16 bits takes no more. */
  readonly weightsType?: WeightsType;
  /** What products with constant weights are computed in: f32 by default; `int8` rounds both factors to bytes, `auto` where that is faster. */
  readonly arithmetic?: Arithmetic;
  /** Layers that stay f32 whatever the arithmetic, by their names before or after passes; one that is not there is an error. */
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
  for (const [name, passOf] of passesFor(options, graph)) {
    if (options.disable?.includes(name) === true) continue;
    const { graph: next, log } = runPass(passOf(current), current, options);
    current = next;
    options.observe?.(name, current, log);
  }
  return current;
}
