/** `tilewright check`: every problem of a model at once, and nothing written. */
import { untrainedOf } from "../analysis/untrained.js";
import { planModel } from "../compile.js";
import {
  CompileError,
  MOST_PROBLEMS,
  printable,
  shortenedProblem,
  type Problem,
} from "../base/error.js";
import { untrainedLines, type Untrained } from "../base/untrained.js";
import type { NodeSource } from "../graph/definition.js";
import { MODEL_OPTIONS, openModel } from "../project/modelOptions.js";
import { counted, isSet, type Given } from "../project/given.js";
import type { Verb } from "./verb.js";

export const check: Verb = {
  name: "check",
  description: "Reports everything that keeps a model from compiling",
  options: [
    [
      "--json",
      "Prints { ok, problems, untrained, ops } as JSON, and how many more problems there are",
    ],
    ...MODEL_OPTIONS,
  ],
  async run(path, given, streams) {
    if (!isSet(given, "json")) {
      const { text, untrained } = await planned(path, given);
      streams.stdout(`${[printable(text), ...untrainedLines(untrained)].join("\n")}\n`);
      return 0;
    }
    const nodes: NodeSource[] = [];
    const { problems: all, untrained } = await outcomeOf(path, given, (node) => nodes.push(node));
    const ok = all.length === 0;
    const more = Math.max(all.length - MOST_PROBLEMS, 0);
    const problems = all.slice(0, MOST_PROBLEMS).map(shortenedProblem);
    const ops = countByOp(nodes, all);
    const report = { ok, problems, ...(more === 0 ? {} : { more }), untrained, ops };
    streams.stdout(`${JSON.stringify(report, undefined, 2)}\n`);
    return ok ? 0 : 1;
  },
};

interface Planned {
  readonly text: string;
  readonly untrained: Untrained;
}

type OnNode = (node: NodeSource) => void;

async function planned(path: string, given: Given, onNode?: OnNode): Promise<Planned> {
  const opening = onNode === undefined ? {} : { onNode };
  const { definition, options } = await openModel(path, given, undefined, opening);
  const { graph, program } = planModel(definition, options);
  const [nodes, kernels] = [graph.nodes.length, program.kernels.length];
  const text = `${graph.name}: ok, ${counted(nodes, "node")} in ${counted(kernels, "kernel")}`;
  return { text, untrained: untrainedOf(definition) };
}

/** `untrained` is not known of a model that has problems. */
async function outcomeOf(
  path: string,
  given: Given,
  onNode: OnNode,
): Promise<{ readonly problems: readonly Problem[]; readonly untrained?: readonly string[] }> {
  try {
    const { untrained } = await planned(path, given, onNode);
    return { problems: [], untrained: untrained.names };
  } catch (error) {
    const usage = error instanceof CompileError && error.problems.some(isUsage);
    if (error instanceof CompileError && !usage) return { problems: error.problems };
    throw error;
  }
}

/** Nodes of the file by their op, and how many of them are named by problems. */
function countByOp(
  nodes: readonly NodeSource[],
  problems: readonly Problem[],
): Readonly<Record<string, { readonly compile: number; readonly refused: number }>> {
  const refused = new Set(
    problems.flatMap(({ op, node, nodes: all }) =>
      op === undefined || node === undefined ? [] : (all ?? [node]).map((one) => keyOf(op, one)),
    ),
  );
  const counts = new Map<string, { compile: number; refused: number }>();
  for (const { op, node } of nodes) {
    const count = counts.get(op) ?? { compile: 0, refused: 0 };
    counts.set(op, count);
    count[refused.has(keyOf(op, node)) ? "refused" : "compile"]++;
  }
  const sorted = [...counts].sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(sorted.map(([op, count]) => [printable(op), count]));
}

function keyOf(op: string, node: string): string {
  return JSON.stringify([op, node]);
}

function isUsage({ code }: Problem): boolean {
  return code === "usage";
}
