/** Emits the value of an expression for one instance of its axes. */
import type { Expr, Index, Scalar } from "../compute/ir.js";
import type { Memory, Value } from "../loop/stmt.js";
import { exprMentions, mentions } from "../compute/walk.js";
import type { Access, Blocked } from "../place/access.js";
import { vectorAxis, type Instance, type Position } from "./instance.js";
import { hoistedAddress, type Names, type Scope, type StrideTerm } from "./scope.js";
import {
  addressProduct,
  addressSum,
  binaryValue,
  constantValue,
  registerValue,
  splat,
} from "./values.js";

export interface Emitter {
  readonly names: Names;
  readonly scope: Scope;
  /** A scalar temporary's register. */
  readonly registers: ReadonlyMap<string, Value>;
  readonly accumulator?: Value;
  parameter(source: string): { readonly name: string; readonly memory: Memory };
  access(load: Extract<Expr, { kind: "load" }>): Access;
}

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
    case "binary":
      return binaryValue(expr.op, expr.dtype, emit(expr.left), emit(expr.right));
    case "select": {
      const parts = [emit(expr.condition), emit(expr.then), emit(expr.otherwise)] as const;
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
  const access = emitter.access(load);
  const vector = vectorAxis(instance);
  if (vector === undefined) return scalarLoad(load.source, access, load.dtype, instance, emitter);
  const stride = laneStride(access, vector[0]);
  if (stride === 0)
    return scalarLoad(load.source, access, load.dtype, withoutLanes(instance, vector, 0), emitter);
  if (stride === 1) {
    const { memory, name } = emitter.parameter(load.source);
    const [, { lanes, count }] = vector;
    checkBlock(access.blocked, vector);
    const address = accessAddress(access, name, instance, emitter);
    const value: Value = {
      kind: "load",
      dtype: load.dtype,
      lanes,
      memory,
      address,
      ...partial(count, lanes),
    };
    return guarded(access, value, instance, emitter);
  }
  return packLanes(load.dtype, instance, vector, (lane) =>
    scalarLoad(load.source, access, load.dtype, lane, emitter),
  );
}

export function partial(count: number, lanes: number): { readonly count?: number } {
  return count < lanes ? { count } : {};
}

/** Elements between neighbouring lanes; undefined where lanes are not evenly spaced or are guarded one by one. */
export function laneStride(access: Access, axis: string): number | undefined {
  if (access.guards.some((guard) => mentions(guard.index, axis))) return undefined;
  if (access.blocked?.axis === axis) return access.blocked.inner;
  let stride = 0;
  for (const { of, coefficient } of access.address.terms) {
    if (of === axis) stride = coefficient;
    else if (typeof of !== "string" && exprMentions(of.value, axis)) return undefined;
  }
  return stride;
}

export function checkBlock(
  blocked: Blocked | undefined,
  [axis, { lanes }]: readonly [string, Position],
): void {
  if (blocked?.axis === axis && blocked.size % lanes !== 0) {
    throw new Error(`a vector of ${lanes} crosses packing blocks of ${blocked.size}`);
  }
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

/** The flat address of an access: hoisted prefix + opaque parts + constant. */
export function accessAddress(
  access: Access,
  parameter: string,
  instance: Instance,
  emitter: Emitter,
): Value {
  const base = registerValue(parameter);
  return indexValue(access.address, base, parameter, instance, emitter, access.blocked);
}

function indexValue(
  index: Index,
  base: Value | undefined,
  label: string,
  instance: Instance,
  emitter: Emitter,
  blocked?: Blocked,
): Value {
  const terms: StrideTerm[] = [];
  let { constant } = index;
  let opaque: Value | undefined;
  for (const { of, coefficient } of index.terms) {
    if (typeof of === "string") {
      const { variable, offset } = positionOf(of, instance);
      constant += coefficient * offset;
      if (variable !== undefined) terms.push({ variable, coefficient });
      continue;
    }
    const value = clamp(emitExpr(of.value, instance, emitter), of.min, of.max);
    const part = addressProduct(value, coefficient);
    opaque = opaque === undefined ? part : addressSum(opaque, part);
  }
  if (blocked !== undefined) {
    const { variable, offset, step } = positionOf(blocked.axis, instance);
    if (variable !== undefined) {
      if (step % blocked.size !== 0 || blocked.stride % blocked.size !== 0) {
        throw new Error(
          `axis ${blocked.axis} must be split at its packing block of ${blocked.size}`,
        );
      }
      terms.push({ variable, coefficient: blocked.stride / blocked.size });
    }
    constant +=
      Math.floor(offset / blocked.size) * blocked.stride + (offset % blocked.size) * blocked.inner;
  }
  const prefix = hoistedAddress(emitter.scope, emitter.names, base, label, terms);
  const parts = [prefix, opaque].filter((part) => part !== undefined);
  return addressSum(parts.reduce(addressSum, constantValue(0)), constantValue(constant));
}

function positionOf(axis: string, instance: Instance): Position {
  const position = instance.get(axis);
  if (position === undefined) throw new Error(`axis ${axis} is not in scope`);
  return position;
}

/** No load can leave memory: an opaque value is held inside its interval unless it provably is. */
function clamp(value: Value, min: number, max: number): Value {
  if (value.kind === "constant") return constantValue(Math.min(max, Math.max(min, value.value)));
  if (
    value.kind === "binary" &&
    (value.op === "mod" || value.op === "floordiv") &&
    value.right.kind === "constant"
  ) {
    return value;
  }
  return binaryValue(
    "min",
    "i32",
    binaryValue("max", "i32", value, constantValue(min)),
    constantValue(max),
  );
}

/** value where every guard holds, the fill elsewhere; only the sides that the instance can cross are checked. */
function guarded(access: Access, value: Value, instance: Instance, emitter: Emitter): Value {
  let condition: Value | undefined;
  const fill = constantValue(access.fill, value.dtype, value.lanes);
  for (const { index, dim } of access.guards) {
    const at = indexValue(index, undefined, "at", instance, emitter);
    const range = rangeOf(index, instance);
    if (range.max < 0 || range.min >= dim) return fill;
    const checks: Value[] = [];
    if (range.min < 0) checks.push(binaryValue("ge", "bool", at, constantValue(0)));
    if (range.max >= dim) checks.push(binaryValue("lt", "bool", at, constantValue(dim)));
    for (const check of checks) {
      condition = condition === undefined ? check : binaryValue("and", "bool", condition, check);
    }
  }
  if (condition === undefined) return value;
  return {
    kind: "guard",
    dtype: value.dtype,
    lanes: value.lanes,
    condition,
    then: value,
    otherwise: fill,
  };
}

function rangeOf(index: Index, instance: Instance): { min: number; max: number } {
  let min = index.constant;
  let max = index.constant;
  for (const { of, coefficient } of index.terms) {
    const ends =
      typeof of === "string"
        ? [
            positionOf(of, instance).offset,
            positionOf(of, instance).offset + positionOf(of, instance).last,
          ]
        : [of.min, of.max];
    min += Math.min(coefficient * ends[0]!, coefficient * ends[1]!);
    max += Math.max(coefficient * ends[0]!, coefficient * ends[1]!);
  }
  return { min, max };
}

function packLanes(
  dtype: Scalar,
  instance: Instance,
  vector: readonly [string, Position],
  emit: (lane: Instance) => Value,
): Value {
  const { lanes, count } = vector[1];
  const operands = Array.from({ length: lanes }, (_, lane) =>
    lane < count ? emit(withoutLanes(instance, vector, lane)) : constantValue(0, dtype),
  );
  return { kind: "build", dtype, lanes, operands };
}

/** The instance of one lane alone. */
export function withoutLanes(
  instance: Instance,
  [axis, position]: readonly [string, Position],
  lane: number,
): Instance {
  return new Map([
    ...instance,
    [axis, { ...position, offset: position.offset + lane, lanes: 1, count: 1 }],
  ]);
}
