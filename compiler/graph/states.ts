/** States of a model: which inputs are kept from run to run, what each becomes, and what is wrong with that. */
import { CompileError, type Problem, type ProblemCode } from "../base/error.js";
import { suggester } from "../base/suggest.js";
import { formatType, sameType, type Tensor, type TensorType } from "../base/tensor.js";
import type { Constant, Definition, Operand, Output, State } from "./definition.js";
import { formatOperand, namesOf, takeName } from "./names.js";

type Named = readonly { readonly name: string }[];

/** What of a Definition or a Graph says what is kept. */
interface Stateful {
  readonly inputs: Named;
  readonly outputs: readonly Output[];
  readonly states?: readonly State[];
}

/** The outputs that runs return: those that become a state are not among them unless that is kept. */
export function returnedOutputs({ outputs, states = [] }: Stateful): readonly Output[] {
  const kept = new Set(states.flatMap(({ output, keep }) => (keep === true ? [output] : [])));
  const hidden = new Set(states.map(({ output }) => output));
  return outputs.filter(({ name }) => kept.has(name) || !hidden.has(name));
}

/** What outputs and states need of a graph: where ways back begin. */
export function resultsOf({ outputs, states = [] }: Stateful): readonly Operand[] {
  return [
    ...outputs.map(({ value }) => value),
    ...states.flatMap(({ initial }) => (initial === undefined ? [] : [initial])),
  ];
}

/** Names of no input and no output, inputs that are to be two states, and a model that returns nothing. */
export function stateNameProblems(
  model: Stateful,
  code: ProblemCode = "unknown-operand",
): Problem[] {
  const { inputs, outputs, states = [] } = model;
  const unknownInput = unknownNames("input", inputs, code);
  const unknownOutput = unknownNames("output", outputs, code);
  const seen = new Set<string>();
  const problems = states.flatMap(({ input, output }) => {
    const again = seen.has(input) ? [twice(input)] : [];
    seen.add(input);
    return [...unknownInput(input), ...unknownOutput(output), ...again];
  });
  if (outputs.length > 0 && returnedOutputs(model).length === 0)
    problems.push({
      code: "no-output",
      message: "every output becomes a state: the model returns nothing",
      hint: `keep one as an output, too: --expose ${outputs[0]!.name}, or keep: true`,
    });
  return problems;
}

/** Tells of names that are none of those known. */
function unknownNames(
  kind: string,
  known: Named,
  code: ProblemCode,
): (name: string) => readonly Problem[] {
  const names = new Set(known.map((one) => one.name));
  const suggest = suggester(names);
  const listed = [...names].slice(0, MOST_LISTED).join(", ") || "none";
  const hint = `it has ${listed}${names.size > MOST_LISTED ? " …" : ""}`;
  return (name) => {
    if (names.has(name)) return [];
    const message = `the model has no ${kind} '${name}'${kind === "state" ? "" : " for a state"}`;
    return [{ code, message, hint, ...suggest(name) }];
  };
}

const MOST_LISTED = 16;

function twice(node: string): Problem {
  return { code: "duplicate-name", node, message: "two states are kept in this input" };
}

/** States whose outputs or first values are of another type than their inputs; inputs and outputs by name. */
export function stateTypeProblems(
  states: readonly State[],
  inputs: ReadonlyMap<string, TensorType>,
  outputs: ReadonlyMap<string, TensorType>,
  constants: readonly Constant[],
): Problem[] {
  const named = new Map(constants.map(({ name, type }) => [name, type]));
  return states.flatMap(({ input, output, initial }): Problem[] => {
    const [type, next] = [inputs.get(input), outputs.get(output)];
    if (type === undefined) return [];
    const problems: Problem[] = [];
    const report = (message: string, hint: string): void =>
      void problems.push({ code: "type-mismatch", node: input, message, hint });
    if (next !== undefined && !sameType(type, next))
      report(
        `is a state of type ${formatType(type)}, and output '${output}' is ${formatType(next)}`,
        "a state becomes what the output is: both must be of one type",
      );
    if (initial === undefined) return problems;
    const first = named.get(initial.slice(1));
    if (first === undefined)
      problems.push({
        code: "unknown-operand",
        node: input,
        message: `begins as ${formatOperand(initial)}, which is no constant of this model`,
      });
    else if (!sameType(type, first))
      report(
        `is a state of type ${formatType(type)}, and its first value is ${formatType(first)}`,
        "both must be of one type",
      );
    return problems;
  });
}

/**
 * The Definition with more of its inputs as states: `states` says by their names which outputs they become, `initial`
 * what they are before the first run, where that is not zeros. Throws CompileError `usage` where there is no such
 * input, output or state.
 */
export function keepStates(
  definition: Definition,
  states: Readonly<Record<string, string>>,
  initial: ReadonlyMap<string, Tensor> = new Map(),
): Definition {
  const all = new Map((definition.states ?? []).map((state) => [state.input, state]));
  for (const [input, output] of Object.entries(states))
    all.set(input, { ...all.get(input), input, output });
  if (all.size === 0 && initial.size === 0) return definition;
  const constants = [...definition.constants];
  const names = namesOf(constants.map(({ name }) => name));
  const problems: Problem[] = [];
  for (const [input, { type, data }] of initial) {
    const state = all.get(input);
    const known = [...all.keys()].map((name) => ({ name }));
    problems.push(...unknownNames("state", known, "usage")(input));
    if (state === undefined) continue;
    const name = takeName(names, `${input}.initial`);
    constants.push({ name, type, source: { kind: "data", data } });
    all.set(input, { ...state, initial: `@${name}` });
  }
  const result = { ...definition, constants, states: [...all.values()] };
  problems.push(...stateNameProblems(result, "usage").filter(({ code }) => code === "usage"));
  if (problems.length > 0) throw new CompileError(problems);
  return result;
}

/** The Definition with states as inputs and outputs: whoever runs it keeps them. */
export function withoutStates(definition: Definition): Definition {
  if (definition.states === undefined) return definition;
  const { states: _, ...rest } = definition;
  return rest;
}
