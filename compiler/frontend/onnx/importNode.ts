/** Reads one node of ONNX through the table of ops. */
import { CompileError, fail } from "../../base/error.js";
import { suggestion } from "../../base/suggest.js";
import { computedType, elementCount, type Tensor } from "../../base/tensor.js";
import { constantTensor } from "../../graph/constants.js";
import type { Constant, Operand } from "../../graph/definition.js";
import type { Known } from "../../infer/inference.js";
import { rejectVariable } from "../../infer/operandAttributes.js";
import { exactType } from "../../onnx/elementTypes.js";
import type { OnnxNode } from "../../onnx/messages.js";
import { followBounds } from "./boundRules.js";
import type { BoundSite, Followed } from "./boundSite.js";
import { setBound } from "./bounds.js";
import { innerType, storedValue, widened } from "./halves.js";
import { readOnnxAttributes, resolveReferences } from "./importAttributes.js";
import { isStandard, opName, titleOf } from "./importOrder.js";
import type { Bound, Given, Layer, Result, Row, Site, Value, Version } from "./importSite.js";
import {
  addValue,
  countNode,
  knownOf,
  type Found,
  type Importer,
  type Scope,
} from "./importState.js";
import { findRow, rowNames } from "./ops.js";
import { insteadOf, withoutDomain } from "./unsupportedOps.js";

/** Rows look at constants of at most this many elements. */
const SHOWN_ELEMENTS = 2 ** 16;

/** Adds the layers that the table makes of a node; the values of its outputs. Throws CompileError. */
export function buildNode(
  importer: Importer,
  scope: Scope,
  node: OnnxNode,
  inputs: readonly (Found | undefined)[],
  used: readonly boolean[],
): (Given | undefined)[] {
  const name = opName(node);
  const row = rowOf(node, name);
  const opset = scope.opsets.get(isStandard(node.domain) ? "" : node.domain) ?? 1;
  const version = versionAt(name, row, opset);
  checkArity(node, name, row, used);
  const given = resolveReferences(node.attribute, scope.formal);
  const { readFile } = importer.options;
  const attributes = readOnnxAttributes(name, row, version, given, readFile);
  const known = inputs.filter((input) => input !== "unknown");
  if (known.length < inputs.length) throw new CompileError([]);
  checkTensors(row, known);
  const own: Bounds = new Map();
  const siteWith = (read: readonly (Given | undefined)[]): Site =>
    siteOf(importer, read, row.inputs, { opset, attributes, used }, own);
  const placed = new Map<Layer | Tensor, Operand>();
  const followed = followedBounds(importer, name, known, siteWith(known));
  const read = followed?.inputs?.map((value, i) =>
    value === undefined
      ? undefined
      : addValue(importer, value, `${scope.prefix}${titleOf(node)}.${i}`, placed),
  );
  const result = row.build(siteWith(read ?? known));
  const values = (Array.isArray(result) ? result : [result]) as readonly (Result | undefined)[];
  const first = used.indexOf(true);
  const tensors = known.filter(isOperand);
  const add = (value: Value, name: string, i: number): Operand => {
    const made = addValue(importer, value, name, placed);
    const operand = storedValue(importer, node.opType, tensors, made, name);
    const bound = own.get(value) ?? followed?.bound(knownNow(importer, operand).type, i);
    if (bound !== undefined) setBound(importer, operand, bound, placed);
    return operand;
  };
  return values.map((value, i): Given | undefined => {
    if (!used[i] || value === undefined) return undefined;
    if (value === "absent") return value;
    const own = `${scope.prefix}${i === first ? titleOf(node) : node.output[i]!}`;
    if (typeof value === "string" || !("items" in value)) return add(value, own, i);
    countNode(importer, value.items.length, { node: own, op: name });
    return { items: value.items.map((item, k) => add(item, `${own}.${k}`, i)) };
  });
}

/** What outputs are bounded by, of those that a row says it of. */
type Bounds = Map<Value, Bound<Value>>;

/** What to do about inputs that have as many rows as a run finds; undefined where there are none. */
function followedBounds(
  { bounds }: Importer,
  name: string,
  given: readonly (Given | undefined)[],
  site: Site,
): Followed | undefined {
  const own = given.map((one) => (isOperand(one) ? bounds.get(one) : undefined));
  return own.every((bound) => bound === undefined)
    ? undefined
    : followBounds(name, { site: site as BoundSite["site"], bounds: own });
}

/** Whether it is a tensor that an input stands for. */
export function isOperand(given: Given | undefined): given is Operand {
  return typeof given === "string" && given !== "absent";
}

/** What stands there instead of a tensor. */
export function shownGiven(given: Given): string {
  return typeof given === "object"
    ? `a sequence of ${given.items.length} tensors`
    : "an optional value that is not there";
}

/** The tensor that is wanted. Throws CompileError `type-mismatch`. */
export function tensorOf(given: Given, what: string): Operand {
  if (isOperand(given)) return given;
  return fail("type-mismatch", `${what} is ${shownGiven(given)}: expected a tensor`);
}

/** Throws CompileError `type-mismatch` where the row takes tensors and is given something else. */
function checkTensors({ inputs, sequences }: Row, given: readonly (Given | undefined)[]): void {
  if (sequences === true) return;
  const at = given.findIndex((one) => one !== undefined && !isOperand(one));
  if (at < 0) return;
  const name = inputs[Math.min(at, inputs.length - 1)]!.replace(/[?…]$/, "");
  fail("type-mismatch", `input ${name} is ${shownGiven(given[at]!)}: expected a tensor`, {
    hint: "SequenceAt takes one of a sequence, ConcatFromSequence puts all together",
  });
}

function versionAt(opType: string, { versions, until }: Row, opset: number): Version {
  if (until !== undefined && opset >= until) {
    const hint = `mark the model as of opset ${until - 1}, or use an op that took its place`;
    return fail("unsupported", `${opType} is not in ONNX since opset ${until}`, { hint });
  }
  const version = versions.findLast(({ since }) => since <= opset);
  if (version !== undefined) return version;
  const hint = `convert the model to opset ${versions[0]!.since} or newer`;
  return fail("unsupported", `${opType} of opset ${opset} is not supported`, { hint });
}

function rowOf({ domain, opType }: OnnxNode, name: string): Row {
  const row = findRow(name);
  if (row !== undefined) return row;
  if (!isStandard(domain)) {
    return fail("unknown-op", `${name} is not an op of ONNX itself, and not supported`, {
      hint: withoutDomain(domain),
      ...suggestion(opType, namesIn(domain)),
    });
  }
  const hint = insteadOf(opType);
  const near = hint === undefined ? suggestion(opType, rowNames()) : { hint };
  return fail("unknown-op", `${opType} is not supported`, near);
}

/** Names of the ops that are read of a domain other than ONNX's own. */
function namesIn(domain: string): readonly string[] {
  const prefix = `${domain}.`;
  return rowNames().flatMap((name) => (name.startsWith(prefix) ? name.slice(prefix.length) : []));
}

function checkArity(
  { input, output }: OnnxNode,
  name: string,
  row: Row,
  used: readonly boolean[],
): void {
  const { inputs, outputs = 1 } = row;
  const takes = (): string => `${name} takes (${inputs.join(", ")})`;
  const most = inputs.at(-1)?.endsWith("…") === true ? Infinity : inputs.length;
  const last = input.findLastIndex((name) => name !== "");
  if (last >= most) fail("extra-input", `${input.length} inputs: ${takes()}`);
  const missing = inputs.find((name, i) => !name.endsWith("?") && (input[i] ?? "") === "");
  if (missing !== undefined) fail("missing-input", `input ${missing} is missing: ${takes()}`);
  const blank = input.slice(0, last).findIndex((name, i) => name === "" && i >= inputs.length);
  if (blank >= 0) fail("missing-input", `input ${blank} is missing: ${takes()}`);
  const beyond = used.findIndex((one, i) => one && i >= outputs);
  if (beyond >= 0) {
    fail("unsupported", `output ${beyond} ('${output[beyond]!}') of ${name} is not computed`);
  }
}

/** What a row sees of a node. */
function siteOf(
  importer: Importer,
  given: readonly (Given | undefined)[],
  names: readonly string[],
  { opset, attributes, used }: Pick<Site, "opset" | "attributes" | "used">,
  bounds: Bounds,
): Site {
  const inputs = given.map((one) => (isOperand(one) ? one : undefined));
  return {
    opset,
    attributes,
    used,
    inputs,
    given,
    constant(input) {
      const constant = givenConstant(importer, inputs[input]);
      if (constant === undefined || elementCount(constant.type.dims) > SHOWN_ELEMENTS) return;
      return widened(constantTensor(constant, importer.options.readFile));
    },
    constantType: (input) => {
      const type = givenConstant(importer, inputs[input])?.type;
      return type && computedType(type);
    },
    value: (input) =>
      widened(valueOf(importer, inputs[input]!, names[input]?.replace("?", "") ?? String(input))),
    known: (input) => {
      const value = foldedOf(importer, inputs[input]!);
      return value && widened(value);
    },
    type: (input) => computedType(knownNow(importer, inputs[input]!).type),
    dtype: (input) => innerType(importer, knownNow(importer, inputs[input]!).type.dtype),
    elementType: (code, what) => innerType(importer, exactType(code, what)),
    bounded(output, bound) {
      bounds.set(output, bound);
      return output;
    },
  };
}

function givenConstant(importer: Importer, operand: Operand | undefined): Constant | undefined {
  return operand?.startsWith("@") === true ? importer.constants.get(operand.slice(1)) : undefined;
}

/** Throws a CompileError without problems where the operand has some: they were reported where they arose. */
function knownNow(importer: Importer, operand: Operand): Known {
  const found = knownOf(importer, operand);
  if (found === undefined) throw new CompileError([]);
  return found;
}

function foldedOf(importer: Importer, operand: Operand): Tensor | undefined {
  const constant = givenConstant(importer, operand) ?? knownNow(importer, operand).constant;
  return constant && constantTensor(constant, importer.options.readFile);
}

/** The value of an operand after folding. Throws CompileError `needs-constant` where it varies. */
export function valueOf(importer: Importer, operand: Operand, name: string): Tensor {
  const folded = foldedOf(importer, operand);
  if (folded !== undefined) return folded;
  const { draft: definition, problems } = importer;
  return rejectVariable({ definition, problems }, operand, name);
}
