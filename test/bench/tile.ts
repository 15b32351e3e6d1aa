/** Names the tile of registers that a kernel's schedule makes, as `6 w × 8 j`. */
import { multiplyAddsOfKernel } from "../../compiler/analysis/multiplyAdds.js";
import type { ProgramKernel } from "../../compiler/program/program.js";

/** Of the Compute that multiplies the most, or of the first: what is unrolled or over lanes of the axes that it writes. */
export function tileOf({ kernel, schedules }: ProgramKernel): string {
  const products = kernel.computes.map((compute) =>
    multiplyAddsOfKernel({ ...kernel, computes: [compute] }),
  );
  const position = Math.max(0, products.indexOf(Math.max(...products)));
  const schedule = schedules[position];
  const reduced = new Set(kernel.computes[position]?.reduce.map(({ name }) => name));
  const inner = Object.entries(schedule?.split ?? {}).filter(([axis]) => !reduced.has(axis));
  return inner
    .map(([axis, splits]) => {
      const size = splits.reduce((product, { factor }) => product * factor, 1);
      return `${size} ${schedule?.fuse?.[axis]?.join("·") ?? axis}`;
    })
    .reverse()
    .join(" × ");
}
