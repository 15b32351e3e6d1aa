/** Puts tuned schedules in the place of those a target chooses, where they are for the very kernel and legal. */
import { fail } from "../base/error.js";
import type { Compute, Kernel } from "../compute/ir.js";
import { constantSources } from "../compute/loads.js";
import type { Places } from "../place/place.js";
import type { Schedule } from "../schedule/schedule.js";
import { scheduleProblems } from "../schedule/verify.js";
import { verifyStmt } from "../loop/verify.js";
import { lowerProgram, type Reschedule } from "../program/lower.js";
import type { Program } from "../program/program.js";
import type { LayoutChoices } from "../targets/target.js";
import type { Engine, TunedKernel } from "./file.js";
import { kernelKey } from "./key.js";

/** Tuned schedules by their kernels, and which of them a build has met. */
export interface TunedBook {
  /** Of one Compute of a kernel. Throws CompileError `bad-schedule` where it is illegal. */
  find(engine: Engine, kernel: Kernel, compute: Compute, places: Places): Schedule | undefined;
  /** Those for the engines that no kernel of the build has asked for. */
  unused(engines: readonly Engine[]): TunedKernel[];
}

export function openBook(tuned: readonly TunedKernel[]): TunedBook {
  const byName = new Map(tuned.map((one) => [`${one.engine} ${one.key}`, one]));
  const used = new Set<TunedKernel>();
  return {
    find(engine, kernel, compute, places) {
      if (byName.size === 0) return undefined;
      const found = byName.get(
        `${engine} ${kernelKey(kernel, keyPlaces(engine, kernel, places), engine)}`,
      );
      if (found === undefined) return undefined;
      used.add(found);
      return legal(found, kernel, compute, places);
    },
    unused: (engines) => tuned.filter((one) => engines.includes(one.engine) && !used.has(one)),
  };
}

/**
 * Constants are packed by the schedules of their kernels. Code for plain SIMD reads them as they lie, so there
 * they are a part of the kernel.
 */
export function keyPlaces(engine: Engine, kernel: Kernel, places: Places): Places {
  if (engine === "wasm plain") return places;
  const packed = constantSources(kernel);
  return Object.fromEntries(Object.entries(places).filter(([source]) => !packed.has(source)));
}

function legal(
  { key, kernel: words, schedules, engine }: TunedKernel,
  kernel: Kernel,
  compute: Compute,
  places: Places,
): Schedule {
  const at = kernel.computes.indexOf(compute);
  const schedule = schedules[at];
  const where = `tuned schedule ${key} (${engine}, ${words})`;
  if (schedule === undefined || schedules.length !== kernel.computes.length)
    return refuse(`${where}: it has ${schedules.length} of ${kernel.computes.length} schedules`);
  const problems = scheduleProblems(schedule, compute, kernel, places);
  const lanes = engine === "ts" ? [1] : [1, 4];
  if (!lanes.includes(schedule.lanes)) problems.push(`it has ${schedule.lanes} lanes`);
  if (problems.length > 0) refuse(`${where}: ${problems.join("; ")}`);
  return schedule;
}

function refuse(message: string): never {
  return fail("bad-schedule", message, { hint: "tune again with `build --tune`" });
}

/** The target with tuned schedules instead of its own. */
export function withTuned<T extends LayoutChoices>(target: T, engine: Engine, book: TunedBook): T {
  return {
    ...target,
    schedule: (compute, kernel, places, choices) =>
      book.find(engine, kernel, compute, places) ??
      target.schedule(compute, kernel, places, choices),
  };
}

/** What engines with plain SIMD run: tuned for them, or what `otherwise` makes of the planned schedule. */
export function tunedPlain(book: TunedBook, otherwise: Reschedule): Reschedule {
  return (schedule, compute, places, kernel) =>
    book.find("wasm plain", kernel, compute, places) ??
    otherwise(schedule, compute, places, kernel);
}

/**
 * Lowers a planned program with tuned schedules and checks what comes of it. Throws CompileError
 * `bad-schedule` where a tile crosses the blocks that constants are packed in, or the like.
 */
export function checkTuned(program: Program, reschedule?: Reschedule): void {
  for (const kernel of program.kernels) {
    try {
      const { functions } = lowerProgram({ ...program, kernels: [kernel] }, reschedule);
      for (const { code } of functions) verifyStmt(code);
    } catch (error) {
      if (!(error instanceof Error) || error.name === "CompileError") throw error;
      refuse(`tuned schedules: ${kernel.name}: ${error.message}`);
    }
  }
}
