/** Loops go round at least once: what goes round no time is written without a loop, or not at all. */
import { elementCount } from "../base/tensor.js";
import { constant } from "./expr.js";
import { identityOf, type Axis, type Compute, type Kernel } from "./ir.js";
import { allLoads } from "./loads.js";

/**
 * A kernel without axes of extent 0: a reduction over nothing is where it starts, a Compute that writes nothing is
 * none, and operands without elements are not read.
 */
export function withoutEmptyLoops(kernel: Kernel): Kernel {
  const { computes } = kernel;
  if (!computes.some((one) => writesNothing(one) || isEmpty(one.reduce))) return kernel;
  const left = computes.flatMap((one) => (writesNothing(one) ? [] : [started(one)]));
  const read = new Set(
    left.flatMap(allLoads).flatMap((load) => (load.kind === "load" ? [load.source] : [])),
  );
  const inputs = kernel.inputs.filter(
    ({ name, type }) => elementCount(type.dims) > 0 || read.has(name),
  );
  return { ...kernel, inputs, computes: left };
}

function writesNothing({ scan = [], axes }: Compute): boolean {
  return isEmpty(scan) || isEmpty(axes);
}

function isEmpty(axes: readonly Axis[]): boolean {
  return axes.some(({ extent }) => extent === 0);
}

/** What a reduction over nothing comes to, before its epilogue. */
function started(compute: Compute): Compute {
  if (!isEmpty(compute.reduce)) return compute;
  const { combine, init, body, ...rest } = compute;
  const nothing = constant(identityOf(combine!, body.dtype), body.dtype);
  return { ...rest, reduce: [], body: init ?? nothing };
}
