/** The file of schedules that `build --tune` writes and people commit: read with suspicion, written the same every time. */
import { format } from "prettier";
import { z } from "zod";
import { CompileError, fail, type Problem } from "../base/error.js";
import { parseJson } from "../base/json.js";
import type { Schedule } from "../schedule/schedule.js";
import { VARIANTS } from "../targets/index.js";

const axis = z.string().regex(/^[a-z][a-z0-9]{0,15}$/, "expected the name of an axis");
const axes = z.array(axis).max(64);
const split = z.strictObject({
  factor: z.int().min(1).max(4096),
  kind: z.enum(["unroll", "vector"]),
});
const schedule = z.strictObject({
  order: axes,
  fuse: z.record(axis, axes).optional(),
  split: z.record(axis, z.array(split).max(4)),
  lanes: z.int().min(1).max(16),
  park: z.boolean().optional(),
});

const entry = z.strictObject({
  key: z.string().regex(/^[0-9a-f]{16}$/, "expected 16 hex digits"),
  engine: z.enum(VARIANTS.map(({ name }) => name)),
  kernel: z.string(),
  runs: z.array(z.string()),
  gain: z.number().positive(),
  schedules: z.array(schedule).min(1),
});
const file = z.strictObject({
  format: z.literal("tilewright schedules 1"),
  kernels: z.array(entry).max(100_000),
});

/** The schedules that were fastest for a kernel on some machine. */
export interface TunedKernel {
  /** `kernelKey` of the kernel. */
  readonly key: string;
  /** Name of the variant. */
  readonly engine: string;
  /** Shapes, and what runs in which order: for people alone. */
  readonly kernel: string;
  readonly runs: readonly string[];
  /** How many times as fast as by default. */
  readonly gain: number;
  /** One per Compute. */
  readonly schedules: readonly Schedule[];
}

/** What a search came to: the kernels that were timed, and those of them that run better by another schedule. */
export interface Tuned {
  readonly keys: readonly string[];
  readonly kernels: readonly TunedKernel[];
}

const MOST_BYTES = 64 * 1024 * 1024;
const MOST_PROBLEMS = 10;

/** Throws CompileError `bad-file` with what is wrong; whether schedules are legal is seen when they are used. */
export function parseTuned(bytes: Uint8Array): readonly TunedKernel[] {
  if (bytes.length > MOST_BYTES) fail("bad-file", `${bytes.length} bytes of schedules`);
  const parsed = file.safeParse(jsonOf(bytes));
  if (!parsed.success) {
    const problems = parsed.error.issues.slice(0, MOST_PROBLEMS).map((issue): Problem => {
      const where = issue.path.length === 0 ? "" : `${issue.path.join(".")}: `;
      return { code: "bad-file", message: `${where}${issue.message}`, hint: REMAKE };
    });
    throw new CompileError(problems);
  }
  // What is absent from JSON is absent here.
  return parsed.data.kernels as readonly TunedKernel[];
}

function jsonOf(bytes: Uint8Array): unknown {
  try {
    return parseJson(bytes);
  } catch (error) {
    const reason = error instanceof Error ? error.message : "it is no JSON";
    return fail("bad-file", `not a file of schedules: ${reason}`, { hint: REMAKE });
  }
}

const REMAKE = "`build --tune` writes such files";

/** Sorted, one line a schedule where it fits: the same bytes for the same schedules in any order. */
export function printTuned(kernels: readonly TunedKernel[]): Promise<string> {
  const text = JSON.stringify({
    format: "tilewright schedules 1",
    kernels: [...kernels].sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1)).map(inOrder),
  });
  return format(text, { parser: "json", printWidth: 120, endOfLine: "lf" });
}

/** The fields of an entry in the order in which it is read; JSON leaves out what is undefined. */
function inOrder({ key, engine, kernel, runs, gain, schedules }: TunedKernel): object {
  const sorted = (given: object = {}): object =>
    Object.fromEntries(Object.entries(given).sort(([a], [b]) => (a < b ? -1 : 1)));
  return {
    ...{ key, engine, kernel, runs, gain },
    schedules: schedules.map(({ order, fuse, split, lanes, park }) => ({
      order,
      fuse: fuse === undefined ? undefined : sorted(fuse),
      split: sorted(split),
      lanes,
      park,
    })),
  };
}

/** Those before, but of a variant's kernels that were timed again only what was found now. */
export function mergeTuned(
  before: readonly TunedKernel[],
  engine: string,
  { kernels, keys }: Tuned,
): TunedKernel[] {
  const again = new Set(keys);
  return [...before.filter((one) => one.engine !== engine || !again.has(one.key)), ...kernels];
}

function nameOf({ engine, key }: TunedKernel): string {
  return `${engine} ${key}`;
}
