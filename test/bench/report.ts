/** What a benchmark came to, as a table for people and as JSON for programs. */
import { cpus } from "node:os";
import type { Measured } from "./measure.js";
import { printStartup, type StartupComparison } from "./startup.js";
import { geometricMean } from "./statistics.js";

export interface Report {
  readonly node: string;
  readonly v8: string;
  readonly cpu: string;
  /** GFLOP/s of WebAssembly in this engine on operands in the first-level cache. */
  readonly peak: number;
  /** What times are of: of the clock on the wall, or computing of the process. */
  readonly clock: string;
  /** Versions of the engines by name. */
  readonly engines: Readonly<Record<string, string>>;
  readonly results: readonly Measured[];
  readonly startup?: StartupComparison;
  /** By peer: how many times as fast we are, in the geometric mean over the cases. */
  readonly geometricMeans: Readonly<Record<string, number>>;
  /** By peer: the case in which we are the least times as fast. */
  readonly least: Readonly<Record<string, { readonly case: string; readonly ratio: number }>>;
}

export function reportOf(
  results: readonly Measured[],
  engines: Readonly<Record<string, string>>,
  { peak, clock }: Pick<Report, "peak" | "clock">,
  startup: StartupComparison | undefined,
): Report {
  const peers = [...new Set(results.map(({ peer }) => peer))];
  const against = (peer: string): readonly Measured[] => results.filter((one) => one.peer === peer);
  return {
    node: process.version,
    v8: process.versions.v8,
    cpu: cpus()[0]?.model.trim() ?? "unknown",
    peak,
    clock,
    engines,
    results,
    ...(startup === undefined ? {} : { startup }),
    geometricMeans: Object.fromEntries(
      peers.map((peer) => [peer, geometricMean(against(peer).map(({ ratio }) => ratio))]),
    ),
    least: Object.fromEntries(
      peers.map((peer) => {
        const { case: name, ratio } = against(peer).reduce((a, b) => (b.ratio < a.ratio ? b : a));
        return [peer, { case: name, ratio }];
      }),
    ),
  };
}

export function printReport({
  node,
  v8,
  cpu,
  peak,
  clock,
  engines,
  results,
  geometricMeans,
  least,
  startup,
}: Report): string {
  const versions = Object.entries(engines).map(([name, version]) => `${name} ${version}`);
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
  ]);
  const head =
    "case|against|ms|their ms|GFLOP/s|of peak|their GFLOP/s|as fast|quartiles|pairs".split("|");
  const means = Object.entries(geometricMeans).map(
    ([peer, mean]) =>
      `geometric mean against ${peer}: ${mean.toFixed(2)}×, least ${least[peer]!.ratio.toFixed(2)}× (${least[peer]!.case})`,
  );
  return [
    `Node ${node}, V8 ${v8}, ${cpu}; one thread, ${clock}; peak of WebAssembly here ${peak.toFixed(1)} GFLOP/s`,
    versions.join(", "),
    ...(rows.length === 0 ? [] : ["", ...table([head, ...rows]), "", ...means]),
    ...(startup === undefined ? [] : ["", ...printStartup(startup)]),
  ].join("\n");
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
