/** Names of kernels: made of ops alone, since they reach emitted code, and short however much is fused. */
import type { ProgramKernel } from "../program.js";

/** Ops that a name spells out. */
const MOST_OPS = 8;

/** conv_relu, conv_relu_2 …; a kernel of more ops is called by the first of them and how many more there are. */
export function nameKernels(kernels: readonly ProgramKernel[]): ProgramKernel[] {
  const seen = new Map<string, number>();
  return kernels.map((kernel) => {
    const name = shortName(kernel.name);
    const count = (seen.get(name) ?? 0) + 1;
    seen.set(name, count);
    return { ...kernel, name: count === 1 ? name : `${name}_${count}` };
  });
}

function shortName(name: string): string {
  const ops = name.split("_");
  if (ops.length <= MOST_OPS) return name;
  return `${ops.slice(0, MOST_OPS).join("_")}_and_${ops.length - MOST_OPS}_more`;
}
