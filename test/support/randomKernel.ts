/** Small random kernels of every shape that ops make, and inputs for them: what the lowering is fuzzed with. */
import type { Kernel } from "../../compiler/compute/ir.js";
import { rangeOf } from "../../compiler/base/numbers.js";
import {
  elementCount,
  newData,
  type DType,
  type Tensor,
  type TensorType,
} from "../../compiler/base/tensor.js";
import { bytesOf, storageOf } from "../../compiler/loop/storage.js";
import { createRandom, type Random } from "./random.js";
import { randomBytes } from "./randomKernels/bytes.js";
import { randomConvolution, randomMatmul, randomPool } from "./randomKernels/contractions.js";
import { randomBool, randomInteger } from "./randomKernels/integers.js";
import { randomGather, randomReshape, randomResize } from "./randomKernels/opaque.js";
import { randomConcat, randomPhases } from "./randomKernels/parts.js";
import { randomMovement, randomPointwise, randomReduction } from "./randomKernels/pointwise.js";
import { randomPasses, randomRecurrence, randomUpdates } from "./randomKernels/scans.js";
import { randomTransform } from "./randomKernels/transform.js";
import { randomWords } from "./randomKernels/words.js";
import { randomArgExtreme, randomNormalization, randomSoftmax } from "./randomKernels/staged.js";

export interface RandomKernel {
  readonly family: string;
  readonly kernel: Kernel;
  /**
   * On inputs of kind "exact" every operation is exact, so that any order and either arithmetic gives the
   * same bits (apart from the sign of zero).
   */
  readonly exact: boolean;
}

/** What a family makes of a source of randomness. */
type Family = (random: Random) => Omit<RandomKernel, "family">;

const FAMILIES: Readonly<Record<string, Family>> = {
  convolution: randomConvolution,
  pool: randomPool,
  matmul: randomMatmul,
  pointwise: randomPointwise,
  movement: randomMovement,
  reduction: randomReduction,
  softmax: randomSoftmax,
  normalization: randomNormalization,
  argExtreme: randomArgExtreme,
  concat: randomConcat,
  phases: randomPhases,
  reshape: randomReshape,
  gather: randomGather,
  resize: randomResize,
  integer: randomInteger,
  bool: randomBool,
  bytes: randomBytes,
  transform: randomTransform,
  words: randomWords,
  recurrence: randomRecurrence,
  updates: randomUpdates,
  passes: randomPasses,
};

export const FAMILY_NAMES: readonly string[] = Object.keys(FAMILIES);

/** The kernel of a seed, of the given family or of the one the seed picks; legal by `kernelProblems`. */
export function randomKernel(seed: number, family?: string): RandomKernel {
  const random = createRandom(seed);
  const name = family ?? random.pick(FAMILY_NAMES);
  return { family: name, ...FAMILIES[name]!(random) };
}

/** "exact": halves in [-2, 2], with which sums and a few products are exact. "special": any f32, NaN, ±Inf, −0. */
export type InputKind = "exact" | "special";

/** A value for every input of a kernel, by name. */
export function randomInputs(
  kernel: Kernel,
  seed: number,
  kind: InputKind = "exact",
): Map<string, Tensor> {
  const random = createRandom(seed ^ 0x5bd1e995);
  return new Map(kernel.inputs.map(({ name, type }) => [name, randomTensor(type, random, kind)]));
}

const SPECIAL = [NaN, Infinity, -Infinity, -0, 0, 0.5, -0.5, 1.5, 2.5, 1e-40, 3e38, -3e38];
const EXTREME = [0, -1, 1, 2 ** 31 - 1, -(2 ** 31), 31, -7];

/** Any of a narrow type, often the least or the greatest. */
function narrowElement(dtype: DType, random: Random): number {
  const [least, most] = rangeOf(dtype)!.map(Number) as [number, number];
  return random.chance(0.3) ? random.pick([least, most]) : random.int(least, most);
}

function randomTensor(type: TensorType, random: Random, kind: InputKind): Tensor {
  const data = newData(type.dtype, elementCount(type.dims));
  const special = kind === "special";
  for (let i = 0; i < data.length; i++) {
    if (data instanceof BigInt64Array) data[i] = BigInt(random.int(-4, 4));
    else if (type.dtype === "bool") data[i] = random.int(0, 1);
    else if (storageOf(type.dtype) === type.dtype && bytesOf(storageOf(type.dtype)) < 4)
      data[i] = narrowElement(type.dtype, random);
    else if (type.dtype !== "f32")
      data[i] = special && random.chance(0.2) ? random.pick(EXTREME) : random.int(-9, 9);
    else if (special && random.chance(0.15)) data[i] = random.pick(SPECIAL);
    else data[i] = special ? random.int(-999, 999) / 64 : random.int(-4, 4) / 2;
  }
  return { type, data };
}
