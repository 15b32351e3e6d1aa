/** Looks for schedules that are clearly faster on this machine than those a target chooses: `build --tune`. */
import type { Schedule } from "../schedule/schedule.js";
import { describeSchedule } from "../schedule/describe.js";
import type { LoweredProgram } from "../program/lowered.js";
import type { Program, ProgramKernel } from "../program/program.js";
import type { Choices, Follower, Planner, Tuner, Variant } from "../targets/variant.js";
import { lowerProgram } from "../program/lower.js";
import { tunedKey } from "./apply.js";
import type { Tuned, TunedKernel } from "./file.js";
import { isolate, isolateAsPacked } from "./isolate.js";
import { compareRuns, EFFORT, type Clock, type Comparison, type Effort } from "./timing.js";

/** What times: a clock, and what makes a Program of one kernel runnable. */
export interface Stopwatch extends Pick<Tuner, "alternatives" | "warmUp" | "prepare"> {
  readonly now: Clock;
  readonly onProgress?: (step: string) => void;
}

/** A candidate has to be so many times as fast as what it would replace. */
const CLEARLY = 1.03;

/** Schedules of the distinct kernels of a planned program for which others than its own were clearly faster. */
export async function tuneProgram(
  program: Program,
  variant: Variant,
  stopwatch: Stopwatch,
): Promise<Tuned> {
  const distinct = new Map<string, ProgramKernel>();
  for (const kernel of program.kernels) {
    const key = tunedKey(variant, kernel.kernel, kernel.places);
    if (!distinct.has(key)) distinct.set(key, kernel);
  }
  const tuned: TunedKernel[] = [];
  let at = 0;
  for (const [key, kernel] of distinct) {
    at++;
    const report = (candidate: number): void =>
      stopwatch.onProgress?.(
        `tune kernel ${at} of ${distinct.size} (${kernel.name}), candidate ${candidate}`,
      );
    const found = await tuneKernel(program, kernel, variant, stopwatch, report);
    if (found !== undefined) tuned.push({ key, engine: variant.name, ...found });
  }
  return { keys: [...distinct.keys()], kernels: tuned };
}

/** A choice for each Compute of a kernel, the code for it, and how to run it. */
interface Candidate {
  readonly choices: readonly Choices[];
  readonly program: Program;
  run(): void;
}

async function tuneKernel(
  program: Program,
  kernel: ProgramKernel,
  variant: Variant,
  stopwatch: Stopwatch,
  report: (candidate: number) => void,
): Promise<Omit<TunedKernel, "key" | "engine"> | undefined> {
  const seen = new Set<string>();
  const make = async (choices: readonly Choices[]): Promise<Candidate | undefined> => {
    const alone = choosing(program, kernel, variant, choices);
    const text = JSON.stringify(alone.kernels[0]!.schedules);
    if (seen.has(text)) return undefined;
    seen.add(text);
    const code = lowered(alone, choices);
    if (code === undefined) return undefined;
    report(seen.size);
    return { choices, program: alone, run: await stopwatch.prepare(alone, code) };
  };
  const first = (await make(kernel.kernel.computes.map(() => ({}))))!;
  let best = first;
  for (const at of kernel.kernel.computes.keys()) {
    for (const group of stopwatch.alternatives) {
      for (const given of group) {
        const choices = best.choices.map((one, i) => (i === at ? { ...one, ...given } : one));
        const candidate = await make(choices);
        if (candidate !== undefined && isFaster(compare(best, candidate, stopwatch)))
          best = candidate;
      }
    }
  }
  if (best === first) return undefined;
  // The luckiest of many was chosen: only a comparison of its own says what it is worth.
  const worth = compare(first, best, stopwatch, 2);
  return isFaster(worth) ? describe(kernel, best, worth.ratio) : undefined;
}

function isFaster({ ratio, lower }: Comparison): boolean {
  return ratio > CLEARLY && lower > 1;
}

function compare(
  first: Candidate,
  second: Candidate,
  { now, warmUp = EFFORT.warmUp }: Stopwatch,
  care = 1,
): Comparison {
  const effort: Effort = { ...EFFORT, warmUp, pairs: care * EFFORT.pairs };
  return compareRuns(
    () => first.run(),
    () => second.run(),
    now,
    effort,
  );
}

/** The kernel alone with other choices. */
function choosing(
  program: Program,
  kernel: ProgramKernel,
  variant: Variant,
  choices: readonly Choices[],
): Program {
  return variant.kind === "planner"
    ? isolate(program, kernel, planning(variant, choices))
    : isolateAsPacked(program, kernel, following(variant, kernel, choices));
}

/** Undefined where choices do not go together: a tile that crosses the blocks of constants, say. */
function lowered(program: Program, choices: readonly Choices[]): LoweredProgram | undefined {
  try {
    return lowerProgram(program);
  } catch (error) {
    if (choices.every((one) => Object.keys(one).length === 0)) throw error;
    return undefined;
  }
}

function following(
  follower: Follower,
  { kernel, schedules, places }: ProgramKernel,
  choices: readonly Choices[],
): Schedule[] {
  return schedules.map((planned, i) =>
    follower.reschedule(planned, kernel.computes[i]!, kernel, places, choices[i]),
  );
}

function planning(planner: Planner, choices: readonly Choices[]): Planner {
  return {
    ...planner,
    schedule: (compute, kernel, places) =>
      planner.schedule(compute, kernel, places, choices[kernel.computes.indexOf(compute)]),
  };
}

/** The words are for people alone. */
function describe(
  { kernel }: ProgramKernel,
  { program }: Candidate,
  gain: number,
): Omit<TunedKernel, "key" | "engine"> {
  const { schedules } = program.kernels[0]!;
  const shape = (dims: readonly number[]): string => dims.join("×") || "scalar";
  const from = kernel.inputs.map(({ type }) => shape(type.dims)).join(", ");
  return {
    kernel: `${from} → ${shape(kernel.output.dims)}`,
    runs: schedules.map((schedule, i) => {
      const { axes, reduce } = kernel.computes[i]!;
      return describeSchedule(schedule, [...axes, ...reduce]);
    }),
    gain: Math.round(gain * 100) / 100,
    schedules,
  };
}
