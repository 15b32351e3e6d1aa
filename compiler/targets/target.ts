/** What a target decides: layouts, schedules, and how Stmt is printed. It knows nothing about ops. */
import type { Compute, Kernel } from "../compute/ir.js";
import type { Places } from "../place/place.js";
import type { Schedule } from "../schedule/schedule.js";
import type { KernelFunction } from "../loop/stmt.js";

/** What a target would otherwise decide for itself, by name: the elements of a tile, say. */
export type Choices = Readonly<Record<string, number>>;

export interface LayoutChoices {
  /** Order of activations over [n, c, spatial…]. */
  readonly activations: "channels-last" | "row-major";
  /** Chosen from axes, extents and strides alone, so equal shapes get equal schedules. */
  schedule(compute: Compute, kernel: Kernel, places: Places, choices?: Choices): Schedule;
}

export interface Target extends LayoutChoices {
  readonly name: string;
  /** Choices worth timing on a machine, in groups that are settled one after the other. */
  readonly alternatives: readonly (readonly Choices[])[];
  /** One kernel function as source text under the given name. */
  printFunction(name: string, code: KernelFunction): string;
}
