/** Where kernels stand under the two limits of a machine: how fast it computes, and how fast it reads memory. */
import type { ReportData } from "./data.js";

export interface Mark {
  readonly function: string;
  /** A kernel that calls it, and how often all do in a run. */
  readonly kernel: string;
  readonly calls: number;
  readonly shapes: string;
  /** Of all its calls in a run; absent where nothing was timed. */
  readonly milliseconds?: number;
  readonly multiplyAdds: number;
  /** What one call reads and writes, each operand once. */
  readonly bytes: number;
  /** Operations a byte. */
  readonly intensity: number;
  readonly gflops?: number;
  /** What either limit allows it, where both are measured. */
  readonly roof?: number;
}

/** Distinct kernels that run in every run, the one that takes most first. */
export function marksOf({ kernels, times }: ReportData): Mark[] {
  const timed = new Map(times?.kernels.map((one) => [one.function, one]));
  const marks = new Map<string, Mark>();
  for (const kernel of kernels) {
    if (kernel.atLoad === true) continue;
    const known = marks.get(kernel.function);
    const time = timed.get(kernel.function);
    const bytes = [...kernel.reads, kernel.writes].reduce((sum, one) => sum + one.bytes, 0);
    const intensity = bytes === 0 ? 0 : (2 * kernel.multiplyAdds) / bytes;
    const { peak, bandwidth } = times ?? {};
    const calls = (known?.calls ?? 0) + 1;
    marks.set(kernel.function, {
      function: kernel.function,
      kernel: known?.kernel ?? kernel.covers.at(-1) ?? kernel.name,
      calls,
      shapes: kernel.shapes,
      multiplyAdds: kernel.multiplyAdds,
      bytes,
      intensity,
      ...(time === undefined
        ? {}
        : { milliseconds: calls * time.milliseconds, gflops: time.gflops }),
      ...(peak === undefined || bandwidth === undefined
        ? {}
        : { roof: Math.min(peak, intensity * bandwidth) }),
    });
  }
  const weight = (mark: Mark): number => mark.milliseconds ?? mark.calls * mark.multiplyAdds;
  return [...marks.values()].sort((a, b) => weight(b) - weight(a));
}
