/** Compiles a model and gathers all that a report says of it from what every pass leaves behind. */
import { summarizeGraph } from "../analysis/summary.js";
import { untrainedOf } from "../analysis/untrained.js";
import { VERSION } from "../base/version.js";
import { compile, type CompileOptions, type CompileResult } from "../compile.js";
import type { Definition } from "../graph/definition.js";
import type { Graph } from "../graph/graph.js";
import type { ReportData } from "./data.js";
import { fieldsOf } from "./fields.js";
import { filtersOf } from "./filters.js";
import { kernelsOf } from "./kernels.js";
import { memoryOf } from "./memory.js";
import { collectViews } from "./views.js";

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
  const collector = collectViews();
  const result = await compile(definition, { ...options, observe: collector.observe });
  const typed = collector.typed();
  const { program, lowered, report } = result;
  const { layers, parameters, multiplyAdds, flops } = summarizeGraph(typed);
  const { threads, arenaBytes, constantBytes, overlaidBytes, constantTypes, files } = report;
  const sizes = { arenaBytes, constantBytes, overlaidBytes, constantTypes, files };
  const data: ReportData = {
    format: 1,
    tilewright: VERSION,
    model: definition.name,
    hash: report.modelHash,
    target: result.emission.target,
    totals: { parameters, multiplyAdds, flops, ...sizes },
    ...collector.views(definition),
    untrained: untrainedOf(definition).names,
    warnings: result.warnings,
    layers,
    seen: fieldsOf(typed, layers),
    kernels: kernelsOf(result.graph, program, lowered),
    memory: memoryOf(program),
    ...(threads === undefined ? {} : { threads }),
    filters: filtersOf(typed, options.readFile),
  };
  return { data, result, typed };
}
