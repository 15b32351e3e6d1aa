/** Attributes of a node: messages to plain values, and those to what a row's schema says they are. */
import type { z } from "zod";
import { CompileError, fail, type Problem } from "../../base/error.js";
import type { ReadFile } from "../../graph/constants.js";
import { expectation, issueText } from "../../base/expected.js";
import { formatF32 } from "../../base/numbers.js";
import { suggestion } from "../../base/suggest.js";
import type { Row, Version } from "./importSite.js";
import { readTensorProto } from "./importTensor.js";
import type { OnnxAttribute } from "../../onnx/messages.js";
import { ATTRIBUTE_TYPES } from "../../onnx/proto.js";

/** What functions say where a value of theirs is asked for by name. */
export type FormalAttributes = ReadonlyMap<string, OnnxAttribute>;

/** Attributes with references to those of the function they stand in put in their place. */
export function resolveReferences(
  attributes: readonly OnnxAttribute[],
  formal: FormalAttributes,
): OnnxAttribute[] {
  return attributes.flatMap((attribute) => {
    if (attribute.refAttrName === "") return [attribute];
    const actual = formal.get(attribute.refAttrName);
    return actual === undefined ? [] : [{ ...actual, name: attribute.name }];
  });
}

/** What the row's schema makes of the attributes. Throws CompileError with everything wrong about them. */
export function readOnnxAttributes(
  opType: string,
  { schema, versions }: Pick<Row, "schema" | "versions">,
  version: Version,
  attributes: readonly OnnxAttribute[],
  readFile: ReadFile | undefined,
): unknown {
  const problems: Problem[] = [];
  const given: Record<string, unknown> = {};
  for (const attribute of attributes) {
    const { name } = attribute;
    if (!version.attributes.includes(name)) {
      problems.push(unknownAttribute(opType, name, version, versions));
    } else if (Object.hasOwn(given, name)) {
      problems.push({ code: "bad-attribute", message: `attribute ${name} is given twice` });
    } else {
      given[name] = attributeValue(attribute, readFile);
    }
  }
  const parsed = schema.safeParse(given);
  if (!parsed.success) {
    problems.push(
      ...parsed.error.issues.map((issue): Problem => {
        const name = String(issue.path[0] ?? "attributes");
        return valueProblem(name, issue, given);
      }),
    );
  }
  if (problems.length > 0) throw new CompileError(problems);
  return parsed.data;
}

function unknownAttribute(
  opType: string,
  name: string,
  { since, attributes }: Version,
  versions: readonly Version[],
): Problem {
  const later = versions.find((other) => other.attributes.includes(name));
  const place = `${opType} of opset ${since}`;
  const hint =
    later !== undefined
      ? `${opType} of opset ${later.since} has it`
      : attributes.length === 0
        ? `${place} takes none`
        : `${place} takes ${attributes.join(", ")}`;
  const message = `there is no attribute '${name}'`;
  return { code: "unknown-attribute", message, hint, ...suggestion(name, attributes) };
}

function valueProblem(
  name: string,
  issue: z.core.$ZodIssue,
  given: Readonly<Record<string, unknown>>,
): Problem {
  if (given[name] === undefined) {
    const hint = expectation(issue);
    return { code: "bad-attribute", message: `attribute ${name} is missing`, hint };
  }
  return { code: "unsupported", message: `attribute ${issueText(issue, given)}` };
}

/** A number, text, list or tensor. f32 values become the decimals that they were written as: 0.1, not 0.10000000149. */
function attributeValue(attribute: OnnxAttribute, readFile: ReadFile | undefined): unknown {
  const { name, t } = attribute;
  switch (typeOf(attribute)) {
    case ATTRIBUTE_TYPES.f:
      return decimal(attribute.f);
    case ATTRIBUTE_TYPES.i:
      return saturatedNumber(attribute.i);
    case ATTRIBUTE_TYPES.s:
      return new TextDecoder().decode(attribute.s);
    case ATTRIBUTE_TYPES.t:
      if (t === undefined) return fail("bad-attribute", `attribute ${name} has no tensor`);
      return readTensorProto(t, readFile);
    case ATTRIBUTE_TYPES.floats:
      return attribute.floats.map(decimal);
    case ATTRIBUTE_TYPES.ints:
      return attribute.ints.map(saturatedNumber);
    case ATTRIBUTE_TYPES.strings:
      return attribute.strings.map((text) => new TextDecoder().decode(text));
    case ATTRIBUTE_TYPES.type:
      // what a value would be of that is not there: nobody asks
      return undefined;
    default:
      return fail("unsupported", `attribute ${name} is of type ${attribute.type}`, {
        hint: "numbers, texts, lists of them and tensors are read",
      });
  }
}

/** Files of the first IR versions name no types. */
function typeOf({ type, t, g, ints, floats, strings, s, f }: OnnxAttribute): number {
  if (type !== 0) return type;
  if (t !== undefined) return ATTRIBUTE_TYPES.t;
  if (g !== undefined) return ATTRIBUTE_TYPES.g;
  if (ints.length > 0) return ATTRIBUTE_TYPES.ints;
  if (floats.length > 0) return ATTRIBUTE_TYPES.floats;
  if (strings.length > 0) return ATTRIBUTE_TYPES.strings;
  if (s.length > 0) return ATTRIBUTE_TYPES.s;
  return f !== 0 ? ATTRIBUTE_TYPES.f : ATTRIBUTE_TYPES.i;
}

function decimal(value: number): number {
  return Number.isFinite(value) ? Number(formatF32(value)) : value;
}

/** Exporters write INT64_MAX for "to the end": beyond exact numbers only the side counts. */
export function saturatedNumber(value: bigint): number {
  const most = BigInt(Number.MAX_SAFE_INTEGER);
  return Number(value > most ? most : value < -most ? -most : value);
}
