/** Chooses where long sums are taken in parts: f32 has 24 bits, and every addition to a sum rounds all that is there. */
import type { Axis, Compute } from "../../compute/ir.js";
import { tileOf, type Schedule } from "../../schedule/schedule.js";

/** Steps of a part. The matrix products that others have add up in blocks of about as many. */
const STEPS = 128;
/** Shorter parts would be more loops than they are worth. */
const FEWEST = 16;
/** Sums up to so long are taken in one. */
const LONG = 192;

/**
 * The innermost loop of a long sum in equal parts, or as one where there are loops around it. Between parts V8 keeps
 * the sums so far on its stack, which costs nothing beside a hundred steps.
 */
export function partsOf(
  { combine, body }: Compute,
  reduce: readonly Axis[],
  split: Schedule["split"],
): Pick<Schedule, "partialSums"> {
  const long = reduce.filter(({ extent }) => extent > 1);
  const inner = long.at(-1);
  const all = long.reduce((product, { extent }) => product * extent, 1);
  if (combine !== "sum" || body.dtype !== "f32" || inner === undefined || all < LONG) return {};
  const { name, extent } = inner;
  if (long.length > 1 && extent >= FEWEST && extent <= STEPS)
    return { partialSums: { axis: name, steps: extent } };
  const tile = tileOf({ split }, name);
  for (let steps = STEPS - (STEPS % tile); steps >= FEWEST && steps >= tile; steps -= tile)
    if (extent % steps === 0) return { partialSums: { axis: name, steps } };
  return {};
}
