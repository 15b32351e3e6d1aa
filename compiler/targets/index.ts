/** The targets by name, what each understands, and the variants of all of them. */
import * as registry from "./registry.js";
import type { Target } from "./target.js";
import type { Variant } from "./variant.js";

export type TargetName = keyof typeof registry;

export const targets: Readonly<Record<TargetName, Target>> = registry;

export const TARGET_NAMES = Object.keys(targets) as readonly TargetName[];

/** What is compiled for where nothing else is asked for. */
export const DEFAULT_TARGET: TargetName = "ts";

/** What a new project compiles for: the one that is fastest. */
export const SUGGESTED_TARGET: TargetName = "wasm";

/** What all targets can be asked for, each heeding its own. */
export type TargetOptions = Intersection<OptionsOf<(typeof registry)[TargetName]>>;

type OptionsOf<One> = One extends Target<infer Options> ? Options : never;

/** A | B => A & B */
type Intersection<Union> = (Union extends unknown ? (one: Union) => void : never) extends (
  all: infer All,
) => void
  ? All
  : never;

export const VARIANTS: readonly Variant[] = Object.values(targets).flatMap(
  ({ variants }) => variants,
);

/** What schedules of any target can do without, by the names that `disable` takes. */
export const OPTIONAL: readonly string[] = VARIANTS.flatMap((variant) =>
  variant.kind === "planner" ? Object.keys(variant.optional ?? {}) : [],
);

/** The target of this name, or what is compiled for by default. */
export function targetNamed(name: TargetName = DEFAULT_TARGET): Target {
  return targets[name];
}
