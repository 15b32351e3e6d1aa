/** Finds names that are empty, used twice, or not there, before anything is looked up by name. */
import type { Problem } from "../base/error.js";
import type { Definition, Operand } from "../graph/definition.js";
import { formatOperand } from "../graph/names.js";
import { stateNameProblems } from "../graph/states.js";
import type { Suggestion } from "../base/suggest.js";

/** Everything that a definition's operands may name. */
export function declaredOperands(definition: Definition): Set<Operand> {
  return new Set<Operand>([
    ...definition.inputs.map(({ name }): Operand => `%${name}`),
    ...definition.nodes.map(({ name }): Operand => `%${name}`),
    ...definition.constants.map(({ name }): Operand => `@${name}`),
  ]);
}

/** Names used twice or empty among values, constants and outputs, and a definition without outputs. */
export function nameProblems(definition: Definition): Problem[] {
  const values = [...definition.inputs, ...definition.nodes];
  const problems = [
    ...repeated("value", values),
    ...repeated("constant", definition.constants),
    ...repeated("output", definition.outputs),
    ...stateNameProblems(definition),
  ];
  if (definition.outputs.length === 0) {
    const hint = "return at least one value";
    problems.push({ code: "no-output", message: "the model returns nothing", hint });
  }
  return problems;
}

function repeated(kind: string, named: readonly { readonly name: string }[]): Problem[] {
  const counts = new Map<string, number>();
  for (const { name } of named) counts.set(name, (counts.get(name) ?? 0) + 1);
  return [...counts].flatMap(([name, count]): Problem[] => {
    if (name === "") return [{ code: "bad-name", message: `a ${kind} has an empty name` }];
    if (count === 1) return [];
    const message = `${count} ${kind}s have this name: expected one`;
    return [{ code: "duplicate-name", message, node: name }];
  });
}

/** An operand that nothing declares. */
export function unknownOperand(operand: Operand, suggest: (name: string) => Suggestion): Problem {
  const kind = operand.startsWith("@") ? "no constant" : "no input or node";
  const message = `${formatOperand(operand)} is ${kind} of this model`;
  return { code: "unknown-operand", message, ...suggest(operand) };
}
