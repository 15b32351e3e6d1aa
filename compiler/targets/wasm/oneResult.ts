/** Chooses schedules for the maximum or minimum of all of a value: each vector would wait for the one before, so that several are taken by turns. */
import type { Compute, Kernel } from "../../compute/ir.js";
import type { Places } from "../../place/place.js";
import { isWhole, mergeInnermost, orderReduce } from "../../schedule/loops.js";
import type { Schedule } from "../../schedule/schedule.js";
import { LANES } from "./vectorAxis.js";

/** Vectors that are taken by turns. */
const VECTORS = 8;

/** Undefined where there is more than one result, or its order counts, or what is read lies apart. */
export function oneResult(compute: Compute, kernel: Kernel, places: Places): Schedule | undefined {
  const { axes, combine } = compute;
  if (axes.some(({ extent }) => extent > 1)) return undefined;
  if (combine !== "max" && combine !== "min") return undefined;
  const ordered = orderReduce(compute, kernel, places);
  const last = ordered.findLast(({ extent }) => extent > 1);
  if (last === undefined || !isWhole(compute, kernel, places, last)) return undefined;
  const merged = mergeInnermost(compute, kernel, places, LANES);
  const along = merged?.axis ?? last;
  const outside = merged?.outside ?? ordered.filter((axis) => axis !== last);
  const vectors = Math.min(VECTORS, Math.ceil(along.extent / LANES));
  return {
    ...(merged === undefined ? {} : { fuse: { [merged.axis.name]: merged.group } }),
    split: {
      [along.name]: [
        ...(vectors > 1 ? ([{ factor: vectors, kind: "unroll" }] as const) : []),
        { factor: LANES, kind: "vector" },
      ],
    },
    order: [...axes, ...outside, along].map(({ name }) => name),
    lanes: LANES,
    ...(vectors > 1 ? { accumulators: vectors } : {}),
  };
}
