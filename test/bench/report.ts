/** What a benchmark came to, as a table for people and as JSON for programs. */
import { cpus } from "node:os";
import type { Measured } from "./measure.js";
import { printStartup, type StartupComparison } from "./startup.js";
import type { ByteProducts } from "../../runtime/byteProducts.js";
import { geometricMean } from "./statistics.js";
import { printWorkers, type WorkersStart } from "./workers.js";

/** What one suite came to against one peer. */
export interface Summary {
  readonly suite: string;
  readonly peer: string;
  /** How many times as fast we are, in the geometric mean over the cases. */
  readonly geometricMean: number;
  /** The case in which we are the least times as fast. */
  readonly least: { readonly case: string; readonly ratio: number };
  /** The case in which our error is the most times theirs; absent where there is no f64 to measure them against. */
  readonly leastAccurate?: { readonly case: string; readonly ratio: number };
}

export interface Report {
  readonly node: string;
  readonly v8: string;
  /** Options that the engine was started with. */
  readonly flags: readonly string[];
  readonly cpu: string;
  /** GFLOP/s of WebAssembly in this engine on operands in the first-level cache. */
  readonly peak: number;
  /** GB/s of WebAssembly in this engine reading what no cache holds. */
  readonly bandwidth: number;
  /** How bytes are multiplied here, by the name of the instruction. */
  readonly products: string;
  /** What times are of: of the clock on the wall, or computing of the process. */
  readonly clock: string;
  /** Versions of the engines by name. */
  readonly engines: Readonly<Record<string, string>>;
  readonly results: readonly SuiteResult[];
  readonly startup: readonly StartupComparison[];
  readonly workers: readonly WorkersStart[];
  readonly summaries: readonly Summary[];
}

export type SuiteResult = Measured & { readonly suite: string };

export function reportOf(
  results: readonly SuiteResult[],
  engines: Readonly<Record<string, string>>,
  limits: Pick<Report, "peak" | "bandwidth" | "products" | "clock">,
  startup: readonly StartupComparison[] = [],
  workers: readonly WorkersStart[] = [],
): Report {
  return {
    node: process.version,
    v8: process.versions.v8,
    flags: process.execArgv.filter((flag) => !flag.startsWith("--import") && !flag.includes("/")),
    cpu: cpus()[0]?.model.trim() ?? "unknown",
    ...limits,
    engines,
    results,
    startup,
    workers,
    summaries: groups(results).map(summaryOf),
  };
}

const INSTRUCTIONS: Readonly<Record<NonNullable<ByteProducts>, string>> = {
  usdot: "i32x4.relaxed_dot_i8x16_i7x16_add_s, u8 by i8",
  sdot: "i32x4.relaxed_dot_i8x16_i7x16_add_s, i8 by i8",
  usdot16:
    "i16x8.relaxed_dot_i8x16_i7x16_s, u8 by i8, where weights are small enough, and i32x4.dot_i16x8_s",
};

/** The instruction that a module multiplies bytes with where the engine does it so. */
export function instructionOf(products: ByteProducts): string {
  return products === undefined ? "i32x4.dot_i16x8_s" : INSTRUCTIONS[products];
}

/** By suite and peer, in the order in which they came first. */
function groups(results: readonly SuiteResult[]): (readonly SuiteResult[])[] {
  const groups = new Map<string, SuiteResult[]>();
  for (const one of results) {
    const key = `${one.suite} ${one.peer}`;
    groups.set(key, [...(groups.get(key) ?? []), one]);
  }
  return [...groups.values()];
}

function summaryOf(results: readonly SuiteResult[]): Summary {
  const { suite, peer } = results[0]!;
  const { case: name, ratio } = results.reduce((a, b) => (b.ratio < a.ratio ? b : a));
  const mean = geometricMean(results.map((one) => one.ratio));
  const errors = results.flatMap(({ case: of, error, theirError }) =>
    error === undefined || theirError === undefined
      ? []
      : [{ case: of, ratio: error / theirError }],
  );
  const worst = errors.reduce<(typeof errors)[0] | undefined>(
    (a, b) => (a === undefined || b.ratio > a.ratio ? b : a),
    undefined,
  );
  const least = { case: name, ratio };
  const leastAccurate = worst && { leastAccurate: worst };
  return { suite, peer, geometricMean: mean, least, ...leastAccurate };
}

/** How many times the error of onnxruntime-web a whole network's may be. */
const MOST_ERROR = 3;

/** Networks that are less accurate than promised, a sentence each. */
export function inaccurate({ results }: Report): string[] {
  return results.flatMap(({ suite, peer, case: name, error = 0, theirError = 0 }) =>
    suite === "networks" && peer === "onnxruntime-web" && error > MOST_ERROR * theirError
      ? [
          `${name}: an error of ${scientific(error)}, more than ${MOST_ERROR} times ${peer}'s ${scientific(theirError)}`,
        ]
      : [],
  );
}

function scientific(value: number | undefined): string {
  return value?.toExponential(1) ?? "";
}

export function printReport(report: Report): string {
  const { node, v8, flags, cpu, peak, bandwidth, engines, results, summaries } = report;
  const versions = Object.entries(engines).map(([name, version]) => `${name} ${version}`);
  const given = flags.length === 0 ? "no flags" : flags.join(" ");
  const head = [
    `Node ${node}, V8 ${v8}, ${given}, ${cpu}; one thread, ${report.clock}; bytes by ${report.products}; peak of WebAssembly here ${peak.toFixed(1)} GFLOP/s, memory read at ${bandwidth.toFixed(1)} GB/s`,
    versions.join(", "),
  ];
  const tables = groups(results).flatMap((group) => ["", ...table(rowsOf(group, peak))]);
  const means = summaries.map(
    ({ suite, peer, geometricMean: mean, least, leastAccurate }) =>
      `${suite}, geometric mean against ${peer}: ${mean.toFixed(2)}×, least ${least.ratio.toFixed(2)}× (${least.case})${
        leastAccurate === undefined
          ? ""
          : `; error at most ${leastAccurate.ratio.toFixed(1)} times theirs (${leastAccurate.case})`
      }`,
  );
  return [
    ...[...head, ...tables],
    ...(means.length === 0 ? [] : ["", ...means]),
    ...inaccurate(report).map((sentence) => `TOO INACCURATE: ${sentence}`),
    ...(report.startup.length === 0 ? [] : ["", ...printStartup(report.startup)]),
    ...(report.workers.length === 0 ? [] : ["", ...printWorkers(report.workers)]),
  ].join("\n");
}

function rowsOf(results: readonly SuiteResult[], peak: number): string[][] {
  const head =
    "case|against|ms|their ms|GFLOP/s|of peak|their GFLOP/s|as fast|quartiles|pairs|error|their error".split(
      "|",
    );
  const rows = results.map((one) => [
    one.case,
    one.peer,
    milliseconds(one.ours),
    milliseconds(one.theirs),
    (one.flops / one.ours / 1e9).toFixed(2),
    `${((100 * one.flops) / one.ours / 1e9 / peak).toFixed(0)} %`,
    (one.flops / one.theirs / 1e9).toFixed(2),
    `${one.ratio.toFixed(2)}×`,
    one.spread.map((ratio) => ratio.toFixed(2)).join("–"),
    String(one.pairs),
    scientific(one.error),
    scientific(one.theirError),
  ]);
  return [head, ...rows];
}

function milliseconds(seconds: number): string {
  return (seconds * 1000).toFixed(2);
}

/** The first two columns to the left, numbers to the right. */
function table(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows.map((row) =>
    row
      .map((cell, i) => (i < 2 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!)))
      .join("  ")
      .trimEnd(),
  );
}
