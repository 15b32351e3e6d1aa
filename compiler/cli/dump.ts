/** `tilewright dump`: the model in any of its forms, after any pass. */
import { planModel, type PassResult, type PlanOptions } from "../compile.js";
import { fail, printable } from "../error.js";
import type { Graph } from "../graph/graph.js";
import { printDefinition, printGraph } from "../graph/textPrint.js";
import { printStmt } from "../kernel/printStmt.js";
import { lowerProgram } from "../program/lowerProgram.js";
import { describeSchedule, printProgram } from "../program/print.js";
import type { Program } from "../program/program.js";
import { passes } from "../passes/index.js";
import { suggestion } from "../suggest.js";
import { targets } from "../targets/index.js";
import type { Target } from "../targets/target.js";
import { MODEL_OPTIONS, openModel } from "./modelOptions.js";
import { allTexts, isSet, oneOf } from "./options.js";
import type { Given, Verb } from "./verb.js";

/** All passes by name, in order. */
const PASSES = [
  "infer-shapes",
  ...passes.map(({ name }) => name),
  "fuse-kernels",
  "assign-layouts",
  "plan-memory",
];

const STAGES = ["definition", "graph", "program", "kernels"] as const;

export const dump: Verb = {
  name: "dump",
  description: "Prints a model after a pass, or in one of its forms",
  options: [
    ["--print-after <pass>", "Prints what a pass leaves (repeatable)"],
    ["--print-after-all", "Prints what every pass leaves"],
    ["--stage <stage>", "definition, graph, program or kernels"],
    ["--wat", "Shows kernels as text of WebAssembly instead of loops; for --target wasm"],
    ...MODEL_OPTIONS,
  ],
  async run(path, given, { stdout }) {
    const wanted = wantedPasses(given);
    const stage = oneOf(given, "stage", STAGES) ?? (wanted.size === 0 ? "graph" : undefined);
    const { definition, options } = await openModel(path, given);
    if (stage === "definition") stdout(printDefinition(definition));
    if (stage === "definition" && wanted.size === 0) return 0;
    let printed: Graph | undefined;
    const { graph, program } = planModel(definition, {
      ...options,
      observe: (pass, result) => {
        if (!wanted.has(pass)) return;
        stdout(printResult(pass, result, printed));
        if (result.kind === "graph") printed = result.graph;
      },
    });
    if (stage === "graph") stdout(printGraph(graph));
    if (stage === "program") stdout(printProgram(program));
    if (stage === "kernels") stdout(printKernels(program, kernelPrinter(options, given)));
    return 0;
  },
};

function wantedPasses(given: Given): ReadonlySet<string> {
  if (isSet(given, "printAfterAll")) return new Set(PASSES);
  const wanted = allTexts(given, "printAfter");
  for (const pass of wanted) {
    if (!PASSES.includes(pass)) {
      const message = `--print-after ${pass}: the passes are ${PASSES.join(", ")}`;
      fail("usage", message, suggestion(pass, PASSES));
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

type PrintKernel = Target["printFunction"];

/** TypeScript is as readable as loops are; WebAssembly is five times as long. */
function kernelPrinter({ target = "ts" }: PlanOptions, given: Given): PrintKernel {
  const wat = isSet(given, "wat");
  if (wat && target !== "wasm") fail("usage", "--wat is for --target wasm alone");
  if (wat || target === "ts") return targets[target].printFunction;
  return (name, code) => printStmt(code, name);
}

/** Every distinct kernel: who calls it, its schedules in words, its loops or code. */
function printKernels(program: Program, printKernel: PrintKernel): string {
  const { functions, calls } = lowerProgram(program);
  const texts = functions.map(({ name, code }) => {
    const callers = calls.flatMap((call, i) =>
      call.function === name ? [program.kernels[i]!] : [],
    );
    const [first] = callers;
    const schedules = first!.schedules.map((schedule, i) => {
      const { axes, reduce } = first!.kernel.computes[i]!;
      return `//   ${describeSchedule(schedule, [...axes, ...reduce])}\n`;
    });
    const names = callers.map(({ name: caller, covers }) =>
      printable(`${caller}${covers.length === 0 ? "" : ` (${covers.join(", ")})`}`),
    );
    return `// ${names.join("; ")}\n${schedules.join("")}${printKernel(name, code)}`;
  });
  return texts.join("\n");
}
