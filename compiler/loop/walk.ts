/** Goes through values of Stmt. */
import type { Value } from "./stmt.js";

/** The values directly inside a value; those inside a guard's arms are not listed: they run conditionally. */
export function operandsOf(value: Value): readonly Value[] {
  switch (value.kind) {
    case "constant":
    case "register":
      return [];
    case "load":
      return [value.address];
    case "unary":
    case "cast":
    case "splat":
    case "mask":
    case "reduce":
    case "extract":
      return [value.operand];
    case "binary":
    case "dot":
    case "shuffle":
      return [value.left, value.right];
    case "select":
      return [value.condition, value.then, value.otherwise];
    case "guard":
      return [value.condition];
    case "build":
      return value.operands;
    default:
      return value satisfies never;
  }
}

/** Every value directly inside a value, the arms of a guard too. */
export function allOperands(value: Value): readonly Value[] {
  return value.kind === "guard"
    ? [value.condition, value.then, value.otherwise]
    : operandsOf(value);
}
