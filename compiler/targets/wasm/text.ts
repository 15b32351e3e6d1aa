/** WebAssembly text as nested lists, laid out so that it can be read. */

/** An atom, or a list whose first atom is the instruction. */
export type Text = string | readonly Text[];

const WIDTH = 100;

/** One line where it fits, otherwise an operand a line below the instruction and its immediates. */
export function layOut(text: Text, depth = 0): string {
  const indent = "  ".repeat(depth);
  if (typeof text === "string") return indent + text;
  const operands = text.findIndex((part, i) => i > 0 && typeof part !== "string");
  const fits = text[0] !== "loop" && roomBehind(text, WIDTH - indent.length) >= 0;
  if (fits || operands < 0) return indent + flatten(text);
  const head = text.slice(0, operands).map(flatten).join(" ");
  const rest = text.slice(operands).map((part) => layOut(part, depth + 1));
  return `${indent}(${head}\n${rest.join("\n")})`;
}

/** How much of a line is left behind a text; negative as soon as there is none. */
function roomBehind(text: Text, room: number): number {
  if (typeof text === "string") return room - text.length;
  let left = room - "()".length - Math.max(0, text.length - 1);
  for (let i = 0; i < text.length && left >= 0; i++) left = roomBehind(text[i]!, left);
  return left;
}

function flatten(text: Text): string {
  return typeof text === "string" ? text : `(${text.map(flatten).join(" ")})`;
}

export const get = (local: string): Text => ["local.get", `$${local}`];
export const set = (local: string, value: Text): Text => ["local.set", `$${local}`, value];
export const i32 = (value: number): Text => ["i32.const", String(value)];
