/**
 * How a kernel over channels would like an operand to nest: an activation with channels last, a filter that only a run
 * knows with the channels of the output last, since these are the kernel's lanes.
 *
 *   x[n, ic, oh + kh, ow + kw] * w[oc, ic, kh, kw]   =>   x as [0, 2, 3, 1], w as [2, 3, 1, 0]
 */
import type { Compute, Index, Kernel } from "../../compute/ir.js";
import { mentions } from "../../compute/walk.js";
import { channelsLast } from "../../place/views.js";
import type { ProgramKernel, ValueId } from "../program.js";
import { loadIndices } from "./schedules.js";

/** The order in which a kernel over channels reads a value of this rank best. */
export function orderFor(reader: ProgramKernel, value: ValueId, rank: number): readonly number[] {
  const order = channelsLast(rank);
  const last = filterDim(reader, value);
  return last === undefined ? order : [...order.filter((d) => d !== last), last];
}

/** The dim of a filter along which its outputs lie; undefined of what is none. */
export function filterDim({ kernel, operands }: ProgramKernel, value: ValueId): number | undefined {
  const sources = Object.keys(operands).filter((source) => operands[source] === value);
  const dims = sources.flatMap((source) => dimsOf(kernel, source));
  return dims.every((dim) => dim === dims[0]) ? dims[0] : undefined;
}

/** One for each load of a source in a sum. */
function dimsOf({ computes }: Kernel, source: string): (number | undefined)[] {
  return computes
    .filter(({ reduce }) => reduce.length > 0)
    .flatMap((compute) => loadIndices(source, [compute]).map((index) => outputDim(compute, index)));
}

/** The only dim that moves with the output, where it moves with its channels alone. */
function outputDim({ axes, index: target }: Compute, index: readonly Index[]): number | undefined {
  const channel = target[1];
  if (channel === undefined) return undefined;
  const moving = axes.filter(({ name }) => index.some((one) => mentions(one, name)));
  if (moving.length === 0 || !moving.every(({ name }) => mentions(channel, name))) return undefined;
  const dims = [...index.keys()].filter((d) =>
    moving.some(({ name }) => mentions(index[d]!, name)),
  );
  return dims.length === 1 ? dims[0] : undefined;
}
