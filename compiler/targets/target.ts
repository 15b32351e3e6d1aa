/**
 * What a target is: layouts, schedules, the files that it makes, its flags, and how its code is timed. Whoever
 * compiles, tunes or reads a command line knows no more of a target than this.
 */
import type { Emission } from "../emit/emission.js";
import type { OutputFile } from "../emit/outputFile.js";
import type { KernelFunction } from "../loop/stmt.js";
import type { Flag } from "./flag.js";
import type { Planner, Variant } from "./variant.js";

/** `Options` are what `compile` takes for this target alone. */
export interface Target<Options extends object = object> {
  readonly name: string;
  /** The kinds of engines that it makes code for. */
  readonly variants: readonly Variant[];
  /** What `build` understands beside the flags of all targets. */
  readonly flags: readonly Flag<Options>[];
  /** Lays out memory and packs constants for a build; the others of its variants fit their loops to what they find. */
  plannerFor(options: Options): Planner;
  /** The variants that a build has code for: of planners its own alone. */
  variantsFor(options: Options): readonly Variant[];
  /** The same bytes for the same emission, on any machine. */
  emit(emission: Emission, options: Options): Promise<readonly OutputFile[]>;
  readonly dump: Dump;
  /** What code of this target comes to at most in this process: the yardsticks of `bench`. */
  measureLimits?(now: () => number): Promise<Limits>;
}

export interface Limits {
  /** GFLOP/s on operands in the first-level cache. */
  readonly peak: number;
  /** GB/s of reading what no cache holds. */
  readonly bandwidth: number;
}

/** How `dump --stage kernels` shows kernels. */
export interface Dump<Options extends object = object> {
  readonly flags: readonly Flag<Options>[];
  show(options: Options): Shown;
}

export interface Shown {
  /** Whose schedules. */
  readonly variant: Variant;
  print(name: string, code: KernelFunction): string;
}
