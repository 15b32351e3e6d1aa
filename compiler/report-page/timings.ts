/** What `bench` has timed, and what `bench --json` says of it, read again. */
import { z } from "zod";
import { fail } from "../base/error.js";

const timing = {
  /** Of one run or call, the median. */
  milliseconds: z.number().nonnegative(),
  multiplyAdds: z.number().nonnegative(),
  /** Two operations a multiply-add. */
  gflops: z.number().nonnegative(),
};

const kernelTiming = z.object({
  function: z.string(),
  /** In one run. */
  calls: z.number().nonnegative(),
  /** Dims of what it reads and writes. */
  shapes: z.string(),
  ...timing,
  /** Of the peak, between 0 and 1; absent where nothing is multiplied, or there is no peak. */
  share: z.number().optional(),
});

const timings = z.object({
  model: z.string(),
  target: z.string(),
  node: z.string(),
  cpu: z.string(),
  /** What times are of: of the clock on the wall, or computing of the process. */
  clock: z.enum(["wall time", "CPU time"]),
  /** GFLOP/s of a tile in the first-level cache; of targets that have measured it. */
  peak: z.number().optional(),
  /** GB/s of reading what no cache holds, likewise. */
  bandwidth: z.number().optional(),
  ...timing,
  /** Names of parameters that are random. */
  untrained: z.array(z.string()).readonly(),
  kernels: z.array(kernelTiming.readonly()).readonly(),
});

export type Timing = Readonly<
  Pick<z.output<typeof kernelTiming>, "milliseconds" | "multiplyAdds" | "gflops">
>;
export type KernelTiming = Readonly<z.output<typeof kernelTiming>>;
export type Timings = Readonly<z.output<typeof timings>>;

/** Throws CompileError `bad-file` where a file is not what `bench --json` prints. */
export function parseTimings(bytes: Uint8Array): Timings {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder().decode(bytes));
  } catch (error) {
    fail("bad-file", `it is no JSON: ${(error as Error).message}`);
  }
  const read = timings.safeParse(value);
  if (read.success) return read.data;
  const [{ path, message }] = read.error.issues as [z.core.$ZodIssue];
  return fail("bad-file", `it is not what \`bench --json\` prints: ${path.join(".")}: ${message}`);
}

/** Throws CompileError `usage` where they are of another model, target, or other kernels. */
export function checkTimings(
  { model, target, kernels }: Timings,
  of: {
    readonly model: string;
    readonly target: string;
    readonly kernels: readonly { readonly function: string }[];
  },
): void {
  const hint = "run `bench --json` again with the options of the report";
  if (model !== of.model || target !== of.target)
    fail(
      "usage",
      `the times are of '${model}' on ${target}, the report of '${of.model}' on ${of.target}`,
      { hint },
    );
  const known = new Set(of.kernels.map((kernel) => kernel.function));
  const other = kernels.find((kernel) => !known.has(kernel.function));
  if (other !== undefined || known.size !== kernels.length)
    fail(
      "usage",
      `the times are of ${kernels.length} kernels, the report has ${known.size} others`,
      { hint },
    );
}
