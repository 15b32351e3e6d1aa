/** Collects what every pass leaves behind as the views of a report. */
import { formatType } from "../base/tensor.js";
import type { PassResult } from "../compile.js";
import type { Definition } from "../graph/definition.js";
import type { Graph } from "../graph/graph.js";
import type { RewriteLog } from "../graph/rewrite/rule.js";
import type { Port, Program } from "../program/program.js";
import { boxesOf } from "./boxes.js";
import type { PortData, ReportData, ViewData, Views } from "./data.js";
import { nodeTable } from "./nodes.js";

export interface ViewCollector {
  /** To be told of every pass. */
  readonly observe: (pass: string, left: PassResult) => void;
  /** After infer-shapes; throws a plain Error before. */
  typed(): Graph;
  /** Of all that was observed. */
  views(definition: Definition): Views;
}

export function collectViews(): ViewCollector {
  const graphs: { pass: string; graph: Graph; log?: RewriteLog }[] = [];
  const programs: ProgramView[] = [];
  let last: Program | undefined;
  const typed = (): Graph => {
    const [first] = graphs;
    if (first === undefined) throw new Error("no pass was observed");
    return first.graph;
  };
  return {
    typed,
    observe: (pass, left) => {
      if (left.kind === "graph") graphs.push({ pass, ...left });
      else {
        programs.push(programView(pass, left.program));
        last = left.program;
      }
    },
    views: (definition) => {
      const table = nodeTable();
      const { graph } = graphs.at(-1)!;
      const results = resultsOf(graph);
      const nodes = table.addGraph(graph);
      const views: ViewData[] = [
        {
          name: "definition",
          kind: "definition",
          nodes: table.addDefinition(definition, typed()),
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
          nodes,
          results,
        })),
      ];
      return { ...portsOf(last!), constants: table.constants, nodes: table.nodes, views };
    },
  };
}

function portsOf(program: Program): Pick<ReportData, "inputs" | "outputs"> {
  const portOf = ({ name, type }: Port): PortData => ({
    name,
    type: formatType(type),
    dims: type.dims,
  });
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
  const ports = { inputs, outputs: program.outputs.map(portOf) };
  return { name, boxes: boxesOf(program), ports };
}

/** Those that have other kernels than the one before. */
function changed(views: readonly ProgramView[]): readonly ProgramView[] {
  const texts = views.map(({ boxes }) => JSON.stringify(boxes));
  return views.filter((_, i) => i === 0 || texts[i] !== texts[i - 1]);
}
