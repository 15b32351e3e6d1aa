/** How operators are written in texts of kernels: symbols, what binds tighter, and what is a call. */
import type { BinaryOp, ElementaryOp, UnaryOp } from "./ir.js";

/** As in C, but comparisons do not chain. */
export const PRECEDENCE = {
  lowest: 0,
  or: 1,
  xor: 2,
  and: 3,
  comparison: 4,
  shift: 5,
  sum: 6,
  product: 7,
  unary: 8,
  primary: 9,
} as const;

export interface Operator {
  readonly symbol: string;
  readonly precedence: number;
  /** What its operands must bind at least as tightly as. */
  readonly left: number;
  readonly right: number;
}

function leftToRight(symbol: string, precedence: number): Operator {
  return { symbol, precedence, left: precedence, right: precedence + 1 };
}

function comparison(symbol: string): Operator {
  const tighter = PRECEDENCE.comparison + 1;
  return { symbol, precedence: PRECEDENCE.comparison, left: tighter, right: tighter };
}

const OPERATORS: ReadonlyMap<BinaryOp, Operator> = new Map([
  ["or", leftToRight("|", PRECEDENCE.or)],
  ["xor", leftToRight("^", PRECEDENCE.xor)],
  ["and", leftToRight("&", PRECEDENCE.and)],
  ["eq", comparison("==")],
  ["ne", comparison("!=")],
  ["lt", comparison("<")],
  ["le", comparison("<=")],
  ["gt", comparison(">")],
  ["ge", comparison(">=")],
  ["shl", leftToRight("<<", PRECEDENCE.shift)],
  ["shr", leftToRight(">>", PRECEDENCE.shift)],
  ["add", leftToRight("+", PRECEDENCE.sum)],
  ["sub", leftToRight("-", PRECEDENCE.sum)],
  ["mul", leftToRight("*", PRECEDENCE.product)],
  ["div", leftToRight("/", PRECEDENCE.product)],
]);

/** The operator of a binary op; undefined for those written as calls: min(a, b). */
export function operatorOf(op: BinaryOp): Operator | undefined {
  return OPERATORS.get(op);
}

/** The symbol before the operand; a constant's own sign is part of the number, so neg(1.0) is a call. */
export function prefixOf(op: UnaryOp, ofConstant: boolean): "-" | "!" | undefined {
  if (op === "not") return "!";
  return op === "neg" && !ofConstant ? "-" : undefined;
}

export function callText(name: string, operands: readonly string[]): string {
  return `${name}(${operands.join(", ")})`;
}

const ELEMENTARY: Readonly<Record<ElementaryOp, true>> = {
  exp: true,
  expm1: true,
  log: true,
  log1p: true,
  tanh: true,
  erf: true,
  sin: true,
  cos: true,
  tan: true,
  asin: true,
  acos: true,
  atan: true,
  sinh: true,
  cosh: true,
  asinh: true,
  acosh: true,
  atanh: true,
};

/** Whether an op is rewritten into primitives before anything runs. */
export function isElementary(op: string): op is ElementaryOp {
  return Object.hasOwn(ELEMENTARY, op);
}
