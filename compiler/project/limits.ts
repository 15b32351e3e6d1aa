/** How large a model may be for whoever downloads and runs it: limits that fail a build, and by how much it is over. */
import { CompileError, fail, type Problem } from "../base/error.js";
import { flagOf, oneText, type Given, type OptionRows } from "./given.js";

/** What a build comes to. */
export interface Sizes {
  /** Bytes of all files that one client reads. */
  readonly size: number;
  /** The same gzipped. */
  readonly download: number;
  /** Bytes of weights and arena. */
  readonly memory: number;
  /** Multiply-adds of a run. */
  readonly macs: number;
}

interface Limit {
  readonly option: "maxSize" | "maxDownload" | "maxMemory" | "maxMacs";
  readonly of: keyof Sizes;
  readonly what: string;
  readonly unit: string;
}

const LIMITS: readonly Limit[] = [
  { option: "maxSize", of: "size", what: "its files are", unit: "bytes" },
  { option: "maxDownload", of: "download", what: "its files are gzipped", unit: "bytes" },
  { option: "maxMemory", of: "memory", what: "it takes", unit: "bytes of memory" },
  { option: "maxMacs", of: "macs", what: "a run takes", unit: "multiply-adds" },
];

export const LIMIT_OPTIONS: OptionRows = [
  ["--max-size <bytes>", "Fails where the files that a client reads are more, such as 2MB"],
  ["--max-download <bytes>", "Fails where they are more when gzipped"],
  ["--max-memory <bytes>", "Fails where weights and arena together are more"],
  ["--max-macs <count>", "Fails where a run takes more multiply-adds, such as 300M"],
];

const UNITS: Readonly<Record<string, number>> = {
  "": 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  B: 1,
  kB: 1e3,
  MB: 1e6,
  GB: 1e9,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
};

/** Whether there is any limit. */
export function isLimited(given: Given): boolean {
  return LIMITS.some(({ option }) => given[option] !== undefined);
}

/** Throws CompileError `over-limit` with every limit that the sizes are over, `usage` where one is no number. */
export function checkLimits(sizes: Sizes, given: Given, model: string): void {
  const problems = LIMITS.flatMap(({ option, of, what, unit }): Problem[] => {
    const most = amountOf(given, option);
    const over = most === undefined ? 0 : sizes[of] - most;
    if (over <= 0) return [];
    const numbers = `${grouped(sizes[of])} ${unit}, ${grouped(over)} over ${option}, ${grouped(most!)}`;
    return [{ code: "over-limit", node: model, message: `${what} ${numbers}` }];
  });
  if (problems.length > 0) throw new CompileError(problems);
}

/** "1.5MB" => 1500000. Throws CompileError `usage`. */
function amountOf(given: Given, option: string): number | undefined {
  const text = oneText(given, option);
  if (text === undefined) return undefined;
  const [, digits, unit = ""] = /^(\d+(?:\.\d+)?(?:e\d+)?) ?([A-Za-z]*)$/.exec(text) ?? [];
  const factor = Object.hasOwn(UNITS, unit) ? UNITS[unit] : undefined;
  if (digits === undefined || factor === undefined)
    fail(
      "usage",
      `${flagOf(option)} must be a number such as 300000, 1.5MB or 300KiB, not '${text}'`,
    );
  return Math.floor(Number(digits) * factor);
}

/** 1234567 => 1,234,567 in every locale */
export function grouped(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ",");
}
