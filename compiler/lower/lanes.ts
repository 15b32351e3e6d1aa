/** What the lanes of a vector stand for: neighbouring elements of a block, the first few, or one value each. */
import type { Scalar } from "../compute/ir.js";
import type { Value } from "../loop/stmt.js";
import type { Blocked } from "../place/access.js";
import type { Instance, Position } from "./instance.js";
import { constantValue } from "./values.js";

export function partial(count: number, lanes: number): { readonly count?: number } {
  return count < lanes ? { count } : {};
}

export function checkBlock(
  blocked: Blocked | undefined,
  [axis, { lanes }]: readonly [string, Position],
): void {
  if (blocked?.axis === axis && blocked.size % lanes !== 0) {
    throw new Error(`a vector of ${lanes} crosses packing blocks of ${blocked.size}`);
  }
}

/** One value a lane, each computed by itself. */
export function packLanes(
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
