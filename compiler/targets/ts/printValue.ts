/** Prints values as TypeScript expressions with no parentheses but the needed ones. */
import type { BinaryOp, UnaryOp } from "../../compute/ir.js";
import type { Memory, Value } from "../../loop/stmt.js";
import { expectWide } from "../../loop/storage.js";
import type { Ranges } from "../range.js";

/** Memory views a kernel function can take, in the order of its parameters. */
export const VIEWS = ["f32", "i32", "weights", "tables"] as const;
export type View = (typeof VIEWS)[number];

/** Functions of the runtime that printed expressions call. */
export const HELPERS = ["round", "bits", "float", "saturate"] as const;
export type Helper = (typeof HELPERS)[number];

/** The typed array that holds elements of this kind. */
export function viewOf({ dtype, space }: Memory): View {
  expectWide(dtype, "TypeScript");
  if (space === "arena") return dtype === "f32" ? "f32" : "i32";
  return dtype === "f32" ? "weights" : "tables";
}

export interface Printer {
  readonly ranges: Ranges;
  /** The identifier that stands for a register, loop variable or parameter. */
  local(name: string): string;
  /** Called for every helper that is printed. */
  useHelper(helper: Helper): void;
}

/** Binding strength of JavaScript's operators; larger binds tighter. */
const enumerated = ["?:", "||", "&&", "|", "^", "&", "===", "<", "<<", "+", "*", "unary", "atom"];
const LEVEL = new Map(enumerated.map((name, level) => [name, level]));
const level = (name: string): number => LEVEL.get(name)!;
const ATOM = level("atom");

/** Source text and how strongly its outermost operator binds. */
interface Printed {
  readonly text: string;
  readonly level: number;
}

const atom = (text: string): Printed => ({ text, level: ATOM });

/** An f32 or i32 value as a number, a bool as 0 or 1: what a store writes. */
export function printNumber(value: Value, printer: Printer): string {
  return number(value, printer).text;
}

/** A value as registers hold it: a bool is a boolean. */
export function printValue(value: Value, printer: Printer): string {
  return print(value, printer).text;
}

export function printElement(memory: Memory, address: Value, printer: Printer): string {
  return `${viewOf(memory)}[${number(address, printer).text}]`;
}

/** The shortest text that reads back as the number. */
export function printConstant(value: number): string {
  return Object.is(value, -0) ? "-0" : String(value);
}

function wrap({ text, level: inner }: Printed, outer: number): string {
  return inner < outer ? `(${text})` : text;
}

function print(value: Value, printer: Printer): Printed {
  if (value.lanes !== 1) throw new Error(`the TypeScript target has no vectors of ${value.lanes}`);
  switch (value.kind) {
    case "constant":
      return constant(value);
    case "register":
      return atom(printer.local(value.name));
    case "load": {
      const element = atom(`${printElement(value.memory, value.address, printer)}!`);
      return value.dtype === "bool" ? infix("!==", element, atom("0")) : element;
    }
    case "unary":
      return unary(value, printer);
    case "binary":
      return value.left.dtype === "bool" ? logical(value, printer) : binary(value, printer);
    case "cast":
      return cast(value, printer);
    case "select":
    case "guard": {
      const [condition, then, otherwise] = [value.condition, value.then, value.otherwise].map(
        (part) => print(part, printer),
      );
      const test = wrap(condition!, level("||"));
      return { text: `${test} ? ${then!.text} : ${otherwise!.text}`, level: level("?:") };
    }
    case "splat":
    case "build":
    case "extract":
    case "mask":
    case "reduce":
      throw new Error(`the TypeScript target has no vectors to ${value.kind}`);
    default:
      return value satisfies never;
  }
}

function number(value: Value, printer: Printer): Printed {
  if (value.dtype !== "bool") return print(value, printer);
  if (value.kind === "load") return atom(`${printElement(value.memory, value.address, printer)}!`);
  if (value.kind === "constant") return atom(value.value === 0 ? "0" : "1");
  const test = wrap(print(value, printer), level("||"));
  return { text: `${test} ? 1 : 0`, level: level("?:") };
}

function constant({ dtype, value }: Extract<Value, { kind: "constant" }>): Printed {
  if (dtype === "bool") return atom(value === 0 ? "false" : "true");
  const text = printConstant(value);
  return { text, level: text.startsWith("-") ? level("unary") : ATOM };
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
function infix(operator: string, left: Printed, right: Printed): Printed {
  const own = level(BY_LEVEL[operator] ?? operator);
  return { text: `${wrap(left, own)} ${operator} ${wrap(right, own + 1)}`, level: own };
}

function call(name: string, ...operands: readonly Printed[]): Printed {
  return atom(`${name}(${operands.map(({ text }) => text).join(", ")})`);
}

function toInt32(value: Printed): Printed {
  return infix("|", value, atom("0"));
}

function helper(name: Helper, operand: Printed, printer: Printer): Printed {
  printer.useHelper(name);
  return call(name, operand);
}

function unary(value: Extract<Value, { kind: "unary" }>, printer: Printer): Printed {
  const operand = print(value.operand, printer);
  const integer = value.operand.dtype === "i32";
  const op: UnaryOp = value.op;
  switch (op) {
    case "neg": {
      const text = wrap(operand, level("unary"));
      const negated = {
        text: text.startsWith("-") ? `-(${text})` : `-${text}`,
        level: level("unary"),
      };
      return integer ? toInt32(negated) : negated;
    }
    case "abs":
      return integer ? toInt32(call("Math.abs", operand)) : call("Math.abs", operand);
    case "sqrt":
    case "floor":
    case "ceil":
    case "trunc":
    case "fround":
      return call(`Math.${op}`, operand);
    case "not":
      if (integer) return choice(infix("===", operand, atom("0")));
      return { text: `!${wrap(operand, level("unary"))}`, level: level("unary") };
    case "isnan":
      return call("Number.isNaN", operand);
    case "round":
    case "bits":
    case "float":
      return helper(op, operand, printer);
    default:
      throw new Error(`${op} is not a primitive: decompose comes before printing`);
  }
}

function choice(condition: Printed): Printed {
  return { text: `${wrap(condition, level("||"))} ? 1 : 0`, level: level("?:") };
}

type Binary = Extract<Value, { kind: "binary" }>;

const COMPARISONS: Readonly<Partial<Record<BinaryOp, string>>> = {
  eq: "===",
  ne: "!==",
  lt: "<",
  le: "<=",
  gt: ">",
  ge: ">=",
};

const BITWISE: Readonly<Partial<Record<BinaryOp, string>>> = {
  and: "&",
  or: "|",
  xor: "^",
  shl: "<<",
  shr: ">>",
};

/** Operations on bools; min is `and`, max is `or`. */
function logical(value: Binary, printer: Printer): Printed {
  const left = print(value.left, printer);
  const right = print(value.right, printer);
  switch (value.op) {
    case "and":
    case "min":
      return infix("&&", left, right);
    case "or":
    case "max":
      return infix("||", left, right);
    case "xor":
    case "ne":
      return infix("!==", left, right);
    case "eq":
      return infix("===", left, right);
    default: {
      const operator = COMPARISONS[value.op];
      if (operator === undefined) throw new Error(`${value.op} of two bools`);
      return infix(operator, number(value.left, printer), number(value.right, printer));
    }
  }
}

function binary(value: Binary, printer: Printer): Printed {
  const left = print(value.left, printer);
  const right = print(value.right, printer);
  const operator = COMPARISONS[value.op] ?? BITWISE[value.op];
  if (operator !== undefined) return infix(operator, left, right);
  const integer = value.left.dtype === "i32";
  switch (value.op) {
    case "add":
    case "sub": {
      const sum = addition(value.op === "add" ? "+" : "-", left, right, value.right);
      return integer && printer.ranges.exact(value) === undefined ? toInt32(sum) : sum;
    }
    case "mul":
      return integer && printer.ranges.exact(value) === undefined
        ? call("Math.imul", left, right)
        : infix("*", left, right);
    case "div":
      return integer ? toInt32(infix("/", left, right)) : infix("/", left, right);
    case "min":
    case "max":
      return call(`Math.${value.op}`, left, right);
    case "floordiv":
    case "mod":
      return integer ? division(value, left, right, printer) : flooredFloat(value);
    case "rem":
      return integer ? toInt32(infix("%", left, right)) : infix("%", left, right);
    default:
      throw new Error(`${value.op} is not a primitive: decompose comes before printing`);
  }
}

function flooredFloat(value: Binary): never {
  throw new Error(`${value.op} is for i32 only`);
}

/** a + −3 => a − 3 */
function addition(operator: "+" | "-", left: Printed, right: Printed, value: Value): Printed {
  if (value.kind !== "constant" || !(value.value < 0)) return infix(operator, left, right);
  return infix(operator === "+" ? "-" : "+", left, atom(printConstant(-value.value)));
}

/** Rounds towards −∞; where the dividend cannot be negative, engines make one integer instruction of it. */
function division(value: Binary, left: Printed, right: Printed, printer: Printer): Printed {
  const constantDivisor = value.right.kind === "constant" && value.right.value > 0;
  const positive = constantDivisor && printer.ranges.of(value.left).min >= 0;
  if (value.op === "floordiv") {
    const quotient = infix("/", left, right);
    return positive ? toInt32(quotient) : toInt32(call("Math.floor", quotient));
  }
  const remainder = infix("%", left, right);
  if (positive) return remainder;
  const shifted = infix("%", infix("+", remainder, right), right);
  return constantDivisor ? shifted : toInt32(shifted);
}

function cast(value: Extract<Value, { kind: "cast" }>, printer: Printer): Printed {
  const { operand, dtype } = value;
  if (dtype === operand.dtype) return print(operand, printer);
  if (operand.dtype === "bool") return number(operand, printer);
  const inner = print(operand, printer);
  if (dtype === "bool") return infix("!==", inner, atom("0"));
  return dtype === "i32" ? helper("saturate", inner, printer) : inner;
}
