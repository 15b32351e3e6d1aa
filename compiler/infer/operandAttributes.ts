/** Turns operands that decide shapes (Reshape's target, Slice's bounds) into the attributes a Graph has instead. */
import { z } from "zod";
import type { AttributeValue, Definition, DefinitionInput, Operand } from "../graph/definition.js";
import { formatOperand } from "../graph/names.js";
import { fail, type Problem } from "../base/error.js";
import { reject, type Op } from "../ops/op.js";
import { formatType, type Tensor } from "../base/tensor.js";

/**
 * The attribute that a constant operand becomes: a number where the attribute is one, otherwise a list.
 * Throws CompileError "bad-attribute" where it has more than one dimension.
 */
export function operandAttribute(op: Op, attribute: string, value: Tensor): AttributeValue {
  if (value.type.dims.length > 1) {
    reject("bad-attribute", `operand ${attribute} is ${formatType(value.type)}: expected a list`);
  }
  const list: number[] = [];
  for (const element of value.data) list.push(saturate(element));
  const field = op.attributes.shape[attribute];
  const single = list[0];
  if (field === undefined || list.length !== 1 || single === undefined) return list;
  return z.safeParse(field, single).success ? single : list;
}

/** Exporters write INT64_MAX for "to the end"; what lies beyond exact numbers stays at their edge. */
function saturate(element: number | bigint): number {
  if (typeof element === "number") return element;
  const most = BigInt(Number.MAX_SAFE_INTEGER);
  return Number(element > most ? most : element < -most ? -most : element);
}

/** So many problems say what to bind: whoever follows one hint has mostly dealt with the rest. */
const MOST_EXPLAINED = 64;

/** Throws CompileError "needs-constant", with the inputs to bind where `problems` are still few. */
export function rejectVariable(
  {
    definition,
    problems,
  }: { readonly definition: Definition; readonly problems: readonly Problem[] },
  operand: Operand,
  name: string,
): never {
  const message = `operand ${name} (${formatOperand(operand)}) must be constant: it decides a shape or a branch`;
  if (problems.length >= MOST_EXPLAINED) return fail("needs-constant", message);
  const behind = new Set(inputsBehind(definition, operand));
  const inputs = definition.inputs.filter((input) => behind.has(input.name));
  if (inputs.length === 0) return reject("needs-constant", message, NOT_AT_HAND);
  const large = inputs.filter((input) => !decides(input)).map(({ name: input }) => `'${input}'`);
  if (large.length > 0) {
    const hint = `it depends on what ${large.join(" and ")} holds: --output ends the model before it`;
    return fail("needs-constant", message, { hint });
  }
  const binds = inputs.map((input) => `--bind ${input.name}=${formOf(input)}`).join(" ");
  return fail("needs-constant", message, {
    hint: `make it so with ${binds}`,
    bind: inputs.map((input) => input.name),
  });
}

/** Nobody wants an image or a sentence to be the same in every run. */
const MOST_BOUND = 64;

/** Whether an input is a few numbers that say how to run, and not what runs are about. */
function decides({ dtype, dims }: DefinitionInput): boolean {
  const [length, ...more] = dims;
  if (more.length > 0 || length === undefined) return isOne({ dims });
  return typeof length === "number" ? length <= MOST_BOUND : dtype === "i64" || dtype === "i32";
}

function isOne({ dims }: Pick<DefinitionInput, "dims">): boolean {
  return dims.every((dim) => dim === 1);
}

function formOf(input: DefinitionInput): string {
  return isOne(input) ? "<number>" : `${input.name}.npy`;
}

const NOT_AT_HAND =
  "its values are not at hand, or computing them takes more than --budget folded-operations and folded-bytes";

/** Names of the inputs that an operand depends on. */
export function inputsBehind(definition: Definition, operand: Operand): string[] {
  const nodes = new Map(definition.nodes.map((node) => [`%${node.name}`, node]));
  const seen = new Set<string>();
  const open: Operand[] = [operand];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (seen.has(next)) continue;
    seen.add(next);
    for (const input of nodes.get(next)?.inputs ?? []) if (input !== undefined) open.push(input);
  }
  return definition.inputs.map((input) => input.name).filter((name) => seen.has(`%${name}`));
}
