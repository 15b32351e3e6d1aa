/** WebAssembly text as nested lists, laid out so that it can be read. */

/** An atom, or a list whose first atom is the instruction. */
export type Text = string | readonly Text[];

const WIDTH = 100;

/** One line where it fits, otherwise an operand a line below the instruction and its immediates. */
export function layOut(text: Text, depth = 0): string {
  const indent = "  ".repeat(depth);
  const flat = flatten(text);
  if (typeof text === "string") return indent + flat;
  if (text[0] !== "loop" && indent.length + flat.length <= WIDTH) return indent + flat;
  const operands = text.findIndex((part, i) => i > 0 && typeof part !== "string");
  if (operands < 0) return indent + flat;
  const head = text.slice(0, operands).map(flatten).join(" ");
  const rest = text.slice(operands).map((part) => layOut(part, depth + 1));
  return `${indent}(${head}\n${rest.join("\n")})`;
}

function flatten(text: Text): string {
  return typeof text === "string" ? text : `(${text.map(flatten).join(" ")})`;
}

export const get = (local: string): Text => ["local.get", `$${local}`];
export const set = (local: string, value: Text): Text => ["local.set", `$${local}`, value];
export const i32 = (value: number): Text => ["i32.const", String(value)];
