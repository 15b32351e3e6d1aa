/** Which operators of JavaScript an operation on two numbers is: 32-bit integers wrap where ranges do not say that they cannot. */
import type { BinaryOp } from "../../compute/ir.js";
import type { Value } from "../../loop/stmt.js";
import type { Ranges } from "../range.js";
import { atom, call, infix, printConstant, toInt32, type Printed } from "./text.js";

export type Binary = Extract<Value, { kind: "binary" }>;

export const COMPARISONS: Readonly<Partial<Record<BinaryOp, string>>> = {
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

/** An operation on two numbers, whose texts are at hand. */
export function binaryText(value: Binary, left: Printed, right: Printed, ranges: Ranges): Printed {
  const operator = COMPARISONS[value.op] ?? BITWISE[value.op];
  if (operator !== undefined) return infix(operator, left, right);
  const integer = value.left.dtype === "i32";
  switch (value.op) {
    case "add":
    case "sub": {
      const sum = addition(value.op === "add" ? "+" : "-", left, right, value.right);
      return integer && ranges.exact(value) === undefined ? toInt32(sum) : sum;
    }
    case "mul":
      return integer && ranges.exact(value) === undefined
        ? call("Math.imul", left, right)
        : infix("*", left, right);
    case "div":
      return integer ? toInt32(infix("/", left, right)) : infix("/", left, right);
    case "min":
    case "max":
      return call(`Math.${value.op}`, left, right);
    case "floordiv":
    case "mod":
      return integer ? division(value, left, right, ranges) : flooredFloat(value);
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
function division(value: Binary, left: Printed, right: Printed, ranges: Ranges): Printed {
  const constantDivisor = value.right.kind === "constant" && value.right.value > 0;
  const positive = constantDivisor && ranges.of(value.left).min >= 0;
  if (value.op === "floordiv") {
    const quotient = infix("/", left, right);
    return positive ? toInt32(quotient) : toInt32(call("Math.floor", quotient));
  }
  const remainder = infix("%", left, right);
  if (positive) return remainder;
  const shifted = infix("%", infix("+", remainder, right), right);
  return constantDivisor ? shifted : toInt32(shifted);
}
