/** Looks for schedules that are clearly faster on this machine than those a target chooses: `build --tune`. */
import type { Schedule } from "../schedule/schedule.js";
import { describeSchedule } from "../program/print.js";
import type { LoweredProgram } from "../program/lowered.js";
import type { Program, ProgramKernel } from "../program/program.js";
import { targets } from "../targets/index.js";
import type { Choices, LayoutChoices } from "../targets/target.js";
import { choosePlain, PLAIN_ALTERNATIVES } from "../targets/wasm/plainSchedule.js";
import { lowerProgram } from "../program/lower.js";
import { keyPlaces } from "./apply.js";
import type { Engine, Tuned, TunedKernel } from "./file.js";
import { isolate, isolateAsPacked } from "./isolate.js";
import { kernelKey } from "./key.js";
import { compareRuns, EFFORT, type Clock, type Comparison, type Effort } from "./timing.js";

/** What times: a clock, and what makes a Program of one kernel runnable. */
export interface Stopwatch {
  readonly now: Clock;
  prepare(program: Program, lowered: LoweredProgram, engine: Engine): Promise<() => void>;
  readonly onProgress?: (step: string) => void;
}

/** A candidate has to be so many times as fast as what it would replace. */
const CLEARLY = 1.03;

/** Schedules of the distinct kernels of a planned program for which others than its own were clearly faster. */
export async function tuneProgram(
  program: Program,
  engine: Engine,
  stopwatch: Stopwatch,
): Promise<Tuned> {
  const distinct = new Map<string, ProgramKernel>();
  for (const kernel of program.kernels) {
    const key = kernelKey(kernel.kernel, keyPlaces(engine, kernel.kernel, kernel.places), engine);
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
    const found = await tuneKernel(program, kernel, engine, stopwatch, report);
    if (found !== undefined) tuned.push({ key, engine, ...found });
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
  engine: Engine,
  stopwatch: Stopwatch,
  report: (candidate: number) => void,
): Promise<Omit<TunedKernel, "key" | "engine"> | undefined> {
  const seen = new Set<string>();
  const make = async (choices: readonly Choices[]): Promise<Candidate | undefined> => {
    const alone = variant(program, kernel, engine, choices);
    const text = JSON.stringify(alone.kernels[0]!.schedules);
    if (seen.has(text)) return undefined;
    seen.add(text);
    const code = lowered(alone, choices);
    if (code === undefined) return undefined;
    report(seen.size);
    return { choices, program: alone, run: await stopwatch.prepare(alone, code, engine) };
  };
  const first = (await make(kernel.kernel.computes.map(() => ({}))))!;
  let best = first;
  for (const at of kernel.kernel.computes.keys()) {
    for (const group of alternatives(engine)) {
      for (const given of group) {
        const choices = best.choices.map((one, i) => (i === at ? { ...one, ...given } : one));
        const candidate = await make(choices);
        if (candidate !== undefined && isFaster(compare(best, candidate, engine, stopwatch)))
          best = candidate;
      }
    }
  }
  if (best === first) return undefined;
  // The luckiest of many was chosen: only a comparison of its own says what it is worth.
  const worth = compare(first, best, engine, stopwatch, 2);
  return isFaster(worth) ? describe(kernel, best, worth.ratio) : undefined;
}

function isFaster({ ratio, lower }: Comparison): boolean {
  return ratio > CLEARLY && lower > 1;
}

/** JavaScript is compiled while it runs. */
const WARM_UP = { ts: 150, "wasm plain": EFFORT.warmUp, "wasm relaxed": EFFORT.warmUp } as const;

function compare(
  first: Candidate,
  second: Candidate,
  engine: Engine,
  { now }: Stopwatch,
  care = 1,
): Comparison {
  const effort: Effort = { ...EFFORT, warmUp: WARM_UP[engine], pairs: care * EFFORT.pairs };
  return compareRuns(
    () => first.run(),
    () => second.run(),
    now,
    effort,
  );
}

function alternatives(engine: Engine): readonly (readonly Choices[])[] {
  switch (engine) {
    case "ts":
      return targets.ts.alternatives;
    case "wasm relaxed":
      return targets.wasm.alternatives;
    case "wasm plain":
      return PLAIN_ALTERNATIVES;
    default:
      return engine satisfies never;
  }
}

/** The kernel alone with other choices. */
function variant(
  program: Program,
  kernel: ProgramKernel,
  engine: Engine,
  choices: readonly Choices[],
): Program {
  return engine === "wasm plain"
    ? isolateAsPacked(program, kernel, plainSchedules(kernel, choices))
    : isolate(program, kernel, choosing(targets[engine === "ts" ? "ts" : "wasm"], choices));
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

function plainSchedules(
  { kernel, schedules, places }: ProgramKernel,
  choices: readonly Choices[],
): Schedule[] {
  return schedules.map((schedule, i) =>
    choosePlain(schedule, kernel.computes[i]!, places, choices[i]!),
  );
}

function choosing(target: LayoutChoices, choices: readonly Choices[]): LayoutChoices {
  return {
    ...target,
    schedule: (compute, kernel, places) =>
      target.schedule(compute, kernel, places, choices[kernel.computes.indexOf(compute)]),
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
