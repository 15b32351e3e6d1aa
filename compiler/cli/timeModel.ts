/** Times a run of a compiled model on this machine, and each of its distinct kernels. */
import { cpus } from "node:os";
import { performance } from "node:perf_hooks";
import { multiplyAddsByNode } from "../analysis/multiplyAdds.js";
import type { CompileOptions, CompileResult } from "../compile.js";
import { onlyKernels } from "../emit/emission.js";
import type { KernelTiming, Timing, Timings } from "../report-page/timings.js";
import { targetNamed } from "../targets/index.js";
import { cpuTime, type Clock } from "../tune/timing.js";
import { importModule, sampleInputs, type Arrays, type LoadedModule } from "./runModule.js";

/** `result` is compiled to JavaScript that stands alone. `computing`: counts what the process computes. */
export async function timeModel(
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
