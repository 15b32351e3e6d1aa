/** What a tile reads once for all of its pixels: packed constants, or one of two values that are multiplied. */
import type { Axis, Compute, Expr, Kernel } from "../../compute/ir.js";
import { constantSources } from "../../compute/loads.js";
import { exprMentions } from "../../compute/walk.js";
import { laneStride } from "../../place/access.js";
import { accessesOf } from "../../place/accesses.js";
import type { Places } from "../../place/place.js";
import { bodyLoads } from "../../schedule/loops.js";

/** Constants that will be packed for the loops of a reduction: read by one load of its body. */
export function packedSources(compute: Compute, kernel: Kernel): ReadonlySet<string> {
  if (compute.reduce.length === 0) return new Set();
  const constants = constantSources(kernel);
  return new Set(
    bodyLoads(compute).flatMap(({ source }) => (constants.has(source) ? [source] : [])),
  );
}

/**
 * Of a product of two values that differ from run to run: the one that lies along the lanes, and is read again for
 * everything along an axis that only the other one has.
 */
export function sharedSources(
  compute: Compute,
  kernel: Kernel,
  places: Places,
  lane: Axis | undefined,
): ReadonlySet<string> {
  const [one, other, ...more] = bodyLoads(compute);
  if (lane === undefined || one === undefined || other === undefined || more.length > 0)
    return new Set();
  const { access } = accessesOf(kernel, compute, places);
  const isShared = (load: Expr, beside: Expr): boolean => {
    const at = access(load);
    const reread = compute.axes.some(
      ({ name, extent }) => extent > 1 && exprMentions(beside, name) && !exprMentions(load, name),
    );
    return at !== undefined && laneStride(at, lane.name) === 1 && reread;
  };
  if (exprMentions(one, lane.name) === exprMentions(other, lane.name)) return new Set();
  return new Set([
    ...(isShared(one, other) ? [one.source] : []),
    ...(isShared(other, one) ? [other.source] : []),
  ]);
}
