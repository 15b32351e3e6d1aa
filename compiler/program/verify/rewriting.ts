/** Checks that a kernel which computes by another algorithm still means what it meant, on a sample of its elements. */
import { rowMajorStrides, type DType } from "../../base/tensor.js";
import { kernelProblems } from "../../compute/verify/index.js";
import { scalarOf } from "../../compute/ir.js";
import { constantTensor } from "../../graph/constants.js";
import { rangeOfStorage, storageOf } from "../../loop/storage.js";
import { probeKernel } from "../../meaning/probe.js";
import type { Program, ProgramKernel, Value, ValueId } from "../program.js";
import { heldSums, pairsIn } from "./heldSums.js";

type Probe = ReturnType<typeof probeKernel>;

/** Elements that are sampled besides the first and the last: as many as tiles have outputs along any dimension. */
const SAMPLES = 7;
/** More, anywhere, where constants were packed: words have four parts. */
const APART = 12;
/** The first where sums are whole. */
const WHOLE = 4;
/** Of sums of some dozen products of numbers below 1: whoever errs, errs by far more. */
const TOLERANCE = 1e-4;

/**
 * What differs between a kernel and what it was. New kernels among `makers` make what it reads of what that read; where
 * nobody does, it reads other constants, which with those that are not read any more have the values that they have.
 * Where it multiplies integers two by two, so has all that is the same in every run: scales make bytes of sums of just
 * those.
 */
export function rewritingProblems(
  kernel: ProgramKernel,
  was: ProgramKernel,
  makers: ReadonlyMap<ValueId, ProgramKernel>,
  { values }: Program,
  nameOf: (value: ValueId) => string,
): string[] {
  const given = new Set(Object.values(was.operands));
  const made = Object.values(kernel.operands).filter((value) => !given.has(value));
  const problems = [kernel, ...makersOf(made, makers, given)].flatMap((one) =>
    kernelProblems(one.kernel).map((problem) => `${one.name}: ${problem}`),
  );
  if (problems.length > 0) return problems;
  const packed = made.filter((value) => !makers.has(value));
  const gone = [...given].filter((value) => !Object.values(kernel.operands).includes(value));
  const known = new Set(packed.length === 0 ? [] : [...packed, ...gone]);
  const isPacked = packed.length > 0 && heldSums(kernel, was, 0).before.size > 0;
  const all = sampleOf(was.kernel.output.dims, isPacked ? APART : 0);
  // A sum of all that was packed is a sample of all of it.
  const sample = packed.length > 0 && !isPacked ? all.slice(0, WHOLE) : all;
  const isExact = pairsIn(kernel.kernel).length > 0;
  // Neighbours along a sum may be packed in other ways.
  for (const back of isPacked ? [0, 1] : [0]) {
    const held = heldSums(kernel, was, back);
    const probes = new Map<ValueId, Probe>();
    const valueOf = (value: ValueId, index: readonly number[]): number => {
      const element = known.has(value) || isExact ? constantAt(values[value]!, index) : undefined;
      if (element !== undefined) return element;
      const maker = makers.get(value);
      if (given.has(value) && !(isExact && maker !== undefined && isFixed(maker)))
        return elementOf(values[value]!.type.dtype, value, index);
      if (maker === undefined) throw new Error(`nobody makes ${nameOf(value)}`);
      const made = probes.get(value) ?? probe(maker);
      probes.set(value, made);
      return made(index);
    };
    const probe = ({ kernel: one, operands }: ProgramKernel, all = held.before): Probe =>
      probeKernel(one, (source, index) => valueOf(operands[source]!, index), all);
    const problem = firstDifference(sample, () => [
      probe({ ...was, kernel: held.was }),
      probe(kernel, held.now),
    ]);
    if (problem !== undefined) return [`${kernel.name}${problem}`];
  }
  return [];
}

/** Whether a kernel makes the same of constants in every run. */
function isFixed({ kernel: { inputs } }: ProgramKernel): boolean {
  return inputs.every(({ constant }) => constant === true);
}

/** Kernels that make values of what is given, and those that make what they read. */
function makersOf(
  values: readonly ValueId[],
  makers: ReadonlyMap<ValueId, ProgramKernel>,
  given: ReadonlySet<ValueId>,
): ReadonlySet<ProgramKernel> {
  const found = new Set<ProgramKernel>();
  const open = [...values];
  for (let value = open.pop(); value !== undefined; value = open.pop()) {
    const maker = given.has(value) ? undefined : makers.get(value);
    if (maker === undefined || found.has(maker)) continue;
    found.add(maker);
    open.push(...Object.values(maker.operands));
  }
  return found;
}

/** What differs at the first element of a sample that does. */
export function firstDifference(
  sample: readonly (readonly number[])[],
  probes: () => readonly [before: Probe, now: Probe],
): string | undefined {
  try {
    const [before, now] = probes();
    for (const element of sample) {
      const [expected, actual] = [before(element), now(element)];
      const near = Math.abs(actual - expected) <= TOLERANCE * (1 + Math.abs(expected));
      if (!near && !Object.is(actual, expected))
        return ` computes ${actual} at ${element.join()} instead of ${expected}`;
    }
  } catch (error) {
    return `: ${(error as Error).message}`;
  }
  return undefined;
}

/** An element of a constant; undefined for all else. */
export function constantAt(
  { constant, type }: Value,
  index: readonly number[],
): number | undefined {
  if (constant === undefined) return undefined;
  const { data } = constantTensor(constant);
  const strides = rowMajorStrides(type.dims);
  return Number(data[index.reduce((at, i, d) => at + i * strides[d]!, 0)]);
}

/** The first element, the last, neighbours in all dimensions between, one at each place of a tile, and `count` others. */
export function sampleOf(dims: readonly number[], count: number): (readonly number[])[] {
  const anywhere = (i: number): readonly number[] =>
    dims.map((dim, d) => Math.floor(pseudoRandom(i, [d]) * dim));
  // Where there is room, none is before the start: of tiles that the edge cuts off, others may have no such place.
  const start = dims.map((dim, d) =>
    Math.floor(pseudoRandom(0, [d]) * Math.max(1, dim - SAMPLES + 1)),
  );
  const between = Array.from({ length: SAMPLES }, (_, i) =>
    dims.map((dim, d) => (start[d]! + i) % dim),
  );
  const others = Array.from({ length: count }, (_, i) => anywhere(i + 1));
  return [dims.map(() => 0), dims.map((dim) => dim - 1), ...between, ...others];
}

/** An element of a type that an index decides: an integer of any of the bytes that its type has, other numbers below 1. */
export function elementOf(dtype: DType, seed: number, index: readonly number[]): number {
  const random = pseudoRandom(seed, index);
  const range = rangeOfStorage(storageOf(dtype));
  return range === undefined
    ? scalarOf(dtype) === "i32"
      ? Math.floor(random * 2 ** 16)
      : random
    : range.min + Math.floor(random * (range.max - range.min + 1));
}

/** A number between 0 and 1 that an index decides: roots and logarithms of it are numbers, too. */
function pseudoRandom(seed: number, index: readonly number[]): number {
  const mixed = index.reduce((sum, i) => Math.imul(sum ^ i, 0x9e3779b1) ^ (sum >>> 15), seed + 1);
  const last = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  return (((last ^ (last >>> 13)) >>> 9) + 0.5) / 2 ** 23;
}
