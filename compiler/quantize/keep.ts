/** Finds the nodes that names of layers stand for after passes have joined some of them. */
import { CompileError, type Problem } from "../base/error.js";
import { suggester } from "../base/suggest.js";
import type { Graph } from "../graph/graph.js";

/**
 * Names of nodes after the passes: of a layer, of what it was folded into (that reads it alone), or of all that is
 * part of it (`layer1` of `layer1.conv`). Throws CompileError with every name that is of nothing.
 */
export function keptNodes(
  written: Graph,
  graph: Graph,
  keep: readonly string[],
): ReadonlySet<string> {
  const left = new Set(graph.nodes.map(({ name }) => name));
  const names = written.nodes.map(({ name }) => name);
  const suggest = suggester(new Set(names));
  const problems: Problem[] = [];
  const kept = new Set<string>();
  for (const layer of new Set(keep)) {
    const found = [...names, ...left].filter(
      (name) => name === layer || name.startsWith(`${layer}.`) || name.startsWith(`${layer}/`),
    );
    const nodes = found.flatMap((name) => survivor(written, left, name) ?? []);
    for (const name of nodes) kept.add(name);
    if (nodes.length === 0)
      problems.push({
        code: "unknown-operand",
        message: "there is no such layer to keep in f32",
        node: layer,
        ...suggest(layer),
      });
  }
  if (problems.length > 0) throw new CompileError(problems);
  return kept;
}

/** The node itself, or the first after it in a row of only readers. */
function survivor({ nodes }: Graph, left: ReadonlySet<string>, name: string): string | undefined {
  let at = name;
  while (!left.has(at)) {
    const readers = nodes.filter(({ inputs }) => inputs.includes(`%${at}`));
    if (readers.length !== 1) return undefined;
    at = readers[0]!.name;
  }
  return at;
}
