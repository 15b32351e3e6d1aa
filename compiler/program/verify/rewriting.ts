/** Checks that a kernel which computes by another algorithm still means what it meant, on a sample of its elements. */
import { rowMajorStrides, type DType } from "../../base/tensor.js";
import { addIndex, axisIndex, scaleIndex, substituteExpr } from "../../compute/affine.js";
import { mapCompute } from "../../compute/expr.js";
import { kernelProblems } from "../../compute/verify/index.js";
import { scalarOf, type Axis, type Index, type Kernel } from "../../compute/ir.js";
import { constantTensor } from "../../graph/constants.js";
import { rangeOfStorage, storageOf } from "../../loop/storage.js";
import { probeKernel } from "../../meaning/probe.js";
import type { Program, ProgramKernel, Value, ValueId } from "../program.js";

type Probe = ReturnType<typeof probeKernel>;

/** Elements that are sampled besides the first and the last: as many as tiles have outputs along any dimension. */
const SAMPLES = 6;
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
  const isPacked = packed.length > 0 && sharedSums(kernel, was, 0).size > 0;
  const all = sampleOf(was.kernel.output.dims, isPacked ? APART : 0);
  // A sum of all that was packed is a sample of all of it.
  const sample = packed.length > 0 && !isPacked ? all.slice(0, WHOLE) : all;
  const isExact = pairsIn(kernel).length > 0;
  // Neighbours along a sum may be packed in other ways.
  for (const back of isPacked ? [0, 1] : [0]) {
    const held = sharedSums(kernel, was, back);
    const pairs = pairedSums(kernel, was, back);
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
    const probe = ({ kernel: one, operands }: ProgramKernel, all = held): Probe =>
      probeKernel(one, (source, index) => valueOf(operands[source]!, index), all);
    const first = new Map([...held, ...[...pairs].map(([name, { at }]) => [name, at] as const)]);
    const problem = firstDifference(sample, () => [
      probe({ ...was, kernel: overPairs(was.kernel, pairs) }),
      probe(kernel, first),
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

/** Axes that both sum up along, the same ones: a term of each is enough, so many before the last. */
function sharedSums(
  kernel: ProgramKernel,
  was: ProgramKernel,
  back: number,
): ReadonlyMap<string, number> {
  const now = kernel.kernel.computes.flatMap(({ reduce }) => reduce);
  return new Map(
    was.kernel.computes
      .flatMap(({ reduce }) => reduce)
      .filter(({ name, extent }) => now.some((one) => one.name === name && one.extent === extent))
      .map(({ name, extent }) => [name, Math.max(0, extent - 1 - back)]),
  );
}

/** Two elements that are half of a sum apart. */
interface Pair {
  readonly at: number;
  readonly half: number;
}

/** Axes of sums that go on two by two, such a pair at a time: one pair of each is enough. */
function pairedSums(
  kernel: ProgramKernel,
  was: ProgramKernel,
  back: number,
): ReadonlyMap<string, Pair> {
  const now = pairsIn(kernel);
  return new Map(
    was.kernel.computes
      .flatMap(({ reduce }) => reduce)
      .flatMap(({ name, extent }): [string, Pair][] => {
        const half = Math.ceil(extent / 2);
        const is = half < extent && now.some((one) => one.name === name && one.extent === half);
        return is ? [[name, { at: Math.max(0, Math.floor(extent / 2) - 1 - back), half }]] : [];
      }),
  );
}

/** What a kernel sums up along two by two. */
function pairsIn({ kernel: { computes } }: ProgramKernel): readonly Axis[] {
  return computes.flatMap(({ reduce, body }) =>
    body.kind === "binary" && body.op === "dot16" ? reduce : [],
  );
}

/** A kernel that sums up those pairs alone. */
function overPairs(kernel: Kernel, pairs: ReadonlyMap<string, Pair>): Kernel {
  if (pairs.size === 0) return kernel;
  const places = new Map(
    [...pairs].map(([name, { at, half }]): [string, Index] => [
      name,
      addIndex(scaleIndex(axisIndex(name), half), at),
    ]),
  );
  const computes = kernel.computes.map((compute) => ({
    ...mapCompute(compute, (expr) => substituteExpr(expr, places)),
    reduce: compute.reduce.map((axis) => (pairs.has(axis.name) ? { ...axis, extent: 2 } : axis)),
  }));
  return { ...kernel, computes };
}

/** The first element, the last, neighbours in all dimensions between, one at each place of a tile, and `count` others. */
export function sampleOf(dims: readonly number[], count: number): (readonly number[])[] {
  const anywhere = (i: number): readonly number[] =>
    dims.map((dim, d) => Math.floor(pseudoRandom(i, [d]) * dim));
  const start = anywhere(0);
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
