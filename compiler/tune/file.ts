/** The file of schedules that `build --tune` writes and people commit: read with suspicion, written the same every time. */
import { z } from "zod";
import { CompileError, fail, type Problem } from "../base/error.js";
import { expectation } from "../base/expected.js";
import { parseJson } from "../base/json.js";
import type { Schedule } from "../schedule/schedule.js";
import { VARIANTS } from "../targets/index.js";

const axis = z.string().regex(/^[a-z][a-z0-9]{0,15}$/, "expected the name of an axis");
const axes = z.array(axis).max(64);
/** Counted before anything in it is looked at: each entry of a long list could be a problem. */
const few = z.custom<object>(
  (value) => typeof value === "object" && value !== null && Object.keys(value).length <= 64,
  "expected a table of at most 64 axes",
);
const split = z.strictObject({
  factor: z.int().min(1).max(4096),
  kind: z.enum(["unroll", "vector"]),
});
const schedule = z.strictObject({
  order: axes,
  fuse: few.pipe(z.record(axis, axes)).optional(),
  split: few.pipe(z.record(axis, z.array(split).max(4))),
  lanes: z.int().min(1).max(16),
  park: z.boolean().optional(),
  partialSums: z.strictObject({ axis, steps: z.int().min(1) }).optional(),
  grouped: z.strictObject({ axis, elements: z.int().min(1) }).optional(),
  accumulators: z.int().min(1).max(16).optional(),
  dots: z.literal(true).optional(),
  pairs: z.literal(true).optional(),
  turnSquares: z.boolean().optional(),
});

const entry = z.strictObject({
  key: z.string().regex(/^[0-9a-f]{16}$/, "expected 16 hex digits"),
  engine: z.enum(VARIANTS.map(({ name }) => name)),
  kernel: z.string(),
  runs: z.array(z.string()).max(1024),
  gain: z.number().positive(),
  schedules: z.array(schedule).min(1).max(1024),
});
const file = z.strictObject({
  format: z.literal("tilewright schedules 1"),
  kernels: z.array(z.unknown()).max(4096),
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

const MOST_BYTES = 2 ** 22;
const MOST_PROBLEMS = 10;
/** Characters of one of them. */
const LONGEST_PROBLEM = 200;

/** Throws CompileError `bad-file` with what is wrong; whether schedules are legal is seen when they are used. */
export function parseTuned(bytes: Uint8Array): readonly TunedKernel[] {
  if (bytes.length > MOST_BYTES) {
    fail("bad-file", `a file of schedules has ${bytes.length} bytes: the most is ${MOST_BYTES}`);
  }
  const problems: Problem[] = [];
  const { kernels = [] } = checked(file, jsonOf(bytes), [], problems) ?? {};
  const entries = kernels.flatMap((kernel, i) => {
    // A list of a million wrong things is not a million problems.
    if (problems.length >= MOST_PROBLEMS) return [];
    return checked(entry, kernel, ["kernels", i], problems) ?? [];
  });
  if (problems.length > 0) throw new CompileError(problems.slice(0, MOST_PROBLEMS));
  // What is absent from JSON is absent here.
  return entries as readonly TunedKernel[];
}

/** The value as the schema has it, or undefined and what is wrong with it. */
function checked<T>(
  schema: z.ZodType<T>,
  value: unknown,
  place: readonly (string | number)[],
  problems: Problem[],
): T | undefined {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  for (const issue of parsed.error.issues.slice(0, MOST_PROBLEMS)) {
    const path = [...place, ...issue.path].map((part) => `${String(part)}.`).join("");
    const where = path === "" ? "" : `${path.slice(0, -1)}: `;
    const message = `${where}${expectation(issue)}`.slice(0, LONGEST_PROBLEM);
    problems.push({ code: "bad-file", message, hint: REMAKE });
  }
  return undefined;
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
export async function printTuned(kernels: readonly TunedKernel[]): Promise<string> {
  const text = JSON.stringify({
    format: "tilewright schedules 1",
    kernels: [...kernels].sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1)).map(inOrder),
  });
  const { format } = await import("prettier");
  return format(text, { parser: "json", printWidth: 120, endOfLine: "lf" });
}

/** The fields of an entry in the order in which it is read; JSON leaves out what is undefined. */
function inOrder({ key, engine, kernel, runs, gain, schedules }: TunedKernel): object {
  const sorted = (given: object = {}): object =>
    Object.fromEntries(Object.entries(given).sort(([a], [b]) => (a < b ? -1 : 1)));
  return {
    ...{ key, engine, kernel, runs, gain },
    schedules: schedules.map(({ order, fuse, split, lanes, park, partialSums, ...rest }) => ({
      order,
      fuse: fuse === undefined ? undefined : sorted(fuse),
      split: sorted(split),
      lanes,
      park,
      partialSums,
      grouped: rest.grouped,
      accumulators: rest.accumulators,
      dots: rest.dots,
      pairs: rest.pairs,
      turnSquares: rest.turnSquares,
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
