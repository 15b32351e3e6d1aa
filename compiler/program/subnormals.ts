/**
 * Subnormal weights become zeros when constants are packed. Many processors multiply numbers below 2⁻¹²⁶ some hundred
 * times slower, and training leaves them where weights decay; as terms of a sum they change nothing that shows.
 *
 *   y[o] = sum i of x[i] * w[o, i], w[3, 5] = 1e-40   =>   w[3, 5] = 0
 */
import { fewNames } from "../base/untrained.js";
import { loads, rootsOf } from "../compute/loads.js";
import type { Compute, Expr } from "../compute/ir.js";
import { isAffine } from "../compute/walk.js";
import { bufferOf } from "./memory/address.js";
import type { Program } from "./program.js";

/** What is done to weights too small for f32's full precision. */
export type Subnormals = "flush" | "keep";

/** Which constants lost numbers, and how many all of them together. */
export interface Flushed {
  readonly numbers: number;
  /** Their names, in the order in which they are packed. */
  readonly constants: readonly string[];
}

/** `1204 subnormal weights are zeros (conv1.weight, conv2.weight and 3 more)`; undefined where none is. */
export function describeFlushed(
  { numbers, constants }: Flushed,
  show: (name: string) => string,
): string | undefined {
  if (numbers === 0) return undefined;
  const what = numbers === 1 ? "subnormal weight is a zero" : "subnormal weights are zeros";
  return `${numbers} ${what} (${fewNames(constants, show)})`;
}

export const NOTHING_FLUSHED: Flushed = { numbers: 0, constants: [] };

/** The least positive f32 that is normal. */
const LEAST_NORMAL = 2 ** -126;

/**
 * Flushes, in packed bytes, what products in sums alone read: as anything else a number may be scaled back, divided
 * by, compared or given out.
 */
export function flushSubnormals(program: Program, bytes: Uint8Array): Flushed {
  const others = buffersOfOthers(program);
  const constants: string[] = [];
  let numbers = 0;
  for (const { constant, place } of program.constants) {
    const { dtype, offset, size } = bufferOf(program, place);
    if (dtype !== "f32" || others.has(place.buffer)) continue;
    const count = flush(new Float32Array(bytes.buffer, bytes.byteOffset + offset, size));
    numbers += count;
    if (count > 0) constants.push(constant.name);
  }
  return { numbers, constants };
}

function flush(values: Float32Array): number {
  let count = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (value === 0 || !(Math.abs(value) < LEAST_NORMAL)) continue;
    values[i] = value < 0 ? -0 : 0;
    count++;
  }
  return count;
}

/** Buffers that something reads otherwise than as factors of what a sum adds up. */
function buffersOfOthers({ kernels, states }: Program): ReadonlySet<number> {
  const found = new Set(states.flatMap(({ initialPlace }) => initialPlace?.buffer ?? []));
  for (const { kernel, places } of kernels)
    for (const [source, { buffer }] of Object.entries(places))
      if (!kernel.computes.every((compute) => summed(compute, source))) found.add(buffer);
  return found;
}

/** Whether a Compute reads `source`, if at all, only as a factor of what it adds up over reduce axes. */
function summed(compute: Compute, source: string): boolean {
  const reading = rootsOf(compute).filter((root) => loads(root, source));
  if (reading.length === 0) return true;
  if (compute.reduce.length === 0 || (compute.combine ?? "sum") !== "sum") return false;
  return reading.every((root) => root === compute.body) && isFactor(compute.body, source);
}

/** Of products alone, and no index of another load. */
function isFactor(expr: Expr, source: string): boolean {
  if (!loads(expr, source)) return true;
  if (expr.kind === "load") return expr.source === source && expr.index.every(isAffine);
  if (expr.kind !== "binary" || expr.op !== "mul") return false;
  return isFactor(expr.left, source) && isFactor(expr.right, source);
}
