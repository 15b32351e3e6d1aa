/**
 * Lowers sums of products of integers two by two: lanes run along what is summed up, neighbours are multiplied and
 * added up in one instruction, and what is left in the lanes of several sums is folded for all of them at once.
 *
 *   acc += x[…8] * w[…8]   =>   acc[4] = acc[4] + dot(x[8], w[8]);   [fold a, fold b, fold c, fold d] by shuffles
 */
import type { Expr } from "../compute/ir.js";
import type { Value } from "../loop/stmt.js";
import type { Emitter } from "./emitter.js";
import { emitExpr } from "./expression.js";
import { vectorAxis, type Instance } from "./instance.js";
import { binaryValue, constantValue, splat } from "./values.js";

/** The sum of products in which a dot is made of each vector. Throws a plain Error where there is none. */
export function dotTerm(body: Expr, instance: Instance, step: Instance, emitter: Emitter): Value {
  if (body.kind !== "binary" || body.op !== "mul") throw new Error("a dot of no product");
  const { lanes, count } = vectorAxis(step)![1];
  const [left, right] = [body.left, body.right].map((factor) =>
    splat(emitExpr(factor, instance, emitter), lanes),
  ) as [Value, Value];
  // Of lanes past the end one factor is 0, whatever the other is.
  const ends = count === lanes || (right.kind === "load" && right.count !== undefined);
  const kept: Value = ends
    ? right
    : { kind: "mask", dtype: "i32", lanes, operand: right, count, fill: 0 };
  return { kind: "dot", dtype: "i32", lanes: lanes / 2, left, right: kept };
}

/** The sums of the lanes of up to four vectors of four integers, as one vector; undefined where they are no such folds. */
export function foldedTogether(folds: readonly Value[], lanes: number): Value | undefined {
  if (lanes !== 4) return undefined;
  const operands = folds.map((fold) =>
    fold.kind === "reduce" &&
    fold.combine === "sum" &&
    fold.dtype === "i32" &&
    fold.operand.lanes === 4
      ? fold.operand
      : undefined,
  );
  if (operands.some((one) => one === undefined)) return undefined;
  const zero = constantValue(0, "i32", lanes);
  const [a, b, c, d] = Array.from({ length: 4 }, (_, i) => operands[i] ?? zero) as [
    Value,
    Value,
    Value,
    Value,
  ];
  const [ab, cd] = [
    added(shuffled(a, b, [0, 4, 1, 5]), shuffled(a, b, [2, 6, 3, 7])),
    added(shuffled(c, d, [0, 4, 1, 5]), shuffled(c, d, [2, 6, 3, 7])),
  ];
  return added(shuffled(ab, cd, [0, 1, 4, 5]), shuffled(ab, cd, [2, 3, 6, 7]));
}

function added(a: Value, b: Value): Value {
  return binaryValue("add", "i32", a, b);
}

function shuffled(left: Value, right: Value, picks: readonly number[]): Value {
  return { kind: "shuffle", dtype: "i32", lanes: left.lanes, left, right, picks };
}
