/** Emits the value of an expression for one instance of its axes. */
import type { Expr, Index, Scalar } from "../compute/ir.js";
import { mentions } from "../compute/walk.js";
import type { Value } from "../loop/stmt.js";
import { laneStride, type Access } from "../place/access.js";
import { accessAddress, guarded, indexValue } from "./address.js";
import type { Emitter } from "./emitter.js";
import { foldedBinary, foldedIntegers, tableValue } from "./fold.js";
import { vectorAxis, type Instance } from "./instance.js";
import { checkBlock, packLanes, partial, withoutLanes } from "./lanes.js";
import { alongSquare, columnOf } from "./square.js";
import { binaryValue, constantValue, splat } from "./values.js";

/** The value of `expr` where its axes stand as `instance` says: a vector where it depends on the vector axis. */
export function emitExpr(expr: Expr, instance: Instance, emitter: Emitter): Value {
  const done = new Map<Expr, Value>();
  const emit = (inner: Expr): Value => {
    let value = done.get(inner);
    if (value === undefined) {
      value = emitOne(inner, instance, emitter, emit);
      done.set(inner, value);
    }
    return value;
  };
  return emit(expr);
}

function emitOne(
  expr: Expr,
  instance: Instance,
  emitter: Emitter,
  emit: (expr: Expr) => Value,
): Value {
  switch (expr.kind) {
    case "constant":
      return constantValue(expr.value, expr.dtype);
    case "accumulator":
      if (emitter.accumulator === undefined) throw new Error("accumulator outside an epilogue");
      return emitter.accumulator;
    case "index":
      return emitIndex(expr.index, instance, emitter);
    case "load":
      return emitLoad(expr, instance, emitter);
    case "unary": {
      const operand = emit(expr.operand);
      return { kind: "unary", dtype: expr.dtype, lanes: operand.lanes, op: expr.op, operand };
    }
    case "cast": {
      const operand = emit(expr.operand);
      return { kind: "cast", dtype: expr.dtype, lanes: operand.lanes, operand };
    }
    case "binary": {
      const operands = [emit(expr.left), emit(expr.right)] as const;
      return (
        foldedBinary(expr, operands, emitter) ??
        foldedIntegers(expr, operands) ??
        binaryValue(expr.op, expr.dtype, ...operands)
      );
    }
    case "select": {
      const known = emit(expr.condition);
      if (known.kind === "constant") return emit(known.value !== 0 ? expr.then : expr.otherwise);
      const parts = [known, emit(expr.then), emit(expr.otherwise)] as const;
      const lanes = Math.max(...parts.map((part) => part.lanes));
      const [condition, then, otherwise] = parts.map((part) => splat(part, lanes));
      return {
        kind: "select",
        dtype: expr.dtype,
        lanes,
        condition: condition!,
        then: then!,
        otherwise: otherwise!,
      };
    }
    default:
      return expr satisfies never;
  }
}

/** An index as an i32: one value, or one a lane where it mentions the vector axis. */
function emitIndex(index: Index, instance: Instance, emitter: Emitter): Value {
  const vector = vectorAxis(instance);
  if (vector !== undefined && mentions(index, vector[0])) {
    return packLanes("i32", instance, vector, (lane) => emitIndex(index, lane, emitter));
  }
  return indexValue(index, undefined, "at", instance, emitter);
}

function emitLoad(
  load: Extract<Expr, { kind: "load" }>,
  instance: Instance,
  emitter: Emitter,
): Value {
  const register = emitter.registers.get(load.source);
  if (register !== undefined) return register;
  const table = emitter.table(load.source);
  const known = table && tableValue(load, table, instance);
  if (known !== undefined) return known;
  const access = emitter.access(load);
  const vector = vectorAxis(instance);
  if (vector === undefined) return scalarLoad(load.source, access, load.dtype, instance, emitter);
  const stride = laneStride(access, vector[0]);
  if (stride === 0)
    return scalarLoad(load.source, access, load.dtype, withoutLanes(instance, vector, 0), emitter);
  if (stride === 1) {
    checkBlock(access.blocked, vector);
    return vectorLoad(load, access, instance, emitter);
  }
  const square = access.guards.length > 0 ? undefined : emitter.squareOf(access, instance, vector);
  if (square !== undefined) {
    const rows = Array.from({ length: vector[1].count }, (_, lane) => {
      const along = alongSquare(withoutLanes(instance, vector, lane), square);
      return vectorLoad(load, access, along, emitter);
    });
    return columnOf(rows, square.at);
  }
  return packLanes(load.dtype, instance, vector, (lane) =>
    scalarLoad(load.source, access, load.dtype, lane, emitter),
  );
}

/** Of the lanes that lie one after the other. */
function vectorLoad(
  { source, dtype }: Extract<Expr, { kind: "load" }>,
  access: Access,
  instance: Instance,
  emitter: Emitter,
): Value {
  const { memory, name } = emitter.parameter(source);
  const [, { lanes, count }] = vectorAxis(instance)!;
  const address = accessAddress(access, name, instance, emitter);
  const value: Value = { kind: "load", dtype, lanes, memory, address, ...partial(count, lanes) };
  return guarded(access, value, instance, emitter);
}

function scalarLoad(
  source: string,
  access: Access,
  dtype: Scalar,
  instance: Instance,
  emitter: Emitter,
): Value {
  const { memory, name } = emitter.parameter(source);
  const address = accessAddress(access, name, instance, emitter);
  return guarded(access, { kind: "load", dtype, lanes: 1, memory, address }, instance, emitter);
}
