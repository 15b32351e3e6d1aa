/** What makes one node legal: arity, attribute schema and type, said once for inference, rewriting and verification. */
import type { z } from "zod";
import { CompileError, type Problem } from "../base/error.js";
import { issueText } from "../base/expected.js";
import { isOpName, ops } from "../ops/index.js";
import { reject, type Fact, type Op } from "../ops/op.js";
import { suggestion } from "../base/suggest.js";
import {
  elementCount,
  formatType,
  MAX_ELEMENTS,
  type Tensor,
  type TensorType,
} from "../base/tensor.js";
import type { OpName } from "./graph.js";

/** More dimensions than any network has, few enough that no shape rule takes long. */
const MAX_RANK = 64;

export type AnyAttributes = Readonly<Record<string, unknown>>;

export interface Typed {
  readonly type: TensorType;
  /** Canonical: what the op's shape rule made of them, without undefined entries. */
  readonly attributes: AnyAttributes;
  /** Known already, whatever the operands hold. */
  readonly value?: Tensor;
}

/** The op object of a name, with its attribute types forgotten. */
export function opNamed(name: OpName): Op {
  return ops[name] as unknown as Op;
}

/** The op of this name; an "unknown-op" problem where there is none. */
export function findOp(name: string): Op {
  if (isOpName(name)) return opNamed(name);
  throw new CompileError([
    { code: "unknown-op", message: "there is no such op", ...suggestion(name, Object.keys(ops)) },
  ]);
}

/** Required operands that are missing and operands that are too many. `graph`: shapes are attributes already. */
export function arityProblems(
  op: Op,
  inputs: readonly (unknown | undefined)[],
  graph = false,
): Problem[] {
  const specs = graph ? op.operands.filter((spec) => spec.becomes === undefined) : op.operands;
  const listed = specs.map(
    (spec) => `${spec.name}${spec.variadic === true ? "…" : spec.optional === true ? "?" : ""}`,
  );
  const takes = `${op.name} takes (${listed.join(", ")})`;
  const problems = specs.flatMap((spec, i): Problem[] =>
    inputs[i] !== undefined || spec.optional === true
      ? []
      : [{ code: "missing-input", message: `operand ${spec.name} is missing: ${takes}` }],
  );
  if (specs.at(-1)?.variadic === true) {
    const gap = inputs.indexOf(undefined, specs.length);
    const message = `operand ${gap} is left out: ${takes}`;
    return gap < 0 ? problems : [...problems, { code: "missing-input", message }];
  }
  if (inputs.length > specs.length && inputs.slice(specs.length).some((one) => one !== undefined)) {
    problems.push({ code: "extra-input", message: `${inputs.length} operands given: ${takes}` });
  }
  return problems;
}

/** Attributes with their defaults. Throws CompileError with every unknown or wrong one, called as `names` says. */
export function readAttributes(op: Op, given: AnyAttributes, names: Names = {}): AnyAttributes {
  const present = withoutUndefined(given);
  const parsed = op.attributes.safeParse(present);
  if (parsed.success) return withoutUndefined(parsed.data);
  throw new CompileError(
    parsed.error.issues.flatMap((issue) => attributeProblems(op, issue, present, names)),
  );
}

type Names = Readonly<Record<string, string>>;

function attributeProblems(
  op: Op,
  issue: z.core.$ZodIssue,
  given: AnyAttributes,
  names: Names,
): Problem[] {
  const known = Object.keys(op.attributes.shape);
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => ({
      code: "unknown-attribute",
      message: `there is no attribute '${key}'`,
      hint: known.length === 0 ? `${op.name} takes none` : `${op.name} takes ${known.join(", ")}`,
      ...suggestion(key, known),
    }));
  }
  const message = issueText(issue, given, (field) => names[field] ?? field);
  return [{ code: "bad-attribute", message }];
}

/** The op's shape rule on these operands, checked. Throws CompileError. */
export function inferNode(
  op: Op,
  facts: readonly (Fact | undefined)[],
  attributes: AnyAttributes,
): Typed {
  const inferred = op.infer(facts, attributes);
  checkType(inferred.type);
  const { type, value } = inferred;
  const canonical = withoutUndefined(inferred.attributes ?? attributes);
  return { type, attributes: canonical, ...(value === undefined ? {} : { value }) };
}

/** Throws CompileError unless every dimension is a whole number that is not negative, and the whole fits. */
export function checkType(type: TensorType): void {
  const wrong = type.dims.find((dim) => !Number.isSafeInteger(dim) || dim < 0);
  if (wrong !== undefined) {
    reject("bad-dimension", `${wrong} in ${formatType(type)} is not a positive whole number`);
  }
  if (type.dims.length > MAX_RANK) {
    reject("too-large", `${type.dims.length} dimensions: at most ${MAX_RANK} are possible`);
  }
  if (elementCount(type.dims) > MAX_ELEMENTS) {
    const count = elementCount(type.dims);
    reject("too-large", `${formatType(type)} has ${count} elements: the most is ${MAX_ELEMENTS}`);
  }
}

/** Runs a check and adds the node's name and op to what it throws; undefined where it threw. */
export function collect<T>(
  problems: Problem[],
  place: { readonly node?: string; readonly op?: string },
  run: () => T,
): T | undefined {
  try {
    return run();
  } catch (error) {
    if (!(error instanceof CompileError)) throw error;
    const placed = error.problems.map((problem) => ({ ...place, ...problem }));
    // Looking for further problems would cost what there is no more of.
    if (placed.some(({ code }) => code === "over-budget")) throw new CompileError(placed);
    problems.push(...placed);
    return undefined;
  }
}

function withoutUndefined(record: AnyAttributes): AnyAttributes {
  const entries = Object.entries(record);
  if (entries.every(([, value]) => value !== undefined)) return record;
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
}

/** Whether two sets of attributes say the same; the order of keys does not matter. */
export function sameAttributes(a: AnyAttributes, b: AnyAttributes): boolean {
  const keys = Object.keys(a);
  return (
    keys.length === Object.keys(b).length &&
    keys.every((key) => Object.hasOwn(b, key) && sameValue(a[key], b[key]))
  );
}

function sameValue(a: unknown, b: unknown): boolean {
  if (!Array.isArray(a) || !Array.isArray(b)) return Object.is(a, b);
  return a.length === b.length && a.every((one, i) => Object.is(one, b[i]));
}
