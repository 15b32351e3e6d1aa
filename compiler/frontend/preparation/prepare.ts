/** Puts preparations in front of a model: inputs become what an application has, and nodes make the rest of it. */
import { CompileError, type Problem } from "../../base/error.js";
import { suggestion } from "../../base/suggest.js";
import type {
  Constant,
  Definition,
  DefinitionInput,
  DefinitionNode,
  Operand,
} from "../../graph/definition.js";
import { namesOf } from "../../graph/names.js";
import { collect } from "../../graph/typing.js";
import { bindInputs, type Bindings } from "../../infer/bindInputs.js";
import { graftOf, type TakenNames } from "../builder/graft.js";
import { createRecorder } from "../builder/value.js";
import { prepareInput, type Preparation } from "./kinds.js";
import type { Prepared } from "./preparer.js";

export interface PreparedModel {
  readonly definition: Definition;
  /** Without what was said of inputs that are prepared. */
  readonly bindings: Bindings;
}

/**
 * The model with its inputs prepared: each that `preparations` names is replaced by what a run takes instead,
 * under the same name. Its dims must be known by now, from the definition or the bindings; a batch that nobody
 * binds is 1. Throws CompileError with everything that is wrong with names, shapes and preparations.
 */
export function prepareModel(
  definition: Definition,
  preparations: Readonly<Record<string, Preparation>>,
  bindings: Bindings = {},
): PreparedModel {
  const names = Object.keys(preparations);
  if (names.length === 0) return { definition, bindings };
  const problems = nameProblems(definition, names, bindings);
  const given = withBatches(definition, new Set(names), bindings);
  const types = bindInputs(definition, given, problems);
  const prepared = new Map<string, Prepared>();
  for (const name of names) {
    const type = types.get(name);
    if (type === undefined) continue;
    const one = collect(problems, { node: name }, () =>
      prepareInput(preparations[name], { name, type }),
    );
    if (one !== undefined) prepared.set(name, one);
  }
  problems.push(...clashes(definition, prepared));
  if (problems.length > 0) throw new CompileError(problems);
  const front = withPreparations(definition, prepared);
  return { definition: front, bindings: remaining(definition, front, types, given) };
}

/** Names of no input, and inputs that are bound to a value already. */
function nameProblems(
  { inputs, states = [] }: Definition,
  names: readonly string[],
  { values }: Bindings,
): Problem[] {
  const kept = states.map(({ input }) => input);
  const known = inputs.map((input) => input.name);
  return names.flatMap((name): Problem[] => {
    if (!known.includes(name)) {
      const message = `the model has no input '${name}' to prepare`;
      const hint = `it has ${known.join(", ") || "none"}`;
      return [{ code: "usage", message, hint, ...suggestion(name, known) }];
    }
    if (kept.includes(name)) {
      const message = "is a state, which no run takes, so there is nothing to prepare";
      return [{ code: "usage", node: name, message }];
    }
    if (values?.has(name) !== true) return [];
    const message = "is bound to a value, so there is nothing to prepare";
    return [{ code: "usage", node: name, message }];
  });
}

/** Inputs that come with a prepared one are called after it, so that modules find them. */
function clashes(
  { inputs, nodes }: Definition,
  prepared: ReadonlyMap<string, Prepared>,
): Problem[] {
  const taken = new Set([...inputs, ...nodes].map(({ name }) => name));
  return [...prepared].flatMap(([node, { inputs: own }]) =>
    own
      .filter(({ name }) => name !== node && taken.has(name))
      .map(({ name }): Problem => {
        const message = `the preparation adds an input '${name}', and the model has a value of that name`;
        return { code: "duplicate-name", node, message, hint: "rename that" };
      }),
  );
}

/** What is prepared comes one a run: the symbol of its batch is 1 where nobody says otherwise. */
function withBatches(
  { inputs }: Definition,
  prepared: ReadonlySet<string>,
  bindings: Bindings,
): Bindings {
  const shaped = (name: string): boolean => Object.hasOwn(bindings.shapes ?? {}, name);
  const bound = new Set<unknown>(
    inputs.filter(({ name }) => shaped(name)).flatMap(({ dims }) => dims),
  );
  const batches = inputs
    .filter(({ name }) => prepared.has(name))
    .flatMap(({ dims }) => (typeof dims[0] === "string" && !bound.has(dims[0]) ? [dims[0]] : []));
  return {
    ...bindings,
    dims: { ...Object.fromEntries(batches.map((one) => [one, 1])), ...bindings.dims },
  };
}

/** The bindings of what is still an input; symbols that were bound with a prepared one stay bound. */
function remaining(
  before: Definition,
  after: Definition,
  types: ReadonlyMap<string, { readonly dims: readonly number[] }>,
  { dims, shapes, values }: Bindings,
): Bindings {
  const declared = new Set(after.inputs.flatMap((input) => input.dims));
  const sizes = new Map(Object.entries(dims ?? {}));
  for (const { name, dims: symbols } of before.inputs) {
    symbols.forEach((symbol, i) => {
      if (typeof symbol === "string") sizes.set(symbol, types.get(name)!.dims[i]!);
    });
  }
  const kept = new Set(
    after.inputs.filter((one) => before.inputs.includes(one)).map(({ name }) => name),
  );
  return {
    dims: Object.fromEntries([...sizes].filter(([symbol]) => declared.has(symbol))),
    shapes: Object.fromEntries(Object.entries(shapes ?? {}).filter(([name]) => kept.has(name))),
    ...(values === undefined ? {} : { values }),
  };
}

function withPreparations(
  definition: Definition,
  prepared: ReadonlyMap<string, Prepared>,
): Definition {
  const inputNames = definition.inputs.map((input) => input.name);
  const taken = {
    values: namesOf([...inputNames, ...definition.nodes.map((node) => node.name)]),
    constants: namesOf(definition.constants.map((constant) => constant.name)),
  };
  const replaced = new Map<Operand, Operand>();
  const inputs: DefinitionInput[] = [];
  const nodes: DefinitionNode[] = [];
  const constants: Constant[] = [];
  for (const input of definition.inputs) {
    const one = prepared.get(input.name);
    if (one === undefined) {
      inputs.push(input);
      continue;
    }
    const front = record(input.name, one, taken);
    inputs.push(...front.inputs);
    nodes.push(...front.nodes);
    constants.push(...front.constants);
    replaced.set(`%${input.name}`, front.result);
  }
  const read = (operand: Operand): Operand => replaced.get(operand) ?? operand;
  return {
    ...definition,
    inputs,
    nodes: [
      ...nodes,
      ...definition.nodes.map((node) => ({
        ...node,
        inputs: node.inputs.map((operand) => operand && read(operand)),
      })),
    ],
    outputs: definition.outputs.map((output) => ({ ...output, value: read(output.value) })),
    constants: [...constants, ...definition.constants],
  };
}

interface Front {
  readonly inputs: readonly DefinitionInput[];
  readonly nodes: readonly DefinitionNode[];
  readonly constants: readonly Constant[];
  readonly result: Operand;
}

/** The nodes of one preparation, under names that the model does not have. */
function record(input: string, prepared: Prepared, taken: TakenNames): Front {
  const recorder = createRecorder();
  const { inputs } = prepared;
  for (const { name } of inputs) {
    recorder.names.set(name, 1);
    taken.values.taken.add(name);
  }
  const values = inputs.map(({ name }) => ({ operand: `%${name}` as const, recorder }));
  const { operand } = prepared.apply(values);
  const { nodes, constants, nameOf } = graftOf(recorder, input, taken);
  return { inputs, nodes, constants, result: nameOf(operand) };
}
