/** `tilewright build --tune`: times schedules for a model's kernels here, and keeps those that are faster in a file. */
import { existsSync } from "node:fs";
import { dirname, basename } from "node:path";
import { hasRelaxedSimd } from "../../runtime/wasm.js";
import { compile, planModel, type CompileOptions } from "../compile.js";
import { writeFiles } from "../emit/writeFiles.js";
import { fail, printable } from "../base/error.js";
import type { Definition } from "../graph/definition.js";
import { mergeTuned, parseTuned, printTuned, type Engine, type TunedKernel } from "../tune/file.js";
import { prepareTypeScript, prepareWasm } from "../tune/prepare.js";
import { tuneProgram, type Stopwatch } from "../tune/search.js";
import { compareRuns, cpuTime, EFFORT } from "../tune/timing.js";
import { readFrom } from "./files.js";
import { counted } from "./options.js";
import { importModule, sampleInputs, STANDALONE } from "./runModule.js";

export interface Tuning {
  /** For the build that follows. */
  readonly use: { readonly schedules: readonly TunedKernel[] };
  readonly report: {
    readonly engine: Engine;
    readonly file: string;
    /** Distinct kernels that were timed. */
    readonly kernels: number;
    readonly faster: readonly TunedKernel[];
    /** How many times as fast a run of the whole model is. */
    readonly gain: number;
  };
  /** The same for people. */
  readonly text: string;
}

/** models/net.onnx => models/net.tune.json */
export function tuneFile(model: string): string {
  return `${model.replace(/\.[A-Za-z]+$/, "")}.tune.json`;
}

/** Writes the file. Throws CompileError `usage` where this engine cannot run what is to be timed. */
export async function tuneModel(
  definition: Definition,
  options: CompileOptions,
  file: string,
  { now, prepare }: Pick<Stopwatch, "now" | "prepare"> = REAL,
): Promise<Tuning> {
  const engine = engineOf(options);
  const { onProgress } = options;
  const before = existsSync(file) ? readFrom(file, parseTuned) : [];
  const others = before.filter((one) => one.engine !== engine);
  const { program } = planModel(definition, { ...options, schedules: others });
  const stopwatch = { now, prepare, ...(onProgress === undefined ? {} : { onProgress }) };
  const found = await tuneProgram(program, engine, stopwatch);
  const content = await printTuned(mergeTuned(before, engine, found));
  await writeFiles(dirname(file), [{ path: basename(file), content }]);
  const schedules = parseTuned(new TextEncoder().encode(content));
  onProgress?.("time whole runs");
  const gain =
    found.kernels.length === 0 ? 1 : await wholeGain(definition, options, others, schedules);
  const report = { engine, file, kernels: found.keys.length, faster: found.kernels, gain };
  return { use: { schedules }, report, text: textOf(report) };
}

const REAL: Pick<Stopwatch, "now" | "prepare"> = {
  now: cpuTime,
  prepare: (program, lowered, engine) =>
    engine === "ts"
      ? prepareTypeScript(program, lowered)
      : prepareWasm(program, lowered, engine === "wasm plain" ? "plain" : "relaxed"),
};

function engineOf({ target = "ts", simd = "both" }: CompileOptions): Engine {
  if (target === "ts") return "ts";
  const relaxed = hasRelaxedSimd();
  if (simd === "relaxed" && !relaxed)
    fail("usage", `--tune --simd relaxed: Node ${process.version} has no relaxed SIMD`, {
      hint: "tune with Node 22 or newer, or for --simd plain",
    });
  return relaxed && simd !== "plain" ? "wasm relaxed" : "wasm plain";
}

/** Kernels by themselves find their values in the cache; a whole run may not. */
async function wholeGain(
  definition: Definition,
  options: CompileOptions,
  before: readonly TunedKernel[],
  after: readonly TunedKernel[],
): Promise<number> {
  const [first, second] = await Promise.all(
    [before, after].map(async (schedules) => {
      const result = await compile(definition, { ...options, ...STANDALONE, schedules });
      const module = await importModule(result);
      const inputs = sampleInputs(result.program);
      return () => void module.run(inputs);
    }),
  );
  const effort = { ...EFFORT, warmUp: 1000, pairs: 21, atLeast: 21 };
  return compareRuns(first!, second!, cpuTime, effort).ratio;
}

function textOf({ engine, file, kernels, faster, gain }: Tuning["report"]): string {
  const lines = faster.map(
    (one) =>
      `  ${one.gain.toFixed(2)} times as fast: ${one.kernel}\n    ${one.runs.join("\n    ")}\n`,
  );
  const count = `${faster.length} of ${counted(kernels, "distinct kernel")}`;
  return `tuned for ${engine}: ${count} faster, a run ${gain.toFixed(2)} times as fast\n${lines.join("")}schedules in ${printable(file)}: pass --schedules to later builds\n`;
}
