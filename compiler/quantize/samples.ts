/** Samples as tensors of a model's inputs, which of them are held back, and everything that is wrong with them. */
import { CompileError, type Problem } from "../base/error.js";
import { elementCount, formatType, tensor, type Tensor } from "../base/tensor.js";
import type { GraphInput } from "../graph/graph.js";

/** What a model is run on to see which values it meets. */
export interface Sample {
  /** Values of every input by its name, row-major. */
  readonly inputs: Readonly<Record<string, ArrayLike<number>>>;
  /** The class that is right, where it is known. */
  readonly label?: number;
  /** What problems call it; its number by default. */
  readonly name?: string;
}

/** Or what reads one, so that not all are in memory. */
export type SampleSource = Sample | (() => Sample | Promise<Sample>);

export type Values = ReadonlyMap<string, Tensor>;

/** A sample that has passed the checks. */
export async function readSample(
  source: SampleSource,
  inputs: readonly GraphInput[],
): Promise<{ readonly values: Values; readonly label?: number }> {
  const { inputs: given, label } = typeof source === "function" ? await source() : source;
  const values = new Map(
    inputs.map(({ name, type }) => [name, tensor(type.dtype, type.dims, given[name]!)] as const),
  );
  return { values, ...(label !== undefined && { label }) };
}

/** Throws CompileError `bad-samples` with everything that is wrong with any. */
export async function checkSamples(
  sources: readonly SampleSource[],
  inputs: readonly GraphInput[],
): Promise<void> {
  const problems: Problem[] = [];
  const varying = new Map<string, number>();
  for (const [i, source] of sources.entries()) {
    const sample = typeof source === "function" ? await source() : source;
    const name = sample.name ?? `sample ${i}`;
    for (const input of inputs) problems.push(...valueProblems(sample, name, input, varying));
    for (const given of Object.keys(sample.inputs))
      if (!inputs.some((input) => input.name === given))
        problems.push({
          code: "bad-samples",
          message: `${name} has values of '${given}', which is no input`,
          hint: `the inputs are ${inputs.map((input) => `'${input.name}'`).join(", ")}`,
        });
  }
  for (const { name, type } of inputs)
    if (problems.length === 0 && type.dtype === "f32" && !Number.isNaN(varying.get(name)))
      problems.push({
        code: "bad-samples",
        message: `input '${name}' is ${varying.get(name)} everywhere in all samples`,
        hint: "samples are to be such inputs as the model will meet",
      });
  if (problems.length > 0) throw new CompileError(problems);
}

/** `varying`: of each input the only value that all elements had until now, NaN where there were several. */
function valueProblems(
  { inputs }: Sample,
  sample: string,
  { name, type }: GraphInput,
  varying: Map<string, number>,
): Problem[] {
  const values = inputs[name];
  const problem = (message: string, hint?: string): Problem[] => [
    { code: "bad-samples", message, ...(hint !== undefined && { hint }) },
  ];
  if (values === undefined) return problem(`${sample} has no values of input '${name}'`);
  const count = elementCount(type.dims);
  if (values.length !== count) {
    const wanted = `${formatType(type)}, which are ${count}`;
    return problem(`${sample} has ${values.length} values of input '${name}', expected ${wanted}`);
  }
  for (let i = 0; i < count; i++) {
    const value = Number(values[i]);
    if (!Number.isFinite(value)) return problem(`${sample}: '${name}' is ${value} at ${i}`);
    if (!varying.has(name)) varying.set(name, value);
    else if (varying.get(name) !== value) varying.set(name, NaN);
  }
  return [];
}

export interface Split<T> {
  readonly calibration: readonly T[];
  readonly test: readonly T[];
}

/**
 * Holds back a share of the samples (less than 1), or so many (1 or more), by a permutation that the seed alone
 * decides. At least one is left to calibrate with.
 */
export function splitSamples<T>(samples: readonly T[], holdBack: number, seed: number): Split<T> {
  const wanted = holdBack < 1 ? Math.round(samples.length * holdBack) : holdBack;
  const count = Math.max(0, Math.min(samples.length - 1, wanted));
  const order = samples.map((_, i) => i).sort((a, b) => mixed(a, seed) - mixed(b, seed) || a - b);
  const test = new Set(order.slice(0, count));
  return {
    calibration: samples.filter((_, i) => !test.has(i)),
    test: samples.filter((_, i) => test.has(i)),
  };
}

/** 32 bits of a position and a seed (Wellons' lowbias32). */
function mixed(position: number, seed: number): number {
  let x = (Math.imul(seed, 0x9e3779b1) + position) | 0;
  x = Math.imul(x ^ (x >>> 16), 0x7feb352d);
  x = Math.imul(x ^ (x >>> 15), 0x846ca68b);
  return (x ^ (x >>> 16)) >>> 0;
}
