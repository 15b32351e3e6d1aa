/** The passes over the Graph, in the order in which they run. */
import type { Budget } from "../base/budget.js";
import type { Graph } from "../graph/graph.js";
import { rewrite } from "../graph/rewrite/rewrite.js";
import type { RewriteLog, Rewritten } from "../graph/rewrite/rule.js";
import { collapseLinearConvs } from "./collapseLinearConvs.js";
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
  narrowSums,
  narrowWeights("f32"),
];

function passesFor({ weightsType }: PassOptions): readonly Pass[] {
  if (weightsType === undefined) return passes;
  const asked = narrowWeights(weightsType);
  return passes.map((pass) => (pass.name === asked.name ? asked : pass));
}

export interface PassOptions {
  /** Names of passes that are left out. */
  readonly disable?: readonly string[];
  /** Sees the graph after each pass that ran, and what its rules did and left alone. */
  readonly observe?: (passName: string, graph: Graph, log: RewriteLog) => void;
  /** Reads the files that constants lie in; what needs a file that is not at hand is left alone. */
  readonly readFile?: (path: string) => Uint8Array;
  readonly budget?: Budget;
  /** How large weights are kept; f32 by default. */
  readonly weightsType?: WeightsType;
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
  for (const pass of passesFor(options)) {
    if (options.disable?.includes(pass.name) === true) continue;
    const { graph: next, log } = runPass(pass, current, options);
    current = next;
    options.observe?.(pass.name, current, log);
  }
  return current;
}
