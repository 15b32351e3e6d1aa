/** The one driver of rewrite rules: applies them until none fires, and refuses one that would change a type. */
import { startBudget, type Budget } from "../../base/budget.js";
import type { Constant, Operand } from "../definition.js";
import type { Graph } from "../graph.js";
import { freshName } from "../names.js";
import { constantReader, type ReadConstant } from "../readConstant.js";
import { asked, takeNext } from "./agenda.js";
import type { Firing, RewriteContext, RewriteLog, Rewritten, Rule } from "./rule.js";
import { applyReplacement, newState, nodeOf, stateGraph, typeOf, type State } from "./state.js";

/**
 * Tries the rules on every node, first match first, until no rule fires; the graph itself where none does.
 * Values keep their names. Throws an Error where a rule changes a type or never comes to rest, CompileError
 * `over-budget` where the time is over.
 */
export function rewrite(
  graph: Graph,
  rules: readonly Rule[],
  readFile?: (path: string) => Uint8Array,
  budget: Budget = startBudget(),
): Rewritten {
  const state = newState(graph);
  const looking = newLooking(state, constantReader(readFile, budget), budget);
  const fired: Firing[] = [];
  const notes = new Map<string, readonly Note[]>();
  const most = 1000 + 20 * graph.nodes.length;
  for (let name = takeNext(state.agenda); name !== undefined; name = takeNext(state.agenda)) {
    budget.checkTime({ node: name });
    const rule = rewriteNode(state, name, rules, looking);
    notes.set(name, rule === undefined ? looking.notes : []);
    if (rule === undefined) asked(state.agenda, name, looking.asked);
    else fired.push({ rule: rule.name, node: name });
    if (fired.length > most) throw new Error(`${rule?.name ?? "rewriting"} does not come to rest`);
  }
  const left = [...state.nodes.keys()].flatMap((name) => notes.get(name) ?? []);
  const result = fired.length === 0 ? graph : stateGraph(state);
  return { graph: result, log: { fired, notes: left } };
}

/** Applies the first rule that matches, and returns it. */
function rewriteNode(
  state: State,
  name: string,
  rules: readonly Rule[],
  looking: Looking,
): Rule | undefined {
  looking.asked = new Set();
  looking.notes = [];
  const node = nodeOf(state, name);
  if (node === undefined) return undefined;
  for (const rule of rules) {
    looking.at = { rule: rule.name, node: name };
    const replacement = rule.match(node, looking.context);
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

type Note = RewriteLog["notes"][number];

/** What rules see, and what they asked and said about the node they look at. */
interface Looking {
  readonly context: RewriteContext;
  at: Firing;
  asked: Set<Operand>;
  notes: Note[];
}

function newLooking(state: State, read: ReadConstant, budget: Budget): Looking {
  const constant = (operand: Operand | undefined): Constant | undefined => {
    if (operand?.startsWith("@") !== true) return undefined;
    looking.asked.add(operand);
    return state.constants.get(operand.slice(1));
  };
  const looking: Looking = {
    at: { rule: "", node: "" },
    asked: new Set(),
    notes: [],
    context: {
      node(operand) {
        if (operand?.startsWith("%") !== true) return undefined;
        looking.asked.add(operand);
        return nodeOf(state, operand.slice(1));
      },
      uses(operand) {
        looking.asked.add(operand);
        return state.uses.get(operand) ?? 0;
      },
      type: (operand) => typeOf(state, operand),
      constant,
      value(operand) {
        const found = constant(operand);
        return found === undefined ? undefined : read(found);
      },
      budget,
      fresh: (base) => freshName(state.names, base),
      note: (reason) => void looking.notes.push({ ...looking.at, reason }),
    },
  };
  return looking;
}
