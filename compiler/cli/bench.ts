/** `tilewright bench`: how long a run of a model takes on this machine, and each of its distinct kernels. */
import { cpus } from "node:os";
import { performance } from "node:perf_hooks";
import { multiplyAddsByNode } from "../analysis/multiplyAdds.js";
import { compile, type CompileOptions, type CompileResult } from "../compile.js";
import { onlyKernels } from "../emit/emission.js";
import { printable } from "../base/error.js";
import { targetNamed } from "../targets/index.js";
import { cpuTime, type Clock } from "../tune/timing.js";
import { MODEL_OPTIONS, openModel } from "../project/modelOptions.js";
import { isSet } from "../project/given.js";
import { startProgress } from "./progress.js";
import {
  importModule,
  sampleInputs,
  STANDALONE,
  type Arrays,
  type LoadedModule,
} from "./runModule.js";
import { warnOfUntrained } from "./untrained.js";
import type { Verb } from "./verb.js";

interface Timing {
  /** Of one run or call, the median. */
  readonly milliseconds: number;
  readonly multiplyAdds: number;
  /** Two operations a multiply-add. */
  readonly gflops: number;
}

interface KernelTiming extends Timing {
  readonly function: string;
  /** In one run. */
  readonly calls: number;
  /** Dims of what it reads and writes. */
  readonly shapes: string;
  /** Of the peak, between 0 and 1; absent where nothing is multiplied, or there is no peak. */
  readonly share?: number;
}

interface Timings extends Timing {
  readonly model: string;
  readonly target: string;
  readonly node: string;
  readonly cpu: string;
  /** What times are of: of the clock on the wall, or computing of the process. */
  readonly clock: "wall time" | "CPU time";
  /** GFLOP/s of a tile in the first-level cache; of targets that have measured it. */
  readonly peak?: number;
  /** GB/s of reading what no cache holds, likewise. */
  readonly bandwidth?: number;
  /** Names of parameters that are random. */
  readonly untrained: readonly string[];
  readonly kernels: readonly KernelTiming[];
}

export const bench: Verb = {
  name: "bench",
  description: "Times a run of a model, and each of its distinct kernels",
  options: [
    ["--json", "Prints the same as JSON"],
    ["--cpu-time", "Counts what the process computes: for a machine that others use, too"],
    ...MODEL_OPTIONS,
  ],
  async run(path, given, streams) {
    const { definition, options } = await openModel(path, given);
    const { end, onProgress = () => undefined } = startProgress(streams);
    try {
      const all = { ...options, ...STANDALONE, weights: "file", onProgress } as const;
      const timings = await timeModel(await compile(definition, all), all, isSet(given, "cpuTime"));
      end();
      warnOfUntrained(definition, streams);
      const text = isSet(given, "json")
        ? JSON.stringify(timings, undefined, 2)
        : printTimings(timings).map(printable).join("\n");
      streams.stdout(`${text}\n`);
    } finally {
      end();
    }
    return 0;
  },
};

async function timeModel(
  result: CompileResult,
  options: CompileOptions,
  computing: boolean,
): Promise<Timings> {
  const { program, graph } = result;
  const { onProgress } = options;
  const now: Clock = computing ? cpuTime : () => performance.now();
  const target = targetNamed(options.target);
  if (target.measureLimits !== undefined) onProgress?.("measure the peak");
  const limits = await target.measureLimits?.(now);
  onProgress?.("time a run");
  const whole = timeRuns(await importModule(result), sampleInputs(program), now);
  const perNode = multiplyAddsByNode(graph);
  const multiplyAdds = program.kernels.map(({ covers }) =>
    covers.reduce((sum, node) => sum + (perNode.get(node)?.total ?? 0), 0),
  );
  return {
    model: program.name,
    target: target.name,
    node: process.version,
    cpu: cpus()[0]?.model.trim() ?? "unknown",
    clock: computing ? "CPU time" : "wall time",
    ...limits,
    ...timing(
      whole,
      multiplyAdds.reduce((sum, count) => sum + count, 0),
    ),
    untrained: result.report.untrained,
    kernels: await timeKernels(result, options, multiplyAdds, now, limits?.peak),
  };
}

/** Each distinct kernel in a module of its own, so that every target is timed alike. */
async function timeKernels(
  { program, lowered, report, emission }: CompileResult,
  options: CompileOptions,
  multiplyAdds: readonly number[],
  now: Clock,
  peak: number | undefined,
): Promise<KernelTiming[]> {
  const inputs = sampleInputs(program);
  const target = targetNamed(options.target);
  const timeAlone = async (positions: readonly number[]): Promise<number> => {
    const files = await target.emit(onlyKernels(emission, positions), options);
    return timeRuns(await importModule({ files }), inputs, now);
  };
  const nothing = await timeAlone([]);
  const kernels: KernelTiming[] = [];
  for (const { name } of lowered.functions) {
    options.onProgress?.(`time ${name}`);
    const first = lowered.calls.findIndex((call) => call.function === name);
    const alone = await timeAlone([first]);
    const time = timing(Math.max(alone - nothing, 0), multiplyAdds[first]!);
    kernels.push({
      function: name,
      calls: lowered.calls.filter((call) => call.function === name).length,
      shapes: report.kernels[first]!.summary,
      ...time,
      ...(peak === undefined || time.gflops === 0 ? {} : { share: time.gflops / peak }),
    });
  }
  return kernels;
}

function timing(milliseconds: number, multiplyAdds: number): Timing {
  const gflops = milliseconds === 0 ? 0 : (2 * multiplyAdds) / milliseconds / 1e6;
  return { milliseconds, multiplyAdds, gflops };
}

const WARM_UP = 300;
const LONGEST = 1000;
const MOST_SAMPLES = 200;
/** Milliseconds of one sample at least: clocks are read in their own time, and kernels take microseconds. */
const SAMPLE = 0.2;

/** Milliseconds of one run: the median of at least three samples, after the engine's compilers have settled. */
function timeRuns(module: LoadedModule, inputs: Arrays, now: Clock): number {
  const sample = (calls: number): number => {
    const before = now();
    for (let call = 0; call < calls; call++) module.run(inputs);
    return (now() - before) / calls;
  };
  const start = performance.now();
  let once = 0;
  for (let i = 0; i < 2 || (i < 200 && performance.now() - start < WARM_UP); i++) once = sample(1);
  const calls = Math.max(1, Math.min(1000, Math.ceil(SAMPLE / Math.max(once, 1e-3))));
  const times: number[] = [];
  const end = performance.now() + LONGEST;
  while (times.length < 3 || (times.length < MOST_SAMPLES && performance.now() < end))
    times.push(sample(calls));
  return times.sort((a, b) => a - b)[times.length >> 1]!;
}

function printTimings(timings: Timings): string[] {
  const { model, target, node, cpu, clock, peak, bandwidth, kernels, ...whole } = timings;
  const rows = kernels.map((kernel) => [
    kernel.function,
    String(kernel.calls),
    kernel.milliseconds.toFixed(3),
    (kernel.calls * kernel.milliseconds).toFixed(3),
    kernel.multiplyAdds === 0 ? "" : kernel.gflops.toFixed(2),
    kernel.share === undefined ? "" : `${(100 * kernel.share).toFixed(0)} %`,
    kernel.shapes,
  ]);
  const table = [["kernel", "calls", "ms", "in all", "GFLOP/s", "of peak", "shapes"], ...rows];
  const widths = table[0]!.map((_, i) => Math.max(...table.map((row) => row[i]!.length)));
  return [
    `${model} on ${target}: ${whole.milliseconds.toFixed(2)} ms, ${whole.gflops.toFixed(2)} GFLOP/s (${clock}, Node ${node}, ${cpu})`,
    ...(peak === undefined
      ? []
      : [
          `peak ${peak.toFixed(2)} GFLOP/s: a tile in the first-level cache; memory is read at ${bandwidth!.toFixed(1)} GB/s`,
        ]),
    "",
    ...table.map((row) =>
      row
        .map((cell, i) =>
          i === 0 || i === 6 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!),
        )
        .join("  ")
        .trimEnd(),
    ),
  ];
}
