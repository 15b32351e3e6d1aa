/** Constructors of Stmt values that fold constants, so that emitted addresses read as a person would write them. */
import type { Combine, Scalar, BinaryOp } from "../compute/ir.js";
import type { Value } from "../loop/stmt.js";

export function constantValue(value: number, dtype: Scalar = "i32", lanes = 1): Value {
  return { kind: "constant", dtype, lanes, value };
}

export function registerValue(name: string, dtype: Scalar = "i32", lanes = 1): Value {
  return { kind: "register", dtype, lanes, name };
}

/** A scalar in every lane; vectors pass through. */
export function splat(value: Value, lanes: number): Value {
  if (value.lanes === lanes) return value;
  if (value.lanes !== 1) throw new Error(`${value.lanes} lanes where ${lanes} are wanted`);
  if (value.kind === "constant") return { ...value, lanes };
  return { kind: "splat", dtype: value.dtype, lanes, operand: value };
}

/** a op b, with the scalar side splatted. */
export function binaryValue(op: BinaryOp, dtype: Scalar, a: Value, b: Value): Value {
  const lanes = Math.max(a.lanes, b.lanes);
  return { kind: "binary", dtype, lanes, op, left: splat(a, lanes), right: splat(b, lanes) };
}

/** Address arithmetic: a + b with zeros dropped and constants added up. */
export function addressSum(a: Value, b: Value): Value {
  if (isConstant(a, 0)) return b;
  if (isConstant(b, 0)) return a;
  if (a.kind === "constant" && b.kind === "constant") return constantValue(a.value + b.value);
  return binaryValue("add", "i32", a, b);
}

/** Address arithmetic: value · factor. */
export function addressProduct(value: Value, factor: number): Value {
  if (factor === 1) return value;
  if (value.kind === "constant") return constantValue(value.value * factor);
  return binaryValue("mul", "i32", value, constantValue(factor));
}

export function isConstant(value: Value, number: number): boolean {
  return value.kind === "constant" && value.value === number;
}

/** The op that joins two partial results of a reduction. */
export function combineOp(combine: Combine): BinaryOp {
  switch (combine) {
    case "sum":
      return "add";
    case "prod":
      return "mul";
    case "min":
    case "max":
      return combine;
    default:
      return combine satisfies never;
  }
}
