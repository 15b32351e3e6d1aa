/** Which layers somebody wants to stay f32: finds the nodes that names stand for after passes have joined some of them. */
import { CompileError, type Problem } from "../base/error.js";
import { suggester } from "../base/suggest.js";
import type { Graph, Node } from "../graph/graph.js";

/**
 * Names of nodes of `graph`, which passes have made of `written`: of a layer, of what it was folded into (that reads
 * it alone), or, where none is called so, of all that is part of it (`layer1` of `layer1.conv`). Throws CompileError `unknown-operand` with
 * every name that is of nothing.
 */
export function keptNodes(
  written: Graph,
  graph: Graph,
  keep: readonly string[],
): ReadonlySet<string> {
  const left = new Set(graph.nodes.map(({ name }) => name));
  const names = new Set([...written.nodes.map(({ name }) => name), ...left]);
  const readers = readersOf(written);
  const suggest = suggester(names);
  const problems: Problem[] = [];
  const kept = new Set<string>();
  for (const layer of new Set(keep)) {
    const found = names.has(layer)
      ? [layer]
      : [...names].filter((name) => name.startsWith(`${layer}.`) || name.startsWith(`${layer}/`));
    const nodes = found.flatMap((name) => survivor(name, left, readers) ?? []);
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
function survivor(
  name: string,
  left: ReadonlySet<string>,
  readers: ReadonlyMap<string, readonly Node[]>,
): string | undefined {
  let at = name;
  while (!left.has(at)) {
    const [reader, ...others] = readers.get(at) ?? [];
    if (reader === undefined || others.length > 0) return undefined;
    at = reader.name;
  }
  return at;
}

function readersOf({ nodes }: Graph): ReadonlyMap<string, readonly Node[]> {
  const readers = new Map<string, Node[]>();
  for (const node of nodes)
    for (const operand of new Set(node.inputs)) {
      if (operand?.startsWith("%") !== true) continue;
      const name = operand.slice(1);
      readers.set(name, [...(readers.get(name) ?? []), node]);
    }
  return readers;
}
