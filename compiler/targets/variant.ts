/** The kinds of engines that a target makes code for, and a Program as each of them runs it. */
import type { Compute, Kernel } from "../compute/ir.js";
import type { Places } from "../place/place.js";
import type { DotEngine } from "../program/dots/computes.js";
import { dotProgram, hasWords } from "../program/dots/twin.js";
import type { LayoutChoices } from "../program/layout/choices.js";
import { asStored } from "../program/layout/narrowStorage.js";
import type { LoweredProgram } from "../program/lowered.js";
import type { ThreadChoices } from "../program/threads/share.js";
import type { Program } from "../program/program.js";
import type { Decide } from "../schedule/decision.js";
import type { Schedule } from "../schedule/schedule.js";

/** What a schedule would otherwise decide for itself, by name: the elements of a tile, say. */
export type Choices = Readonly<Record<string, number>>;

export type Variant = Planner | Follower;

/** Lays out memory: constants are packed as its loops read them. */
export interface Planner extends Engine, LayoutChoices {
  readonly kind: "planner";
  /** `decide` is told what costs decide. */
  schedule(
    compute: Compute,
    kernel: Kernel,
    places: Places,
    choices?: Choices,
    decide?: Decide,
  ): Schedule;
  /** How threads share kernels; absent where one thread runs all. */
  readonly threads?: ThreadChoices;
  /** What its schedules do that `disable` can leave out, by name: the choices that do without it. */
  readonly optional?: Readonly<Record<string, Choices>>;
}

/** A planner that leaves out what it calls by one of the names. */
export function leavingOut(planner: Planner, names: readonly string[]): Planner {
  const without = names.map((name) => planner.optional?.[name]);
  if (without.every((one) => one === undefined)) return planner;
  const choices: Choices = without.reduce((all, one) => ({ ...all, ...one }), {})!;
  return {
    ...planner,
    schedule: (compute, kernel, places, more, decide) =>
      planner.schedule(compute, kernel, places, { ...choices, ...more }, decide),
  };
}

/** Runs what a planner has laid out by loops of its own. */
export interface Follower extends Engine {
  readonly kind: "follower";
  /** How its engines multiply four bytes at a time, where they do: it runs kernels in their form over words. */
  readonly dots?: DotEngine;
  /** Instead of the planned schedule, with all constants where they are. */
  reschedule(
    planned: Schedule,
    compute: Compute,
    kernel: Kernel,
    places: Places,
    choices?: Choices,
  ): Schedule;
}

interface Engine {
  /** Of no other variant of any target: files of tuned schedules say by it what they are for. */
  readonly name: string;
  /** That a schedule may have. */
  readonly lanes: readonly number[];
  /** Absent where nothing of it can be timed in this process. */
  readonly tuner?: Tuner;
}

/** How better schedules are found on a machine. */
export interface Tuner {
  /** Choices worth timing, in groups that are settled one after the other. */
  readonly alternatives: readonly (readonly Choices[])[];
  /** Milliseconds that code runs for before it is timed, where that is more than usual. */
  readonly warmUp?: number;
  /** Flags that an engine has to start with to run code as fast as it ever will from the first call on. */
  readonly engineFlags?: readonly string[];
  /** Why this process cannot run the code; undefined where it can. */
  unavailable(): string | undefined;
  /** A run of all kernels of a planned Program, on values that are neither zeros nor subnormal. */
  prepare(program: Program, lowered: LoweredProgram): Promise<() => void>;
}

/** The variants that are worth code: those for sums over words only where a Program has such. */
export function worthwhile(variants: readonly Variant[], program: Program): readonly Variant[] {
  const worth = variants.filter(
    (one) => one.kind === "planner" || one.dots === undefined || hasWords(program, one.dots),
  );
  return worth.length > 0 ? worth : variants;
}

/** Finds a schedule that was timed for a variant. */
export type FindTuned = (
  variant: Variant,
  compute: Compute,
  kernel: Kernel,
  places: Places,
) => Found | undefined;

export interface Found {
  readonly schedule: Schedule;
  /** How many times as fast as the variant's own it was. */
  readonly gain: number;
}

/** A planned Program with the schedules of a variant: those that are found for it, else its own. */
export function programFor(
  program: Program,
  variant: Variant,
  find: FindTuned = () => undefined,
): Program {
  if (variant.kind === "planner") return program;
  const own = variant.dots === undefined ? program : dotProgram(program, variant.dots);
  const kernels = own.kernels.map((one) => {
    const { places } = one;
    const kernel = asStored(one, program.buffers);
    const schedules = one.schedules.map((planned, i) => {
      const compute = kernel.computes[i]!;
      return (
        find(variant, compute, kernel, places)?.schedule ??
        variant.reschedule(planned, compute, kernel, places)
      );
    });
    return { ...one, schedules };
  });
  return { ...own, kernels };
}
