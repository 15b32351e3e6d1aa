/** Cuts the axis along which a schedule adds up in parts into two, so that the lowering meets parts that are whole loops. */
import { addIndex, axisIndex, scaleIndex, substituteExpr } from "../compute/affine.js";
import { mapCompute } from "../compute/expr.js";
import type { Compute, Kernel } from "../compute/ir.js";
import { axesInScope } from "../compute/scan.js";
import type { Schedule } from "../schedule/schedule.js";

/** The same kernel and schedules, in which the parts of every sum are all of an axis. */
export function cutSums(
  kernel: Kernel,
  schedules: readonly Schedule[],
): { readonly kernel: Kernel; readonly schedules: readonly Schedule[] } {
  if (schedules.every(({ partialSums }) => partialSums === undefined)) return { kernel, schedules };
  const cut = kernel.computes.map((compute, i) => cutCompute(compute, schedules[i]!, kernel));
  return {
    kernel: { ...kernel, computes: cut.map(({ compute }) => compute) },
    schedules: cut.map(({ schedule }) => schedule),
  };
}

/** i = steps · part + i' */
function cutCompute(
  compute: Compute,
  schedule: Schedule,
  kernel: Kernel,
): { readonly compute: Compute; readonly schedule: Schedule } {
  const { partialSums, order } = schedule;
  const whole = compute.reduce.find(({ name }) => name === partialSums?.axis);
  if (partialSums === undefined || whole === undefined || partialSums.steps === whole.extent)
    return { compute, schedule };
  const { axis, steps } = partialSums;
  const taken = new Set(axesInScope(kernel, compute).map(({ name }) => name));
  let part = `${axis}part`;
  while (taken.has(part)) part += "s";
  const sum = addIndex(scaleIndex(axisIndex(part), steps), axisIndex(axis));
  const along = new Map([[axis, sum]]);
  const reduce = compute.reduce.flatMap((one) =>
    one === whole
      ? [
          { name: part, extent: whole.extent / steps },
          { name: axis, extent: steps },
        ]
      : [one],
  );
  return {
    compute: { ...mapCompute(compute, (expr) => substituteExpr(expr, along)), reduce },
    schedule: {
      ...schedule,
      order: order.flatMap((name) => (name === axis ? [part, axis] : [name])),
    },
  };
}
