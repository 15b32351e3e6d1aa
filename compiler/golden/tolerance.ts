/** What a value is allowed to be wrong by, from the tolerances of the ops it came through. */
import { opOf } from "../graph/evaluate.js";
import type { Node } from "../graph/graph.js";
import type { Kernel } from "../compute/ir.js";
import type { DType, Tensor } from "../base/tensor.js";

/** The distance of 1 to the next f32. */
export const EPSILON = 2 ** -23;

/** The most elements that one element of a kernel's output sums over. */
export function reductionLength({ computes }: Kernel): number {
  const lengths = computes.map(({ reduce }) =>
    reduce.reduce((product, { extent }) => product * extent, 1),
  );
  return Math.max(1, ...lengths);
}

/** Error units of an op, see Op.tolerance; rounding to 16 bits turns on the last bit. */
export function toleranceOf(op: Node["op"], dtype: DType = "f32"): number {
  if (op === "cast" && dtype === "f16") return 2 ** 13;
  return op === "cast" && dtype === "bf16" ? 2 ** 16 : (opOf(op).tolerance ?? 8);
}

/** Elements beyond are special: they would drown the root mean square of the others, and are compared with themselves. */
export const ORDINARY = 2 ** 10;

/** The root mean square of the elements that are of ordinary size. */
export function ordinaryRms({ data }: Tensor): number {
  let [squares, count] = [0, 0];
  for (const element of data) {
    const size = Math.abs(Number(element));
    if (!(size <= ORDINARY)) continue;
    squares += size * size;
    count++;
  }
  return count === 0 ? 0 : Math.sqrt(squares / count);
}
