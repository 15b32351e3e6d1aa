/** What layout asks of whoever makes code of a Program: how activations are nested, and how each Compute runs. */
import type { Compute, Kernel } from "../../compute/ir.js";
import type { Places } from "../../place/place.js";
import type { Decide } from "../../schedule/decision.js";
import type { Schedule } from "../../schedule/schedule.js";

/** When maps are computed inside the loops of their readers. */
export interface StripChoices {
  /** Bytes that stay in the cache that is meant: larger maps leave it before they are read. */
  readonly cache: number;
  /** Bytes that rows between kernels may take, all of a chain together. */
  readonly room: number;
  /** Parts that begin anew, so that threads can share a chain whose steps leave rows for each other; 1 by default. */
  readonly bands?: number;
}

export interface LayoutChoices {
  /** Absent where no map is ever too large. */
  readonly strips?: StripChoices;
  /** Whether bytes in words of four are widened faster than one by one. */
  readonly words?: true;
  /** Whether some engines multiply four bytes at a time. */
  readonly dots?: true;
  /** Order of activations over [n, c, spatial…]. */
  readonly activations: "channels-last" | "row-major";
  /** Output channels that a tile of a matrix product takes at once. */
  readonly channelBlock: number;
  /** Runs of output channels that threads share where a map is too small to be shared; 1 by default. */
  readonly channelRuns?: number;
  /** Multiply-adds in the time that it takes to read a byte from memory that no cache holds. */
  readonly memoryCost: number;
  /** Whether a module has constants in memory of its own, where they need not stay once nobody reads them. */
  readonly ownsConstants?: boolean;
  /** Elements that instructions take at once. */
  readonly lanes: readonly number[];
  /** Chosen from axes, extents and strides alone, so equal shapes get equal schedules. */
  schedule(
    compute: Compute,
    kernel: Kernel,
    places: Places,
    choices?: undefined,
    decide?: Decide,
  ): Schedule;
}
