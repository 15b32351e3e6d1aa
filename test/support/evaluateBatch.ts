/** Evaluates an expression over many operands at once, in the arithmetic of either kind of target. */
import { walkExpr } from "../../compiler/compute/walk.js";
import type { Expr } from "../../compiler/compute/ir.js";
import { binaryFunction, saturate, unaryFunction } from "../../compiler/meaning/scalarMath.js";

/** `f64`: only `bits` rounds, as in TypeScript; `f32`: every operation rounds, as in SIMD. */
export type Arithmetic = "f64" | "f32";

/** Operands by the name of the load that stands for them, all of one length. */
export type Columns = ReadonlyMap<string, Float64Array>;

/** The expression's value for each row of the operands; each shared subtree is evaluated once. */
export function evaluateBatch(expr: Expr, columns: Columns, arithmetic: Arithmetic): Float64Array {
  const length = [...columns.values()][0]!.length;
  const done = new Map<Expr, Float64Array>();
  const evaluate = (node: Expr): Float64Array => {
    const known = done.get(node);
    if (known !== undefined) return known;
    const column = evaluateNode(node, evaluate, columns, length);
    if (arithmetic === "f32" && node.dtype === "f32") {
      for (let i = 0; i < length; i++) column[i] = Math.fround(column[i]!);
    }
    done.set(node, column);
    return column;
  };
  return evaluate(expr);
}

function evaluateNode(
  expr: Expr,
  evaluate: (expr: Expr) => Float64Array,
  columns: Columns,
  length: number,
): Float64Array {
  switch (expr.kind) {
    case "constant":
      return new Float64Array(length).fill(expr.value);
    case "load":
      return columns.get(expr.source)!.slice();
    case "unary": {
      const operation = unaryFunction(expr.op, expr.operand.dtype);
      return evaluate(expr.operand).map((x) => operation(x));
    }
    case "binary": {
      const operation = binaryFunction(expr.op, expr.left.dtype);
      const right = evaluate(expr.right);
      return evaluate(expr.left).map((x, i) => operation(x, right[i]!));
    }
    case "select": {
      const then = evaluate(expr.then);
      const otherwise = evaluate(expr.otherwise);
      return evaluate(expr.condition).map((c, i) => (c !== 0 ? then[i]! : otherwise[i]!));
    }
    case "cast": {
      const operand = evaluate(expr.operand);
      return expr.dtype === "i32" ? operand.map(saturate) : operand.slice();
    }
    default:
      throw new Error(`an expression of ${expr.kind} has no value of its own`);
  }
}

/** The nodes of an expression, each shared one once, those inside opaque index terms too. */
export function distinctNodes(expr: Expr): Expr[] {
  const nodes: Expr[] = [];
  walkExpr(expr, (node) => nodes.push(node));
  return nodes;
}
