/** Compiles a model and gathers all that a report says of it from what every pass leaves behind. */
import { summarizeGraph } from "../analysis/summary.js";
import { untrainedOf } from "../analysis/untrained.js";
import { formatType } from "../base/tensor.js";
import { VERSION } from "../base/version.js";
import { compile, type CompileOptions, type CompileResult } from "../compile.js";
import type { Definition } from "../graph/definition.js";
import type { Graph } from "../graph/graph.js";
import type { RewriteLog } from "../graph/rewrite/rule.js";
import type { Port, Program } from "../program/program.js";
import { boxesOf } from "./boxes.js";
import type { PortData, ReportData, ViewData } from "./data.js";
import { kernelsOf } from "./kernels.js";
import { memoryOf } from "./memory.js";
import { nodeTable } from "./nodes.js";

export interface Gathered {
  readonly data: ReportData;
  readonly result: CompileResult;
  /** After infer-shapes, before any other pass. */
  readonly typed: Graph;
}

/** Throws CompileError with all problems. */
export async function gatherReport(
  definition: Definition,
  options: CompileOptions,
): Promise<Gathered> {
  const graphs: { pass: string; graph: Graph; log?: RewriteLog }[] = [];
  const programs: ProgramView[] = [];
  const result = await compile(definition, {
    ...options,
    observe: (pass, left) => {
      if (left.kind === "graph") graphs.push({ pass, ...left });
      else programs.push(programView(pass, left.program));
      options.observe?.(pass, left);
    },
  });
  const typed = graphs[0]!.graph;
  const table = nodeTable();
  const last = table.addGraph(result.graph);
  const views: ViewData[] = [
    {
      name: "definition",
      kind: "definition",
      nodes: table.addDefinition(definition, typed),
      results: resultsOf(definition),
    },
    ...graphs.map(({ pass, graph, log }, i): ViewData => ({
      name: pass,
      kind: "graph",
      nodes: table.addGraph(graph),
      results: resultsOf(graph),
      ...(log === undefined ? {} : { fired: log.fired, notes: log.notes }),
      ...(graphs[i - 1]?.graph === graph ? { same: true } : {}),
    })),
    ...changed(programs).map((view): ViewData => ({
      ...view,
      kind: "program",
      nodes: last,
      results: resultsOf(result.graph),
    })),
  ];
  const { program, lowered, report } = result;
  const { layers, ...totals } = summarizeGraph(typed);
  const data: ReportData = {
    format: 1,
    tilewright: VERSION,
    model: definition.name,
    hash: report.modelHash,
    target: result.emission.target,
    totals: {
      parameters: totals.parameters,
      multiplyAdds: totals.multiplyAdds,
      flops: totals.flops,
      arenaBytes: report.arenaBytes,
      constantBytes: report.constantBytes,
      files: report.files,
    },
    ...portsOf(program),
    untrained: untrainedOf(definition).names,
    warnings: result.warnings,
    layers,
    constants: table.constants,
    nodes: table.nodes,
    views,
    kernels: kernelsOf(result.graph, program, lowered),
    memory: memoryOf(program),
  };
  return { data, result, typed };
}

function portsOf(program: Program): Pick<ReportData, "inputs" | "outputs"> {
  const portOf = ({ name, type }: Port): PortData => ({ name, type: formatType(type) });
  return {
    inputs: [...program.inputs, ...program.states].map(portOf),
    outputs: program.outputs.map(portOf),
  };
}

function resultsOf({ outputs }: Pick<Definition, "outputs">): ViewData["results"] {
  return outputs.map(({ name, value }) => [name, value.slice(1)]);
}

type ProgramView = Required<Pick<ViewData, "name" | "boxes" | "ports">>;

function programView(name: string, program: Program): ProgramView {
  const portOf = ({ name, value }: Port): readonly [string, number] => [name, value];
  const inputs = [...program.inputs, ...program.states].map(portOf);
  return {
    name,
    boxes: boxesOf(program),
    ports: { inputs, outputs: program.outputs.map(portOf) },
  };
}

/** Those that have other kernels than the one before. */
function changed(views: readonly ProgramView[]): readonly ProgramView[] {
  const texts = views.map(({ boxes }) => JSON.stringify(boxes));
  return views.filter((_, i) => i === 0 || texts[i] !== texts[i - 1]);
}
