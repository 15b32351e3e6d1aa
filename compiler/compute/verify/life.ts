/** Says of a temporary who makes it, and who changes it in the steps of a scan. */
import type { Compute, Kernel } from "../ir.js";
import { loads, rootsOf } from "../loads.js";
import { sharedScans } from "../scan.js";

/** Who makes a temporary, and who changes it later. */
export interface Life {
  /** So many scan axes stand around all who touch it: it is made anew in each of their steps. */
  readonly depth: number;
  /** The positions of those who write it before anybody reads it. */
  readonly makers: readonly number[];
  readonly updaters: readonly number[];
}

/** Of a temporary that Computes touch in this order. */
export function lifeOf({ computes }: Kernel, name: string): Life {
  const touches = computes.flatMap((compute, position) =>
    compute.target === name || reads(compute, name) ? [position] : [],
  );
  const [first] = touches;
  if (first === undefined) return { depth: 0, makers: [], updaters: [] };
  const depth = Math.min(...touches.map((at) => sharedScans(computes[first]!, computes[at]!)));
  const makes = (at: number): boolean => {
    const { target, scan = [] } = computes[at]!;
    return target === name && scan.length === depth && !reads(computes[at]!, name);
  };
  const end = touches.findIndex((at) => !makes(at));
  const makers = end < 0 ? touches : touches.slice(0, end);
  const updaters = touches.slice(makers.length).filter((at) => computes[at]!.target === name);
  return { depth, makers, updaters };
}

/** Whether a Compute reads a source anywhere. */
export function reads(compute: Compute, source: string): boolean {
  return rootsOf(compute).some((root) => loads(root, source));
}
