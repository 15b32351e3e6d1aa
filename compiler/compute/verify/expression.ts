/** Checks an expression where it stands: names in scope, dtypes of operands, and loads inside their source. */
import { intervalOf, type Extents } from "../affine.js";
import { isElementary } from "../operators.js";
import type { BinaryOp, Expr, Index, Scalar, UnaryOp } from "../ir.js";

export interface Source {
  readonly dims: readonly number[];
  readonly dtype: Scalar;
}

export interface ExprScope {
  readonly extents: Extents;
  readonly sources: ReadonlyMap<string, Source>;
  /** The accumulator's dtype, in an epilogue. */
  readonly accumulator?: Scalar;
  report(message: string): void;
}

/** Reports what is wrong with an expression; a shared subexpression is looked at once. */
export function checkExpr(expr: Expr, scope: ExprScope, seen = new Set<Expr>()): void {
  if (seen.has(expr)) return;
  seen.add(expr);
  const { report } = scope;
  switch (expr.kind) {
    case "constant":
      return checkConstant(expr.value, expr.dtype, scope);
    case "accumulator":
      if (scope.accumulator === undefined)
        return report("the accumulator is read outside an epilogue");
      if (scope.accumulator !== expr.dtype)
        report(`the accumulator is ${scope.accumulator}, read as ${expr.dtype}`);
      return;
    case "index":
      return void checkIndex(expr.index, scope, seen);
    case "load":
      return checkLoad(expr, scope, seen);
    case "unary":
      checkExpr(expr.operand, scope, seen);
      return checkUnary(expr.op, expr.operand.dtype, expr.dtype, scope);
    case "binary":
      checkExpr(expr.left, scope, seen);
      checkExpr(expr.right, scope, seen);
      return checkBinary(expr.op, [expr.left.dtype, expr.right.dtype], expr.dtype, scope);
    case "select": {
      const { condition, then, otherwise, dtype } = expr;
      [condition, then, otherwise].forEach((operand) => checkExpr(operand, scope, seen));
      if (condition.dtype !== "bool") report(`select on ${condition.dtype}`);
      if (then.dtype !== dtype || otherwise.dtype !== dtype)
        report(`select of ${then.dtype} and ${otherwise.dtype} as ${dtype}`);
      return;
    }
    case "cast":
      return checkExpr(expr.operand, scope, seen);
    default:
      return expr satisfies never;
  }
}

function checkConstant(value: number, dtype: Scalar, { report }: ExprScope): void {
  const fits =
    dtype === "f32" || (dtype === "i32" ? value === (value | 0) : value === 0 || value === 1);
  if (!fits) report(`the constant ${value} is no ${dtype}`);
}

type Signature = readonly [operand: readonly Scalar[], result: Scalar | "same"];

const FLOAT: readonly Scalar[] = ["f32"];
const INTEGER: readonly Scalar[] = ["i32"];
const NUMBER: readonly Scalar[] = ["f32", "i32"];
const DISCRETE: readonly Scalar[] = ["i32", "bool"];
const ANY: readonly Scalar[] = ["f32", "i32", "bool"];

function unarySignature(op: UnaryOp): Signature {
  if (isElementary(op)) return [FLOAT, "f32"];
  switch (op) {
    case "neg":
    case "abs":
      return [NUMBER, "same"];
    case "sqrt":
    case "floor":
    case "ceil":
    case "trunc":
    case "round":
    case "fround":
      return [FLOAT, "f32"];
    case "not":
      return [["bool"], "bool"];
    case "isnan":
      return [FLOAT, "bool"];
    case "bits":
      return [FLOAT, "i32"];
    case "float":
      return [INTEGER, "f32"];
    default:
      return op satisfies never;
  }
}

function binarySignature(op: BinaryOp): Signature {
  switch (op) {
    case "add":
    case "sub":
    case "mul":
    case "div":
    case "rem":
    case "min":
    case "max":
      return [NUMBER, "same"];
    case "pow":
      return [FLOAT, "f32"];
    case "floordiv":
    case "mod":
    case "shl":
    case "shr":
    case "sdot":
    case "usdot":
    case "dot16":
      return [INTEGER, "i32"];
    case "and":
    case "or":
    case "xor":
      return [DISCRETE, "same"];
    case "eq":
    case "ne":
      return [ANY, "bool"];
    case "lt":
    case "le":
    case "gt":
    case "ge":
      return [NUMBER, "bool"];
    default:
      return op satisfies never;
  }
}

function checkUnary(op: UnaryOp, operand: Scalar, result: Scalar, { report }: ExprScope): void {
  const [operands, expected] = unarySignature(op);
  if (!operands.includes(operand)) report(`${op} of ${operand}`);
  else if (result !== (expected === "same" ? operand : expected))
    report(`${op} of ${operand} as ${result}`);
}

function checkBinary(
  op: BinaryOp,
  [left, right]: readonly [Scalar, Scalar],
  result: Scalar,
  { report }: ExprScope,
): void {
  const [operands, expected] = binarySignature(op);
  if (left !== right || !operands.includes(left)) report(`${op} of ${left} and ${right}`);
  else if (result !== (expected === "same" ? left : expected))
    report(`${op} of ${left} as ${result}`);
}

function checkLoad(load: Extract<Expr, { kind: "load" }>, scope: ExprScope, seen: Set<Expr>): void {
  const { report } = scope;
  const source = scope.sources.get(load.source);
  if (source === undefined) return report(`${load.source} is not declared, or not yet written`);
  if (source.dtype !== load.dtype)
    report(`${load.source} is ${source.dtype}, loaded as ${load.dtype}`);
  if (source.dims.length !== load.index.length)
    return report(
      `${load.source} has ${source.dims.length} dimensions, loaded at ${load.index.length} indices`,
    );
  if (load.boundary?.mode === "constant") checkConstant(load.boundary.value, load.dtype, scope);
  load.index.forEach((index, d) => {
    if (!checkIndex(index, scope, seen) || load.boundary !== undefined) return;
    const { min, max } = intervalOf(index, scope.extents);
    const dim = source.dims[d]!;
    if (min < 0 || max >= dim)
      report(`${load.source} is loaded at ${min} to ${max} in dimension ${d} of ${dim}`);
  });
}

/** Whether the index has an interval: axes in scope, integers, opaque terms that are i32 in [min, max]. */
export function checkIndex(index: Index, scope: ExprScope, seen = new Set<Expr>()): boolean {
  const { report } = scope;
  let sound = Number.isSafeInteger(index.constant);
  if (!sound) report(`an index adds ${index.constant}`);
  const wrong = (message: string): void => {
    sound = false;
    report(message);
  };
  for (const { of, coefficient } of index.terms) {
    if (!Number.isSafeInteger(coefficient) || coefficient === 0)
      wrong(`an index multiplies by ${coefficient}`);
    if (typeof of === "string") {
      if (!scope.extents.has(of)) wrong(`axis ${of} is not in scope`);
      continue;
    }
    checkExpr(of.value, scope, seen);
    if (of.value.dtype !== "i32") report(`an opaque index is ${of.value.dtype}`);
    if (!Number.isSafeInteger(of.min) || !Number.isSafeInteger(of.max) || of.min > of.max)
      wrong(`an opaque index is clamped to ${of.min} to ${of.max}`);
  }
  return sound;
}
