/** Draws inputs for a model whose numbers nobody gave: ordinary values, and those at which code goes wrong. */
import { elementCount, tensor, type DType, type Tensor } from "../base/tensor.js";
import type { Graph } from "../graph/graph.js";
import { createRandom } from "./random.js";

interface Draw {
  /** From a number in [0, 1). */
  readonly ordinary: (random: number) => number;
  readonly edges: readonly number[];
}

/** Small enough to be an index of most tables. */
const smallInteger = (random: number): number => Math.floor(random * 10);

const HALVES: readonly number[] = [0, -0, 0.5, -0.5, 1, -1, 1.5, -1.5, 2.5, -2.5];

const FLOAT: Draw = {
  ordinary: (random) => 4 * random - 2,
  edges: [...HALVES, 2 ** -126, 2 ** -149],
};

/**
 * NaN and infinities are not among the edges: one of them makes every output of a network NaN, and a pass may
 * well make infinity of what was infinity minus infinity.
 */
const DRAWS: Readonly<Record<DType, Draw>> = {
  f32: FLOAT,
  f64: FLOAT,
  f16: { ...FLOAT, edges: [...HALVES, 2 ** -14, 2 ** -24] },
  bf16: FLOAT,
  // i64 is 32 bits wide at run time.
  i32: { ordinary: smallInteger, edges: [-1, 2 ** 31 - 1, -(2 ** 31)] },
  i64: { ordinary: smallInteger, edges: [-1, 2 ** 31 - 1, -(2 ** 31)] },
  u8: { ordinary: (random) => Math.floor(256 * random), edges: [0, 255] },
  i8: { ordinary: (random) => Math.floor(256 * random) - 128, edges: [-128, 127, -1] },
  u16: { ordinary: (random) => Math.floor(2 ** 16 * random), edges: [0, 2 ** 16 - 1] },
  i16: { ordinary: (random) => Math.floor(2 ** 16 * random) - 2 ** 15, edges: [-(2 ** 15), -1] },
  u4: { ordinary: (random) => Math.floor(16 * random), edges: [0, 15] },
  i4: { ordinary: (random) => Math.floor(16 * random) - 8, edges: [-8, 7, -1] },
  bool: { ordinary: (random) => Math.floor(2 * random), edges: [0, 1] },
};

/** So many elements are edges. */
const EDGES = 1 / 16;

/** A value for every input, the same for the same seed. */
export function drawInputs({ inputs }: Graph, seed: number): Map<string, Tensor> {
  const random = createRandom(seed);
  return new Map(inputs.map(({ name, type }) => [name, drawTensor(type, random)]));
}

function drawTensor({ dtype, dims }: Tensor["type"], random: () => number): Tensor {
  const { ordinary, edges } = DRAWS[dtype];
  const values = new Float64Array(elementCount(dims));
  for (let i = 0; i < values.length; i++) {
    const edge = random() < EDGES ? edges[Math.floor(random() * edges.length)] : undefined;
    values[i] = edge ?? ordinary(random());
  }
  return tensor(dtype, dims, values);
}
