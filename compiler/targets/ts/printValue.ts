/** Prints values as TypeScript expressions with no parentheses but the needed ones. */
import type { UnaryOp } from "../../compute/ir.js";
import type { Memory, Value } from "../../loop/stmt.js";
import type { Ranges } from "../range.js";
import { binaryText, COMPARISONS, type Binary } from "./arithmetic.js";
import {
  ATOM,
  atom,
  call,
  choice,
  infix,
  level,
  printConstant,
  toInt32,
  wrap,
  type Printed,
} from "./text.js";
import { arrayOf, type Helper } from "./arrays.js";

export interface Printer {
  readonly ranges: Ranges;
  /** The identifier that stands for a register, loop variable or parameter. */
  local(name: string): string;
  /** Called for every helper that is printed. */
  useHelper(helper: Helper): void;
}

/** An f32 or i32 value as a number, a bool as 0 or 1: what a store writes. */
export function printNumber(value: Value, printer: Printer): string {
  return number(value, printer).text;
}

/** A value as registers hold it: a bool is a boolean. */
export function printValue(value: Value, printer: Printer): string {
  return print(value, printer).text;
}

export function printElement(memory: Memory, address: Value, printer: Printer): string {
  return `${arrayOf(memory)}[${number(address, printer).text}]`;
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
      const { dtype } = value.memory;
      if (dtype === "f16") return helper("half", element, printer);
      if (dtype === "bf16") return helper("float", infix("<<", element, atom("16")), printer);
      return value.dtype === "bool" ? infix("!==", element, atom("0")) : element;
    }
    case "unary":
      return unary(value, printer);
    case "binary":
      return binary(value, printer);
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
    case "dot":
    case "build":
    case "shuffle":
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

function binary(value: Binary, printer: Printer): Printed {
  const [left, right] = [print(value.left, printer), print(value.right, printer)];
  if (value.op === "sdot" || value.op === "usdot" || value.op === "dot16") {
    printer.useHelper(value.op);
    return call(value.op, left, right);
  }
  return value.left.dtype === "bool"
    ? logical(value, left, right, printer)
    : binaryText(value, left, right, printer.ranges);
}

/** Operations on bools; min is `and`, max is `or`. */
function logical(value: Binary, left: Printed, right: Printed, printer: Printer): Printed {
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

function cast(value: Extract<Value, { kind: "cast" }>, printer: Printer): Printed {
  const { operand, dtype } = value;
  if (dtype === operand.dtype) return print(operand, printer);
  if (operand.dtype === "bool") return number(operand, printer);
  const inner = print(operand, printer);
  if (dtype === "bool") return infix("!==", inner, atom("0"));
  return dtype === "i32" ? helper("saturate", inner, printer) : inner;
}
