/** What a target decides of layouts: where activations like to live, and the order of loops that constants are packed for. */
import type { Compute, Kernel } from "../../compute/ir.js";
import type { Places } from "../../place/place.js";
import type { Schedule } from "../../schedule/schedule.js";

/** What a target would otherwise decide for itself, by name: the elements of a tile, say. */
export type Choices = Readonly<Record<string, number>>;

export interface LayoutChoices {
  /** Order of activations over [n, c, spatial…]. */
  readonly activations: "channels-last" | "row-major";
  /** Chosen from axes, extents and strides alone, so equal shapes get equal schedules. */
  schedule(compute: Compute, kernel: Kernel, places: Places, choices?: Choices): Schedule;
}
