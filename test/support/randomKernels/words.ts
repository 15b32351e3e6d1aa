/** Random kernels that multiply narrow weights which are read once: as they lie, and as words of several. */
import { accumulator, cast, load, max, mul } from "../../../compiler/compute/expr.js";
import type { Compute, Kernel } from "../../../compiler/compute/ir.js";
import {
  elementCount,
  tensor,
  type Tensor,
  type TensorData,
} from "../../../compiler/base/tensor.js";
import { wordKernel, WORDS } from "../../../compiler/program/words/computes.js";
import { overDigits } from "../../../compiler/program/words/digits.js";
import { FORMATS } from "../../../compiler/program/words/formats.js";
import { narrowSums } from "../../../compiler/program/words/narrowSums.js";
import { wordsOf } from "../../../compiler/program/words/pack.js";
import { withDigits } from "../../../compiler/program/words/useDigits.js";
import { DOT_SIMDS } from "../simd.js";
import type { Random } from "../random.js";
import type { RandomKernel } from "../randomKernel.js";
import { at, axis, extent, kernelOf, loadAt, type } from "./build.js";

export interface NarrowCase {
  /** Over weights `w`. */
  readonly narrow: Kernel;
  readonly weights: Tensor;
  /** The same with words of them, as a table. */
  readonly words: Kernel;
  /** Of bytes the same over digits, as engines of each kind compute it. */
  readonly digits: readonly Kernel[];
}

/** out[n, j, g] = epilogue(init + 2⁻⁷ · Σ x[n, k, l] · w[j, g, k, l]), some of the axes left out, those of w in any order. */
export function randomNarrow(random: Random): NarrowCase {
  const isBytes = random.chance(0.5);
  const format = FORMATS[isBytes ? "i8" : "f16"]!;
  const [n, g] = [axis("n", 1), axis("g", random.int(1, 2))];
  const j = axis("j", 3 + extent(random, 9));
  const steps = [axis("k", random.pick([13, 16, 29, 45])), axis("l", random.int(1, 3))];
  const own = random.shuffle([j, g, ...steps]);
  const extents = (of: readonly { readonly extent: number }[]): number[] =>
    of.map((one) => one.extent);
  const count = elementCount(extents(own));
  const values: TensorData = isBytes
    ? Int8Array.from({ length: count }, () => random.int(-127, 127))
    : Float32Array.from({ length: count }, () => random.int(-127, 127) / 32);
  const weights = tensor(isBytes ? "i8" : "f16", extents(own), [...values]);
  const w = isBytes ? cast("f32", load("w", at(own), "i32")) : loadAt("w", own);
  const x = random.chance(0.3) ? max(loadAt("x", [n, ...steps]), 0) : loadAt("x", [n, ...steps]);
  const bias = random.chance(0.5);
  const scaled = mul(accumulator(), isBytes ? 2 ** -7 : 0.25);
  const compute: Compute = {
    target: "out",
    axes: random.shuffle([n, j, g]),
    reduce: random.shuffle(steps),
    combine: "sum",
    body: random.chance(0.5) ? mul(x, w) : mul(w, x),
    ...(bias ? { init: loadAt("bias", [j]) } : {}),
    epilogue: random.chance(0.5) ? max(scaled, 0) : scaled,
    index: at([n, j, g]),
  };
  const narrow = kernelOf(
    {
      x: type(extents([n, ...steps])),
      w: weights.type,
      ...(bias ? { bias: type([j.extent]) } : {}),
    },
    type(extents([n, j, g])),
    [compute],
  );
  const sums = narrowSums(narrow, "w", format, random.pick([4, 256]))!;
  const packed = wordsOf(values, extents(own), sums)!;
  const whole = wordKernel(narrow, sums);
  const { type: words } = whole.inputs.find(({ name }) => name === WORDS)!;
  const tables = new Map([[WORDS, tensor("i32", words.dims, [...packed])]]);
  const second = withDigits(whole);
  const kinds = second === undefined ? [] : DOT_SIMDS;
  const digits = kinds.map((kind) => withTables(overDigits(second!, kind), tables));
  return { narrow, weights, words: withTables(whole, tables), digits };
}

/** A kernel with tables for inputs of their names. */
function withTables(kernel: Kernel, tables: ReadonlyMap<string, Tensor>): Kernel {
  const made = kernel.inputs.flatMap(({ name }) => {
    const value = tables.get(name);
    return value === undefined ? [] : [{ name, value }];
  });
  return {
    ...kernel,
    inputs: kernel.inputs.filter(({ name }) => !tables.has(name)),
    constants: [...kernel.constants, ...made],
  };
}

export function randomWords(random: Random): Omit<RandomKernel, "family"> {
  const { words, digits } = randomNarrow(random);
  return { kernel: random.pick([words, ...digits]), exact: false };
}
