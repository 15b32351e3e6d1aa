/** Random groups of an axis' elements. */
import type { Compute, Kernel } from "../../compiler/compute/ir.js";
import type { Places } from "../../compiler/place/place.js";
import type { Schedule } from "../../compiler/schedule/schedule.js";
import { scheduleProblems } from "../../compiler/schedule/verify.js";
import type { Random } from "./random.js";

/** The schedule with some elements of an axis at a time, where that is legal. */
export function withGroups(
  schedule: Schedule,
  compute: Compute,
  kernel: Kernel,
  places: Places,
  random: Random,
): Schedule {
  const legal = schedule.order
    .flatMap((axis) =>
      Array.from({ length: 16 }, (_, i): Schedule => ({
        ...schedule,
        grouped: { axis, elements: i + 1 },
      })),
    )
    .filter((one) => scheduleProblems(one, compute, kernel, places).length === 0);
  return legal.length > 0 && random.chance(0.4) ? random.pick(legal) : schedule;
}
