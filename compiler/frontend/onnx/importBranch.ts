/** Reads an If: the side that a known condition takes, or both where a run decides, joined output by output. */
import { CompileError, fail, type Problem } from "../../base/error.js";
import { elementCount } from "../../base/tensor.js";
import { constantTensor } from "../../graph/constants.js";
import type { Operand } from "../../graph/definition.js";
import { inputsBehind } from "../../infer/operandAttributes.js";
import type { OnnxNode } from "../../onnx/messages.js";
import { beyond } from "./boundSite.js";
import { isOperand, tensorOf } from "./importNode.js";
import { titleOf } from "./importOrder.js";
import { layer } from "./importSite.js";
import { addValue, inferDraft, knownOf } from "./importState.js";
import type { Found, Importer, Scope } from "./importState.js";

/** What a side returns; throws CompileError where it cannot be read. */
type ReadSide = (attribute: "then_branch" | "else_branch") => readonly Found[];

/** The values of its outputs. A side that is known not to be taken is not read: it may not even have shapes. */
export function importIf(
  importer: Importer,
  { prefix }: Scope,
  node: OnnxNode,
  condition: Found | undefined,
  used: readonly boolean[],
  readSide: ReadSide,
): readonly (Found | undefined)[] {
  if (condition === undefined) return fail("missing-input", "the condition is missing");
  // Nobody knows which side is taken: the caller looks into both.
  if (condition === "unknown") throw new CompileError([]);
  const operand = tensorOf(condition, "the condition");
  const known = knownOf(importer, operand);
  if (known === undefined) throw new CompileError([]);
  if (elementCount(known.type.dims) !== 1)
    fail("shape-mismatch", `the condition has ${elementCount(known.type.dims)} values`);
  if (known.constant !== undefined) {
    const { data } = constantTensor(known.constant, importer.options.readFile);
    return readSide(Number(data[0]) !== 0 ? "then_branch" : "else_branch");
  }
  const [then, otherwise] = bothSides(importer, node, operand, readSide);
  const first = used.indexOf(true);
  return node.output.map((output, i) => {
    const [a, b] = [then[i], otherwise[i]];
    if (used[i] !== true || a === undefined || b === undefined) return undefined;
    if (a === b || a === "unknown" || b === "unknown") return a === b ? a : "unknown";
    if (!isOperand(a) || !isOperand(b)) {
      return fail("unsupported", "sides whose values are no tensors, of a condition that varies");
    }
    if (importer.bounds.has(a) || importer.bounds.has(b)) return beyond("a choice");
    const own = i === first ? titleOf(node) : output;
    const sides = [a, b].map((side) => tensorOf(side, "what a side returns"));
    return addValue(importer, layer("branch", [operand, ...sides]), `${prefix}${own}`, new Map());
  });
}

/** Problems inside say how to do without the side that has them. */
function bothSides(
  importer: Importer,
  node: OnnxNode,
  condition: Operand,
  readSide: ReadSide,
): readonly [readonly Found[], readonly Found[]] {
  const inferred = inferDraft(importer).problems;
  const [before, unread] = [inferred.length, importer.problems.length];
  const sides = [readSide("then_branch"), readSide("else_branch")] as const;
  inferDraft(importer);
  importer.problems.push(...inferred.splice(before));
  const advice = sideAdvice(importer, node, condition);
  const advised = importer.problems
    .splice(unread)
    .map((problem): Problem => (problem.hint === undefined ? { ...problem, ...advice } : problem));
  importer.problems.push(...advised);
  return sides;
}

/** An input of one number decides for good where it is bound; of a larger one nobody would want that. */
function sideAdvice(
  { draft, options }: Importer,
  node: OnnxNode,
  condition: Operand,
): Pick<Problem, "hint" | "bind"> {
  const names = inputsBehind(draft, condition);
  const dimsOf = (name: string) =>
    options.shapes?.[name] ?? draft.inputs.find((input) => input.name === name)!.dims;
  if (names.length === 0 || !names.every((name) => dimsOf(name).every((dim) => dim === 1)))
    return {};
  const binds = names.map((name) => `--bind ${name}=<number>`).join(" ");
  return { hint: `${binds} leaves only one side of If '${titleOf(node)}'`, bind: names };
}
