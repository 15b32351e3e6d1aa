/** `tilewright dump`: the model in any of its forms, after any pass. */
import { PASS_NAMES, planModel, type PassResult } from "../compile.js";
import { fail, printable } from "../base/error.js";
import type { Graph } from "../graph/graph.js";
import { printDefinition, printGraph } from "../graph/text/print.js";
import { printProgram } from "../program/print.js";
import type { Program } from "../program/program.js";
import { suggestion } from "../base/suggest.js";
import { targetNamed } from "../targets/index.js";
import { programFor } from "../targets/variant.js";
import { openBook } from "../tune/apply.js";
import { printComputes } from "./dumpComputes.js";
import { drawForm } from "./dumpDrawing.js";
import { printKernels } from "./dumpKernels.js";
import { MODEL_OPTIONS, openModel, targetOf } from "../project/modelOptions.js";
import { allTexts, isSet, oneOf, type Given } from "../project/given.js";
import { flagOptions, readFlags } from "../project/targetFlags.js";
import type { Verb } from "./verb.js";

/** The passes that say what kernels compute: those after them move values about. */
const MEANINGS: readonly string[] = ["fuse-kernels", "fuse-strips"];
const STAGES = ["definition", "graph", "computes", "program", "kernels"] as const;

export const dump: Verb = {
  name: "dump",
  description: "Prints a model after a pass, or in one of its forms",
  options: [
    ["--print-after <pass>", "Prints what a pass leaves (repeatable)"],
    ["--print-after-all", "Prints what every pass leaves"],
    ["--stage <stage>", "definition, graph, computes, program or kernels"],
    ["--format <format>", "mermaid or dot: a drawing of one form, for READMEs"],
    ["--unfold", "Draws every layer of blocks that are folded otherwise"],
    ["--kernel <name>", "Shows kernels of this name, or of this layer, alone (repeatable)"],
    ...flagOptions((target) => target.dump.flags),
    ...MODEL_OPTIONS,
  ],
  async run(path, given, { stdout }) {
    const wanted = wantedPasses(given);
    const stage = oneOf(given, "stage", STAGES) ?? (wanted.size === 0 ? "graph" : undefined);
    const target = targetOf(given);
    const { dump } = targetNamed(target);
    const asked = readFlags(given, target, (one) => one.dump.flags);
    const opened = await openModel(path, given);
    const { definition } = opened;
    const options = { ...opened.options, ...asked };
    const format = oneOf(given, "format", ["mermaid", "dot"]);
    if (format !== undefined) {
      stdout(drawForm(definition, options, given, format));
      return 0;
    }
    const shown = dump.show(options);
    if (stage === "definition") stdout(printDefinition(definition));
    if (stage === "definition" && wanted.size === 0) return 0;
    let printed: Graph | undefined;
    let meant: Program | undefined;
    const { graph, program } = planModel(definition, {
      ...options,
      observe: (pass, result) => {
        if (MEANINGS.includes(pass) && result.kind === "program") meant = result.program;
        if (!wanted.has(pass)) return;
        stdout(printResult(pass, result, printed));
        if (result.kind === "graph") printed = result.graph;
      },
    });
    if (stage === "computes") stdout(printComputes(meant!, allTexts(given, "kernel")));
    if (stage === "graph") stdout(printGraph(graph));
    if (stage === "program") stdout(printProgram(program));
    if (stage === "kernels") {
      const { find } = openBook(options.schedules ?? []);
      const own = programFor(program, shown.variant, find);
      const { threads } = targetNamed(target).plannerFor(options);
      stdout(printKernels(own, shown, threads, allTexts(given, "kernel")));
    }
    return 0;
  },
};

function wantedPasses(given: Given): ReadonlySet<string> {
  if (isSet(given, "printAfterAll")) return new Set(PASS_NAMES);
  const wanted = allTexts(given, "printAfter");
  for (const pass of wanted) {
    if (!PASS_NAMES.includes(pass)) {
      const message = `--print-after ${pass}: the passes are ${PASS_NAMES.join(", ")}`;
      fail("usage", message, suggestion(pass, PASS_NAMES));
    }
  }
  return new Set(wanted);
}

/** What a pass did, what it left alone and why, and what came of it, unless that is what was printed before. */
function printResult(pass: string, result: PassResult, printed: Graph | undefined): string {
  if (result.kind === "program") return `// after ${pass}\n${printProgram(result.program)}\n`;
  const { fired = [], notes = [] } = result.log ?? {};
  const comments = [
    ...fired.map(({ rule, node }) => `${rule}: ${node}`),
    ...notes.map(({ rule, node, reason }) => `${rule} left ${node} alone: ${reason}`),
  ];
  const said = comments.map((comment) => `//   ${printable(comment)}\n`).join("");
  const text = printed === result.graph ? "//   nothing changed\n" : printGraph(result.graph);
  return `// after ${pass}\n${said}${text}\n`;
}
