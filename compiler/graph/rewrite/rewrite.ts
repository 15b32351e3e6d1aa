/** The one driver of rewrite rules: applies them until none fires, and refuses one that would change a type. */
import type { Constant, Operand } from "../definition.js";
import type { Graph } from "../graph.js";
import { freshName } from "../names.js";
import { constantReader, type ReadConstant } from "../readConstant.js";
import type { Firing, RewriteContext, RewriteLog, Rewritten, Rule } from "./rule.js";
import { applyReplacement, newState, stateGraph, typeOf, type State } from "./state.js";

/** How often each rule fired, by name. */
export function firings(log: RewriteLog): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { rule } of log.fired) counts.set(rule, (counts.get(rule) ?? 0) + 1);
  return counts;
}

/**
 * Tries the rules on every node, first match first, until no rule fires; the graph itself where none does.
 * Values keep their names. Throws an Error where a rule changes a type or never comes to rest.
 */
export function rewrite(
  graph: Graph,
  rules: readonly Rule[],
  readFile?: (path: string) => Uint8Array,
): Rewritten {
  const state = newState(graph);
  const read = constantReader(readFile);
  const fired: Firing[] = [];
  const most = 1000 + 20 * graph.nodes.length;
  for (;;) {
    const before = fired.length;
    const notes: RewriteLog["notes"][number][] = [];
    for (const name of [...state.nodes.keys()]) {
      const rule = rewriteNode(state, name, rules, read, notes);
      if (rule !== undefined) fired.push({ rule: rule.name, node: name });
      if (fired.length > most)
        throw new Error(`${rule?.name ?? "rewriting"} does not come to rest`);
    }
    if (fired.length > before) continue;
    return { graph: fired.length === 0 ? graph : stateGraph(state), log: { fired, notes } };
  }
}

/** Applies the first rule that matches, and returns it. */
function rewriteNode(
  state: State,
  name: string,
  rules: readonly Rule[],
  read: ReadConstant,
  notes: RewriteLog["notes"][number][],
): Rule | undefined {
  const node = state.nodes.get(name);
  if (node === undefined) return undefined;
  for (const rule of rules) {
    const context = contextOf(state, read, (reason) =>
      notes.push({ rule: rule.name, node: name, reason }),
    );
    const replacement = rule.match(node, context);
    if (replacement === undefined) continue;
    try {
      applyReplacement(state, node, replacement);
    } catch (error) {
      throw new Error(`rule ${rule.name} on ${node.op} '${name}'`, { cause: error });
    }
    return rule;
  }
  return undefined;
}

function contextOf(
  state: State,
  read: ReadConstant,
  note: (reason: string) => void,
): RewriteContext {
  const constant = (operand: Operand | undefined): Constant | undefined =>
    operand?.startsWith("@") === true ? state.constants.get(operand.slice(1)) : undefined;
  return {
    node: (operand) =>
      operand?.startsWith("%") === true ? state.nodes.get(operand.slice(1)) : undefined,
    uses: (operand) => state.uses.get(operand) ?? 0,
    type: (operand) => typeOf(state, operand),
    constant,
    value(operand) {
      const found = constant(operand);
      return found === undefined ? undefined : read(found);
    },
    fresh: (base) => freshName(base, (name) => state.taken.has(name)),
    note,
  };
}
