/** Says in words what a schema wanted of a value: its own messages are for those who wrote the schema. */
import type { z } from "zod";

/** Longer values are cut. */
const LONGEST = 64;

/** Of types, by the schema's names for them. */
const TYPES: Readonly<Record<string, string>> = {
  number: "a number",
  int: "a whole number",
  string: "a text",
  boolean: "true or false",
  array: "a list",
  tuple: "a list",
  object: "an object",
  record: "an object",
  undefined: "nothing",
};

/** `axis: expected a whole number, not 0.5`; `data` is what was looked at, and `rename` says what its fields are called. */
export function issueText(
  issue: z.core.$ZodIssue,
  data: unknown,
  rename: (field: string) => string = (field) => field,
): string {
  const [first, ...rest] = issue.path;
  const place = rest.map((at) => (typeof at === "number" ? `[${at}]` : `.${String(at)}`)).join("");
  const field = first === undefined ? "" : `${rename(String(first))}${place}: `;
  return `${field}${expectation(issue)}${received(valueAt(data, issue.path), issue)}`;
}

/** What messages begin with that no schema has been given: others say themselves what is expected. */
const OWN_WORDS = /^(Invalid |Too |Unrecognized )/;

/** `expected at least 1` */
export function expectation(issue: z.core.$ZodIssue): string {
  return OWN_WORDS.test(issue.message) ? `expected ${wanted(issue)}` : issue.message;
}

function wanted(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case "invalid_type":
      return TYPES[issue.expected] ?? issue.expected;
    case "invalid_value":
      return issue.values.map((value) => shown(value)).join(" or ");
    case "too_small":
      return bound(
        issue.origin,
        issue.inclusive === false ? "more than" : "at least",
        issue.minimum,
      );
    case "too_big":
      return bound(
        issue.origin,
        issue.inclusive === false ? "less than" : "at most",
        issue.maximum,
      );
    case "not_multiple_of":
      return `a multiple of ${issue.divisor}`;
    case "invalid_union":
      return unionOf(issue.errors);
    case "unrecognized_keys":
      return `no ${issue.keys.map((key) => shown(key)).join(", ")}`;
    case "invalid_key":
    case "invalid_element":
    case "invalid_format":
    case "custom":
      return issue.message;
    default:
      return issue satisfies never;
  }
}

function bound(origin: string, how: string, limit: number | bigint): string {
  const counted = origin === "array" || origin === "set" || origin === "string";
  const unit = !counted
    ? ""
    : ` ${origin === "string" ? "character" : "element"}${limit === 1 ? "" : "s"}`;
  return `${how} ${limit}${unit}`;
}

/** What each member wants that does not look into the value. */
function unionOf(members: readonly (readonly z.core.$ZodIssue[])[]): string {
  const texts = members.flatMap((issues) => (issues[0] === undefined ? [] : [wanted(issues[0])]));
  return [...new Set(texts)].join(" or ");
}

/** Refinements say themselves what they found. */
function received(value: unknown, { code }: z.core.$ZodIssue): string {
  if (code === "custom" || code === "unrecognized_keys") return "";
  if (value === undefined) return ", which is missing";
  if (Array.isArray(value)) return `, not ${value.length === 0 ? "an empty list" : "a list"}`;
  return typeof value === "object" ? ", not an object" : `, not ${shown(value)}`;
}

function shown(value: unknown): string {
  const text = typeof value === "string" ? JSON.stringify(value) : String(value);
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
}

function valueAt(data: unknown, path: readonly PropertyKey[]): unknown {
  let value = data;
  for (const key of path) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, key)) return undefined;
    value = (value as Readonly<Record<PropertyKey, unknown>>)[key];
  }
  return value;
}
