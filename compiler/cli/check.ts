/** `tilewright check`: every problem of a model at once, and nothing written. */
import { planModel } from "../compile.js";
import {
  CompileError,
  MOST_PROBLEMS,
  printable,
  shortenedProblem,
  type Problem,
} from "../base/error.js";
import { MODEL_OPTIONS, openModel } from "../project/modelOptions.js";
import { counted, isSet, type Given } from "../project/given.js";
import type { Verb } from "./verb.js";

export const check: Verb = {
  name: "check",
  description: "Reports everything that keeps a model from compiling",
  options: [
    ["--json", "Prints { ok, problems } as JSON, and how many more there are"],
    ...MODEL_OPTIONS,
  ],
  async run(path, given, streams) {
    if (!isSet(given, "json")) {
      streams.stdout(`${printable(await summarize(path, given))}\n`);
      return 0;
    }
    const all = await problemsOf(path, given);
    const ok = all.length === 0;
    const more = Math.max(all.length - MOST_PROBLEMS, 0);
    const problems = all.slice(0, MOST_PROBLEMS).map(shortenedProblem);
    const report = { ok, problems, ...(more === 0 ? {} : { more }) };
    streams.stdout(`${JSON.stringify(report, undefined, 2)}\n`);
    return ok ? 0 : 1;
  },
};

async function summarize(path: string, given: Given): Promise<string> {
  const { definition, options } = await openModel(path, given);
  const { graph, program } = planModel(definition, options);
  const [nodes, kernels] = [graph.nodes.length, program.kernels.length];
  return `${graph.name}: ok, ${counted(nodes, "node")} in ${counted(kernels, "kernel")}`;
}

async function problemsOf(path: string, given: Given): Promise<readonly Problem[]> {
  try {
    await summarize(path, given);
    return [];
  } catch (error) {
    const usage = error instanceof CompileError && error.problems.some(isUsage);
    if (error instanceof CompileError && !usage) return error.problems;
    throw error;
  }
}

function isUsage({ code }: Problem): boolean {
  return code === "usage";
}
