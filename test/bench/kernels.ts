/**
 * A row for each distinct kernel of an example network, timed by itself as WebAssembly in this engine, and what
 * separates their total from the limit: `node --no-liftoff --import jiti/register test/bench/kernels.ts [network]`,
 * with `--samples N`, `--cpu-time` and `--json`. The table is Markdown.
 */
import { cpus } from "node:os";
import { execArgv } from "node:process";
import { parseArgs } from "node:util";
import { multiplyAddsByNode, multiplyAddsOfKernel } from "../../compiler/analysis/multiplyAdds.js";
import { planModel } from "../../compiler/compile.js";
import type { ProgramKernel } from "../../compiler/program/program.js";
import { measureLimits } from "../../compiler/targets/wasm/limits.js";
import { cpuTime, type Clock } from "../../compiler/tune/timing.js";
import { hasRelaxedSimd } from "../../runtime/wasm.js";
import { compilePrograms, type Execution } from "../support/execution.js";
import { networks } from "../../examples/index.js";
import { tileOf } from "./tile.js";

const { values: options, positionals } = parseArgs({
  options: {
    samples: { type: "string", default: "20" },
    "cpu-time": { type: "boolean", default: false },
    json: { type: "boolean", default: false },
  },
  allowPositionals: true,
});
// Optimised code from the first call on.
if (!execArgv.includes("--no-liftoff")) throw new Error("start it with node --no-liftoff");
const now: Clock = options["cpu-time"] ? cpuTime : () => performance.now();

interface Row {
  readonly kernel: string;
  readonly number: number;
  readonly algorithm: string;
  readonly tile: string;
  /** Of all of them, in one run. */
  readonly milliseconds: number;
  /** Of what the nodes mean, two operations a multiply-add. */
  readonly gflops: number;
  /** What the multiply-adds that are computed take at the peak. */
  readonly limitMilliseconds: number;
}

/** The least milliseconds of a call, of many short samples. */
function best(run: () => void, samples: number): number {
  const once = (calls: number): number => {
    const begin = now();
    for (let call = 0; call < calls; call++) run();
    return (now() - begin) / calls;
  };
  const calls = Math.max(1, Math.min(500, Math.ceil(1.5 / Math.max(once(1), 1e-3))));
  return Math.min(...Array.from({ length: samples }, () => once(calls)));
}

/** What has no multiply-adds of its own moves or fills memory, or is too little to be one. */
function algorithmOf(kernel: ProgramKernel): string {
  const { algorithm } = kernel as { readonly algorithm?: string };
  if (algorithm !== undefined) return algorithm;
  if (kernel.role !== "compute") return kernel.role;
  return multiplyAddsOfKernel(kernel.kernel) > 0 ? "direct" : "";
}

/** Kernels that share a function and an algorithm are one row. */
function rowsOf(execution: Execution, meant: ReadonlyMap<string, number>, peak: number): Row[] {
  const { kernels } = execution.program;
  const { functions, calls } = execution.lowered;
  const summaries = new Map(functions.map(({ name, code }) => [name, code.summary]));
  const rows = new Map<string, Row>();
  kernels.forEach((kernel, position) => {
    const { function: name, atLoad } = calls[position]!;
    const ms = best(() => execution.call(position), Number(options.samples));
    const flops = 2 * kernel.covers.reduce((sum, node) => sum + (meant.get(node) ?? 0), 0);
    const before = rows.get(name);
    const milliseconds = ms + (before?.milliseconds ?? 0);
    const number = 1 + (before?.number ?? 0);
    const limit = (2 * multiplyAddsOfKernel(kernel.kernel)) / peak / 1e6;
    rows.set(name, {
      kernel: `${name}: ${summaries.get(name)!.replace(/ \(\d+ elements\)/, "")}`,
      number,
      algorithm: atLoad === true ? "at load" : algorithmOf(kernel),
      tile: tileOf(kernel),
      milliseconds,
      gflops: (flops * number) / milliseconds / 1e6,
      limitMilliseconds: limit + (before?.limitMilliseconds ?? 0),
    });
  });
  return [...rows.values()];
}

function markdown(rows: readonly Row[], whole: number): string[] {
  const head = [
    "kernel",
    "number",
    "algorithm",
    "tile",
    "ms",
    "of the run",
    "GFLOP/s",
    "of the peak",
  ];
  const cells = rows.map((row) => [
    row.kernel,
    String(row.number),
    row.algorithm,
    row.tile,
    row.milliseconds.toFixed(3),
    `${((100 * row.milliseconds) / whole).toFixed(1)} %`,
    row.gflops === 0 ? "" : row.gflops.toFixed(1),
    row.gflops === 0 ? "" : `${((100 * row.limitMilliseconds) / row.milliseconds).toFixed(0)} %`,
  ]);
  return [head, head.map(() => "---"), ...cells].map((row) => `| ${row.join(" | ")} |`);
}

/** From what the nodes mean, at the peak, to what a run takes, one step a line. */
function separation(rows: readonly Row[], meant: number, peak: number, run: number): string[] {
  const sum = (of: readonly Row[], value: (row: Row) => number): number =>
    of.reduce((all, row) => all + value(row), 0);
  const multiplying = rows.filter(({ gflops }) => gflops > 0);
  const others = rows.filter(({ gflops }) => gflops === 0);
  const limit = sum(multiplying, (row) => row.limitMilliseconds);
  const spent = sum(multiplying, (row) => row.milliseconds);
  const lost = ({ milliseconds, limitMilliseconds }: Row): number =>
    milliseconds - limitMilliseconds;
  const worst = [...multiplying].sort((a, b) => lost(b) - lost(a)).slice(0, 6);
  return [
    `${((2 * meant) / peak / 1e6).toFixed(1)} ms: every multiply-add of the network at the peak`,
    `${limit.toFixed(1)} ms: those that are computed, at the peak`,
    `${(spent - limit).toFixed(1)} ms: kernels that multiply, above that; most of it:`,
    ...worst.map((row) => `  ${lost(row).toFixed(2)} ms: ${row.kernel} (${row.algorithm})`),
    `${sum(others, (row) => row.milliseconds).toFixed(2)} ms: copies, margins and what multiplies nothing`,
    `${(spent + sum(others, (row) => row.milliseconds)).toFixed(1)} ms: all kernels by themselves; one run ${run.toFixed(1)} ms`,
  ];
}

const [name = "resnet50"] = positionals;
const network = networks.find((one) => one.name === name);
if (network === undefined) throw new Error(`one of ${networks.map((one) => one.name).join(", ")}`);
const { graph, program } = planModel(network.create(), { target: "wasm" });
const [execution] = (await compilePrograms([program], hasRelaxedSimd() ? "relaxed" : "plain")) as [
  Execution,
];
execution.arena.f32.forEach((_, i, all) => (all[i] = Math.sin(i)));
const positions = program.kernels.map((_, position) => position);
const inRuns = positions.filter((position) => execution.lowered.calls[position]!.atLoad !== true);
// In order, so that what is computed at load is there.
for (const position of positions) execution.call(position);
const limits = await measureLimits(now);
const perNode = new Map(
  [...multiplyAddsByNode(graph)].map(([node, { total }]) => [node, total] as const),
);
const rows = rowsOf(execution, perNode, limits.peak);
const atLoad = rows.filter(({ algorithm }) => algorithm === "at load");
const run = best(() => {
  for (const position of inRuns) execution.call(position);
}, Number(options.samples));
const engine = `Node ${process.version}, ${cpus()[0]?.model.trim() ?? "unknown"}`;
const meant = [...perNode.values()].reduce((sum, count) => sum + count, 0);
if (options.json) console.log(JSON.stringify({ engine, ...limits, run, rows }, undefined, 2));
else {
  const inEachRun = rows.filter((row) => !atLoad.includes(row));
  const loading = atLoad.reduce((sum, row) => sum + row.milliseconds, 0);
  console.log(
    [
      `${name}: ${run.toFixed(1)} ms a run, ${((2 * meant) / run / 1e6).toFixed(1)} GFLOP/s; peak ${limits.peak.toFixed(1)} GFLOP/s, memory read at ${limits.bandwidth.toFixed(1)} GB/s; ${engine}`,
      ...["", ...markdown(inEachRun, run), ""],
      ...separation(inEachRun, meant, limits.peak, run),
      ...(atLoad.length === 0
        ? []
        : [`${loading.toFixed(1)} ms once, at load: ${atLoad.length} kernels`]),
    ].join("\n"),
  );
}
