/** Puts tuned schedules in the place of those a target chooses, where they are for the very kernel and legal. */
import { fail } from "../base/error.js";
import type { Compute, Kernel } from "../compute/ir.js";
import { constantSources } from "../compute/loads.js";
import type { Places } from "../place/place.js";
import type { Schedule } from "../schedule/schedule.js";
import { scheduleProblems } from "../schedule/verify.js";
import { verifyStmt } from "../loop/verify.js";
import { lowerProgram } from "../program/lower.js";
import type { Program } from "../program/program.js";
import type { FindTuned, Planner, Variant } from "../targets/variant.js";
import type { TunedKernel } from "./file.js";
import { kernelKey } from "./key.js";

/** What is decided where a schedule comes from a file. */
export const SCHEDULE = "schedule";

/** Tuned schedules by their kernels, and which of them a build has met. */
export interface TunedBook {
  /** Of one Compute of a kernel. Throws CompileError `bad-schedule` where it is illegal. */
  readonly find: FindTuned;
  /** Those for the variants that no kernel of the build has asked for. */
  unused(variants: readonly Variant[]): TunedKernel[];
}

export function openBook(tuned: readonly TunedKernel[]): TunedBook {
  const byName = new Map(tuned.map((one) => [`${one.engine} ${one.key}`, one]));
  const used = new Set<TunedKernel>();
  return {
    find(variant, compute, kernel, places) {
      if (byName.size === 0) return undefined;
      const found = byName.get(`${variant.name} ${tunedKey(variant, kernel, places)}`);
      if (found === undefined) return undefined;
      used.add(found);
      return { schedule: legal(found, variant, compute, kernel, places), gain: found.gain };
    },
    unused(variants) {
      const names = variants.map(({ name }) => name);
      return tuned.filter((one) => names.includes(one.engine) && !used.has(one));
    },
  };
}

/**
 * What a schedule of a variant is kept under. Constants are packed by the schedules of a planner; a follower reads
 * them as they lie, so there they are a part of the kernel.
 */
export function tunedKey({ name, kind }: Variant, kernel: Kernel, places: Places): string {
  if (kind === "follower") return kernelKey(kernel, places, name);
  const packed = constantSources(kernel);
  const others = Object.entries(places).filter(([source]) => !packed.has(source));
  return kernelKey(kernel, Object.fromEntries(others), name);
}

function legal(
  { key, kernel: words, schedules, engine }: TunedKernel,
  { lanes }: Variant,
  compute: Compute,
  kernel: Kernel,
  places: Places,
): Schedule {
  const at = kernel.computes.indexOf(compute);
  const schedule = schedules[at];
  const where = `tuned schedule ${key} (${engine}, ${words})`;
  if (schedule === undefined || schedules.length !== kernel.computes.length)
    return refuse(`${where}: it has ${schedules.length} of ${kernel.computes.length} schedules`);
  const problems = scheduleProblems(schedule, compute, kernel, places);
  if (!lanes.includes(schedule.lanes)) problems.push(`it has ${schedule.lanes} lanes`);
  if (problems.length > 0) refuse(`${where}: ${problems.join("; ")}`);
  return schedule;
}

function refuse(message: string): never {
  return fail("bad-schedule", message, { hint: "tune again with `build --tune`" });
}

/** The planner with tuned schedules instead of its own. */
export function withTuned(planner: Planner, { find }: TunedBook): Planner {
  return {
    ...planner,
    schedule: (compute, kernel, places, choices, decide) => {
      const found = find(planner, compute, kernel, places);
      if (found === undefined) return planner.schedule(compute, kernel, places, choices, decide);
      decide?.({
        what: SCHEDULE,
        chosen: "as a file of schedules has it",
        candidates: [],
        because: `${found.gain} times as fast as the target's own when it was timed`,
      });
      return found.schedule;
    },
  };
}

/**
 * Lowers a planned program with tuned schedules and checks what comes of it. Throws CompileError
 * `bad-schedule` where a tile crosses the blocks that constants are packed in, or the like.
 */
export function checkTuned(program: Program): void {
  for (const kernel of program.kernels) {
    try {
      const { functions } = lowerProgram({ ...program, kernels: [kernel] });
      for (const { code } of functions) verifyStmt(code);
    } catch (error) {
      if (!(error instanceof Error) || error.name === "CompileError") throw error;
      refuse(`tuned schedules: ${kernel.name}: ${error.message}`);
    }
  }
}
