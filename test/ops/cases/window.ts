/** Cases of convolutions, against sums over windows written out. */
import type { DType, Tensor } from "../../../compiler/base/tensor.js";
import { at, build, indicesIn, random, type OpCase } from "./opCase.js";
import { dimsOf, isInside, outputs, taps, type Attributes } from "./slidingWindow.js";

type Mode = "constant" | "reflect" | "replicate" | "circular";

/** The position that a padding mode reads, found step by step. */
function wrapped(p: number, size: number, mode: Mode): number {
  if (p >= 0 && p < size) return p;
  if (mode === "replicate") return p < 0 ? 0 : size - 1;
  if (mode === "circular") return wrapped(p < 0 ? p + size : p - size, size, mode);
  return wrapped(p < 0 ? -p : 2 * (size - 1) - p, size, mode);
}

type Three = [Tensor, Tensor, Tensor];

function convCase(
  x: readonly number[],
  w: readonly number[],
  given: Attributes = {},
  bias = true,
  seed = 1,
  dtype: DType = "f32",
): OpCase {
  const dims_ = [x, w, [w[0]!]];
  const [xs, ws, bs] = dims_.map((one, i) => random(one, seed + i, dtype)) as Three;
  const dims = dimsOf(x.slice(2), w.slice(2), given);
  const mode = (given.padMode as Mode | undefined) ?? "constant";
  const perGroup = w[0]! / ((given.groups as number | undefined) ?? 1);
  const kernel = indicesIn(w.slice(2));
  const shape = [x[0]!, w[0]!, ...dims.map((dim) => outputs(dim))];
  const expected = build(dtype, shape, ([n, oc, ...o]) => {
    let sum = bias ? at(bs, [oc!]) : 0;
    taps(dims, o).forEach((position, tap) => {
      if (mode === "constant" && !isInside(dims, position)) return;
      const read = position.map((p, i) => wrapped(p, dims[i]!.input, mode));
      for (let ic = 0; ic < w[1]!; ic++) {
        const c = Math.floor(oc! / perGroup) * w[1]! + ic;
        sum += at(xs, [n!, c, ...read]) * at(ws, [oc!, ic, ...kernel[tap]!]);
      }
    });
    return sum;
  });
  return {
    title: `${dtype}[${x.join(",")}] by [${w.join(",")}] ${JSON.stringify(given)}${bias ? "" : " no bias"}`,
    inputs: bias ? [xs, ws, bs] : [xs, ws],
    attributes: given,
    expected,
  };
}

const PADS_2D = [1, 2, 3, 0];
const convCases: OpCase[] = [
  convCase([1, 3, 5, 7], [4, 3, 3, 2], { pads: PADS_2D, strides: [2, 1] }, true, 5, "i32"),
  convCase([2, 4, 6], [4, 1, 3], { groups: 4 }, false, 6, "i32"),
  convCase([2, 3, 7], [4, 3, 3]),
  convCase([2, 6, 9, 7], [4, 3, 3, 2], {
    groups: 2,
    strides: [2, 3],
    dilations: [2, 3],
    pads: [2, 0, 1, 3],
  }),
  convCase([1, 4, 5, 7, 3], [6, 2, 2, 3, 2], {
    groups: 2,
    strides: [2, 1, 2],
    dilations: [2, 2, 1],
    pads: [1, 0, 2, 0, 3, 1],
  }),
  convCase([1, 2, 9], [4, 1, 3], { groups: 2, strides: [2], dilations: [2], pads: [3, 1] }),
  convCase([2, 3, 5, 7], [4, 3, 3, 2], {}, false),
  convCase([1, 3, 5, 7], [4, 3, 1, 1]),
  convCase([1, 1, 5, 6], [1, 1, 3, 3], { pads: [1, 1, 1, 1] }),
  convCase([1, 3, 8, 7], [2, 3, 3, 3], { strides: [2, 3], pads: PADS_2D }),
  convCase([1, 2, 9, 8], [3, 2, 3, 2], { dilations: [2, 3], pads: PADS_2D }),
  convCase([1, 6, 5, 5], [9, 2, 3, 3], { groups: 3, pads: [1, 1, 1, 1] }),
  convCase([2, 5, 6, 5], [5, 1, 3, 3], { groups: 5, pads: [1, 1, 1, 1], strides: [2, 2] }),
  convCase([1, 3, 6, 5], [6, 1, 3, 3], { groups: 3, pads: [0, 1, 1, 1] }, false),
  convCase([1, 4, 4, 4], [2, 2, 1, 1], { groups: 2 }),
  convCase([1, 2, 3, 3], [2, 2, 3, 3], { strides: [5, 5], pads: [4, 4, 4, 4] }),
  convCase([1, 2, 4, 5, 3], [3, 2, 2, 3, 2], { pads: [1, 0, 1, 0, 2, 1], strides: [1, 2, 1] }),
  convCase([1, 4, 5, 4, 5], [4, 1, 3, 2, 2], { groups: 4, dilations: [2, 1, 3] }),
  ...(["reflect", "replicate", "circular"] as const).flatMap((padMode) => [
    convCase([1, 2, 4, 5], [3, 2, 3, 3], { padMode, pads: [3, 2, 1, 4] }),
    convCase([1, 2, 5], [2, 1, 2], { padMode, pads: [4, 3], groups: 2, strides: [2] }),
    convCase([1, 1, 3, 4, 3], [2, 1, 2, 2, 2], { padMode, pads: [1, 2, 2, 2, 0, 1] }),
  ]),
];

/** Same as numbers: what each rule must resolve to. */
function sameCase(pads: string, numbers: readonly number[], strides: readonly number[]): OpCase {
  const { inputs, expected } = convCase([1, 2, 6, 7], [2, 2, 3, 4], { pads: numbers, strides });
  return { title: `pads ${pads}`, inputs, attributes: { pads, strides }, expected };
}

const sameCases = [
  sameCase("sameUpper", [0, 1, 1, 2], [2, 2]),
  sameCase("sameLower", [1, 2, 0, 1], [2, 2]),
  sameCase("sameUpper", [1, 1, 1, 2], [1, 1]),
  sameCase("sameLower", [1, 2, 1, 1], [1, 1]),
  sameCase("valid", [0, 0, 0, 0], [1, 2]),
];

/** Every element of x is spread over the outputs that it reaches. */
function transposeCase(
  x: readonly number[],
  w: readonly number[],
  given: Attributes = {},
  bias = true,
): OpCase {
  const groups = (given.groups as number | undefined) ?? 1;
  const channels = w[1]! * groups;
  const [xs, ws, bs] = [random(x, 7), random(w, 8), random([channels], 9)];
  const dims = dimsOf(x.slice(2), w.slice(2), given);
  const more = (given.outputPads as readonly number[] | undefined) ?? dims.map(() => 0);
  const size = dims.map(
    ({ input, kernel, stride, dilation, begin, end }, i) =>
      (input - 1) * stride + (kernel - 1) * dilation + 1 - begin - end + more[i]!,
  );
  const sums = new Map<string, number>();
  for (const [n, c, ...i] of indicesIn(x)) {
    for (const [oc, ...k] of indicesIn(w.slice(1))) {
      const o = dims.map((dim, d) => i[d]! * dim.stride + k[d]! * dim.dilation - dim.begin);
      const channel = Math.floor((c! * groups) / x[1]!) * w[1]! + oc!;
      const key = [n, channel, ...o].join();
      const product = at(xs, [n!, c!, ...i]) * at(ws, [c!, oc!, ...k]);
      sums.set(key, (sums.get(key) ?? 0) + product);
    }
  }
  const expected = build(
    "f32",
    [x[0]!, channels, ...size],
    (index) => (bias ? at(bs, [index[1]!]) : 0) + (sums.get(index.join()) ?? 0),
  );
  return {
    title: `[${x.join(",")}] by [${w.join(",")}] ${JSON.stringify(given)}${bias ? "" : " no bias"}`,
    inputs: bias ? [xs, ws, bs] : [xs, ws],
    attributes: given,
    expected,
  };
}

const transposeCases: OpCase[] = [
  transposeCase([2, 3, 5], [3, 2, 3]),
  transposeCase([1, 2, 5], [2, 2, 4], { strides: [3], dilations: [2], pads: [2, 1] }, false),
  transposeCase([1, 2, 4], [2, 3, 3], { strides: [4], outputPads: [3] }),
  transposeCase([1, 2, 4], [2, 3, 2], { strides: [5] }, false),
  transposeCase([1, 3, 4, 3], [3, 2, 2, 2], { strides: [2, 2] }),
  transposeCase([1, 3, 4, 3], [3, 2, 3, 3], {
    strides: [2, 2],
    pads: [1, 1, 1, 1],
    outputPads: [1, 1],
  }),
  transposeCase([1, 4, 3, 4], [4, 3, 3, 2], { groups: 2, strides: [2, 3], pads: [1, 0, 0, 1] }),
  transposeCase([1, 4, 3, 4], [4, 1, 3, 3], { groups: 4, strides: [2, 2] }),
  transposeCase([1, 2, 3, 4], [2, 2, 2, 3], { dilations: [3, 2], strides: [2, 4] }),
  transposeCase([1, 2, 3, 4], [2, 2, 2, 2], { dilations: [2, 2], strides: [2, 2] }),
  transposeCase([1, 2, 1, 1], [2, 2, 2, 2], { strides: [4, 7], pads: [0, 1, 1, 0] }),
  transposeCase([2, 4, 5], [4, 1, 3], {
    groups: 2,
    strides: [2],
    dilations: [3],
    pads: [1, 3],
    outputPads: [1],
  }),
  transposeCase([1, 4, 3, 5], [4, 3, 3, 2], {
    groups: 2,
    strides: [2, 3],
    dilations: [3, 2],
    pads: [1, 0, 2, 1],
    outputPads: [1, 2],
  }),
  transposeCase([1, 4, 3, 3, 1], [4, 1, 2, 3, 2], {
    groups: 2,
    strides: [2, 3, 1],
    dilations: [2, 1, 3],
    pads: [1, 0, 2, 0, 1, 1],
  }),
  transposeCase([1, 2, 2, 3, 2], [2, 2, 2, 3, 2], { strides: [2, 1, 3], pads: [1, 0, 0, 0, 1, 1] }),
  transposeCase([1, 2, 3, 2], [2, 5, 6, 6], { strides: [3, 3], pads: [1, 1, 2, 2] }),
  transposeCase([1, 2, 3], [2, 2, 64], { strides: [32], pads: [16, 16] }),
  transposeCase([1, 3, 2, 2], [3, 1, 32, 20], { strides: [16, 16], pads: [8, 0, 8, 3], groups: 3 }),
  transposeCase([1, 2, 3], [2, 3, 9], { strides: [16], dilations: [3], pads: [5, 2] }),
  transposeCase([1, 2, 3], [2, 3, 7], { strides: [12], dilations: [8], outputPads: [9] }),
  transposeCase([1, 2, 3], [2, 2, 3], { pads: [-2, -4] }),
  transposeCase([1, 2, 3, 3], [2, 2, 4, 2], { strides: [2, 5], pads: [-3, 1, 2, -11] }),
];

export const windowCases: Readonly<Record<string, readonly OpCase[]>> = {
  conv: [...convCases, ...sameCases],
  convTranspose: transposeCases,
};
