/** Checks that a kernel which computes by another algorithm still means what it meant, on a sample of its elements. */
import { kernelProblems } from "../../compute/verify/index.js";
import { probeKernel } from "../../meaning/probe.js";
import type { ProgramKernel, ValueId } from "../program.js";

/** Elements that are sampled besides the first and the last: as many as tiles have outputs along any dimension. */
const SAMPLES = 6;
/** Of sums of some dozen products of numbers below 1: whoever errs, errs by far more. */
const TOLERANCE = 1e-4;

/** What differs between a kernel and what it was; of its `makers` new ones make what it reads of what that read. */
export function rewritingProblems(
  kernel: ProgramKernel,
  was: ProgramKernel,
  makers: ReadonlyMap<ValueId, ProgramKernel>,
  nameOf: (value: ValueId) => string,
): string[] {
  const given = new Set(Object.values(was.operands));
  const made = Object.values(kernel.operands).filter((value) => !given.has(value));
  const problems = [kernel, ...made.flatMap((value) => makers.get(value) ?? [])].flatMap((one) =>
    kernelProblems(one.kernel).map((problem) => `${one.name}: ${problem}`),
  );
  if (problems.length > 0) return problems;
  const held = sharedSums(kernel, was);
  const probes = new Map<ValueId, ReturnType<typeof probeKernel>>();
  const valueOf = (value: ValueId, index: readonly number[]): number => {
    if (given.has(value)) return pseudoRandom(value, index);
    const maker = makers.get(value);
    if (maker === undefined) throw new Error(`nobody makes ${nameOf(value)}`);
    const known = probes.get(value) ?? probe(maker);
    probes.set(value, known);
    return known(index);
  };
  const probe = ({ kernel: one, operands }: ProgramKernel): ReturnType<typeof probeKernel> =>
    probeKernel(one, (source, index) => valueOf(operands[source]!, index), held);
  try {
    const [before, now] = [probe(was), probe(kernel)];
    for (const element of sampleOf(was.kernel.output.dims)) {
      const [expected, actual] = [before(element), now(element)];
      const near = Math.abs(actual - expected) <= TOLERANCE * (1 + Math.abs(expected));
      if (!near && !Object.is(actual, expected))
        return [`${kernel.name} computes ${actual} at ${element.join()} instead of ${expected}`];
    }
  } catch (error) {
    return [`${kernel.name}: ${(error as Error).message}`];
  }
  return [];
}

/** Axes that both sum up along, the same ones: a term of each is enough. */
function sharedSums(kernel: ProgramKernel, was: ProgramKernel): ReadonlyMap<string, number> {
  const now = kernel.kernel.computes.flatMap(({ reduce }) => reduce);
  return new Map(
    was.kernel.computes
      .flatMap(({ reduce }) => reduce)
      .filter(({ name, extent }) => now.some((one) => one.name === name && one.extent === extent))
      .map(({ name, extent }) => [name, extent - 1]),
  );
}

/** The first element, the last, and neighbours in all dimensions between: one at each place of a tile. */
function sampleOf(dims: readonly number[]): (readonly number[])[] {
  const start = dims.map((dim, d) => Math.floor(pseudoRandom(0, [d]) * dim));
  const between = Array.from({ length: SAMPLES }, (_, i) =>
    dims.map((dim, d) => (start[d]! + i) % dim),
  );
  return [dims.map(() => 0), dims.map((dim) => dim - 1), ...between];
}

/** A number between 0 and 1 that an index decides: roots and logarithms of it are numbers, too. */
function pseudoRandom(seed: number, index: readonly number[]): number {
  const mixed = index.reduce((sum, i) => Math.imul(sum ^ i, 0x9e3779b1) ^ (sum >>> 15), seed + 1);
  const last = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  return (((last ^ (last >>> 13)) >>> 9) + 0.5) / 2 ** 23;
}
