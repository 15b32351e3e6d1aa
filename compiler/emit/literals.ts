/** Writes plain data as an expression, and as the type that has that one value. */
import { quoteString } from "../base/quote.js";
import { objectKey, typeKey } from "./names.js";
import type { Literal } from "./statements.js";

/** `{ shape: [1, 10], layout: "NC" }` */
export function printLiteral(value: Literal): string {
  return print(value, (name, one) => `${objectKey(name)}: ${printLiteral(one)}`, ", ", "");
}

/** `{ readonly shape: readonly [1, 10]; readonly layout: "NC" }` */
export function printLiteralType(value: Literal): string {
  const property = (name: string, one: Literal): string =>
    `readonly ${typeKey(name)}: ${printLiteralType(one)}`;
  return print(value, property, "; ", "readonly ");
}

function print(
  value: Literal,
  property: (name: string, value: Literal) => string,
  between: string,
  beforeList: string,
): string {
  if (typeof value === "string") return quoteString(value);
  if (typeof value !== "object") return String(value);
  if (isList(value)) {
    const items = value.map((one) => print(one, property, between, beforeList));
    return `${beforeList}[${items.join(", ")}]`;
  }
  const all = Object.entries(value).map(([name, one]) => property(name, one));
  return all.length === 0 ? "{}" : `{ ${all.join(between)} }`;
}

function isList(value: object): value is readonly Literal[] {
  return Array.isArray(value);
}
