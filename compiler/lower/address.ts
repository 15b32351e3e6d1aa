/** Addresses and indices as values, and the guards of loads that may leave what they read. */
import type { Index } from "../compute/ir.js";
import type { Value } from "../loop/stmt.js";
import type { Access, Blocked } from "../place/access.js";
import type { Emitter } from "./emitter.js";
import type { Instance, Position } from "./instance.js";
import { hoistedAddress, hoistedValue, type StrideTerm } from "./scope.js";
import { addressProduct, addressSum, binaryValue, constantValue, registerValue } from "./values.js";

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

/** base + Σ coefficient · term + constant, where axes stand as `instance` says. */
export function indexValue(
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
    const value = clamp(emitter.emit(of.value, instance), of.min, of.max);
    if (value.kind === "constant") {
      constant += coefficient * value.value;
      continue;
    }
    const outside = hoistedValue(emitter.scope, emitter.names, value);
    if (outside !== undefined) {
      terms.push({ ...outside, coefficient });
      continue;
    }
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
  const number = numberOf(value);
  if (number !== undefined) return constantValue(number);
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

/** What a quotient of numbers is: rows that unrolled copies are in, where no loop is left. */
function numberOf(value: Value): number | undefined {
  if (value.kind !== "binary" || value.op !== "floordiv") return undefined;
  const { left, right } = value;
  if (left.kind !== "constant" || right.kind !== "constant" || right.value < 1) return undefined;
  return Math.floor(left.value / right.value);
}

/** value where every guard holds, the fill elsewhere; only the sides that the instance can cross are checked. */
export function guarded(access: Access, value: Value, instance: Instance, emitter: Emitter): Value {
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
