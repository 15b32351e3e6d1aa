/** Texts of JavaScript's expressions with no parentheses but the needed ones. */

/** Binding strength of JavaScript's operators; larger binds tighter. */
const enumerated = ["?:", "||", "&&", "|", "^", "&", "===", "<", "<<", "+", "*", "unary", "atom"];
const LEVEL = new Map(enumerated.map((name, level) => [name, level]));
export const level = (name: string): number => LEVEL.get(name)!;
export const ATOM = level("atom");

/** Source text and how strongly its outermost operator binds. */
export interface Printed {
  readonly text: string;
  readonly level: number;
}

export const atom = (text: string): Printed => ({ text, level: ATOM });

/** The shortest text that reads back as the number. */
export function printConstant(value: number): string {
  return Object.is(value, -0) ? "-0" : String(value);
}

export function wrap({ text, level: inner }: Printed, outer: number): string {
  return inner < outer ? `(${text})` : text;
}

const BY_LEVEL: Readonly<Record<string, string>> = {
  "-": "+",
  "/": "*",
  "%": "*",
  "!==": "===",
  "<=": "<",
  ">": "<",
  ">=": "<",
  ">>": "<<",
};

/** `left op right`; operators group to the left. */
export function infix(operator: string, left: Printed, right: Printed): Printed {
  const own = level(BY_LEVEL[operator] ?? operator);
  return { text: `${wrap(left, own)} ${operator} ${wrap(right, own + 1)}`, level: own };
}

export function call(name: string, ...operands: readonly Printed[]): Printed {
  return atom(`${name}(${operands.map(({ text }) => text).join(", ")})`);
}

export function toInt32(value: Printed): Printed {
  return infix("|", value, atom("0"));
}

export function choice(condition: Printed): Printed {
  return { text: `${wrap(condition, level("||"))} ? 1 : 0`, level: level("?:") };
}
