/** Cases of convolutions and pools, against sums over windows written out. */
import { tensor, type DType, type Tensor } from "../../../compiler/tensor.js";
import { at, build, indicesIn, random, type OpCase } from "./opCase.js";

type Attributes = Readonly<Record<string, readonly number[] | number | boolean | string>>;
type Mode = "constant" | "reflect" | "replicate" | "circular";

interface Dim {
  readonly input: number;
  readonly kernel: number;
  readonly stride: number;
  readonly dilation: number;
  readonly begin: number;
  readonly end: number;
}

function dimsOf(input: readonly number[], kernel: readonly number[], given: Attributes): Dim[] {
  const rank = input.length;
  const list = (name: string, fill: number, length = rank): readonly number[] =>
    (given[name] as readonly number[] | undefined) ?? new Array<number>(length).fill(fill);
  const strides = list("strides", 1);
  const dilations = list("dilations", 1);
  const pads = list("pads", 0, 2 * rank);
  return input.map((size, i) => ({
    input: size,
    kernel: kernel[i]!,
    stride: strides[i]!,
    dilation: dilations[i]!,
    begin: pads[i]!,
    end: pads[rank + i]!,
  }));
}

/** Windows one after the other, as long as they fit; with ceil, one more that starts before the end pads. */
function outputs({ input, kernel, stride, dilation, begin, end }: Dim, ceil = false): number {
  const extent = (kernel - 1) * dilation + 1;
  let count = 0;
  for (let start = -begin; start + extent <= input + end; start += stride) count++;
  const covered = (count - 1) * stride - begin + extent;
  const next = count * stride - begin;
  return ceil && covered < input + end && next < input ? count + 1 : count;
}

/** Positions along every dimension that the window of an output has. */
function taps(dims: readonly Dim[], o: readonly number[]): number[][] {
  return indicesIn(dims.map((dim) => dim.kernel)).map((k) =>
    dims.map((dim, i) => o[i]! * dim.stride + k[i]! * dim.dilation - dim.begin),
  );
}

const isInside = (dims: readonly Dim[], position: readonly number[]): boolean =>
  position.every((p, i) => p >= 0 && p < dims[i]!.input);

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
  transposeCase([1, 2, 2, 3, 2], [2, 2, 2, 3, 2], { strides: [2, 1, 3], pads: [1, 0, 0, 0, 1, 1] }),
];

/** `value` makes the result of the elements inside and the number of taps before the end of the padding. */
function poolCase(
  x: Tensor,
  given: Attributes,
  value: (elements: number[], padded: number) => number,
): OpCase {
  const [n, c, ...spatial] = x.type.dims;
  const dims = dimsOf(spatial, given.kernel as readonly number[], given);
  const size = dims.map((dim) => outputs(dim, given.ceilMode === true));
  const expected = build(x.type.dtype, [n!, c!, ...size], ([batch, channel, ...o]) => {
    const positions = taps(dims, o);
    const inside = positions.filter((position) => isInside(dims, position));
    const padded = positions.filter((position) =>
      position.every((p, i) => p < dims[i]!.input + dims[i]!.end),
    );
    const elements = inside.map((position) => at(x, [batch!, channel!, ...position]));
    return value(elements, padded.length);
  });
  const title = `${x.type.dtype}[${x.type.dims.join(",")}] ${JSON.stringify(given)}`;
  return { title, inputs: [x], attributes: given, expected };
}

const largest = (elements: number[]): number => elements.reduce((a, b) => Math.max(a, b));
const sum = (elements: number[]): number => elements.reduce((a, b) => a + b, 0);

const WINDOWS: readonly (readonly [readonly number[], Attributes])[] = [
  [[2, 3, 7], { kernel: [3] }],
  [[1, 2, 8], { kernel: [3], strides: [2], pads: [1, 0], ceilMode: true }],
  [[1, 2, 6, 6], { kernel: [2, 2], strides: [2, 2] }],
  [[1, 3, 7, 5], { kernel: [3, 2], strides: [2, 1], pads: [1, 0, 1, 1] }],
  [[1, 2, 7, 8], { kernel: [3, 3], strides: [2, 2], ceilMode: true }],
  [[1, 2, 6, 7], { kernel: [2, 3], strides: [3, 4], pads: [1, 1, 0, 1], ceilMode: true }],
  [[1, 2, 5, 5], { kernel: [2, 2], strides: [4, 4], pads: [1, 1, 1, 1], ceilMode: true }],
  [[1, 1, 9, 8], { kernel: [3, 2], dilations: [2, 3], pads: [2, 1, 1, 0] }],
  [[1, 2, 4, 5, 4], { kernel: [2, 3, 2], strides: [2, 1, 2], pads: [0, 1, 1, 1, 1, 0] }],
];

const maxPoolCases = [
  ...WINDOWS.map(([dims, given]) => poolCase(random(dims, 21), given, largest)),
  poolCase(random([1, 2, 5, 5], 22, "i8"), { kernel: [3, 3], pads: [1, 1, 1, 1] }, largest),
  poolCase(random([1, 2, 5, 5], 23, "u8"), { kernel: [2, 2] }, largest),
];
/** The first of equal maxima, counted in all of x; by columns the spatial dims count the other way round. */
function indicesCase(x: Tensor, given: Attributes): OpCase {
  const { dims } = x.type;
  const windows = dimsOf(dims.slice(2), given["kernel"] as readonly number[], given);
  const columns = given["columnMajor"] === true;
  const flat = (index: readonly number[]): number => {
    const order = columns
      ? [
          0,
          1,
          ...dims
            .map((_, d) => d)
            .slice(2)
            .reverse(),
        ]
      : [...dims.keys()];
    return order.reduce((sum, d) => sum * dims[d]! + index[d]!, 0);
  };
  const size = windows.map((dim) => outputs(dim, given["ceilMode"] === true));
  const expected = build("i32", [...dims.slice(0, 2), ...size], ([n, c, ...o]) => {
    const inside = taps(windows, o).filter((position) => isInside(windows, position));
    const found = inside.reduce((best, position) =>
      at(x, [n!, c!, ...position]) > at(x, [n!, c!, ...best]) ? position : best,
    );
    return flat([n!, c!, ...found]);
  });
  const title = `${x.type.dtype}[${dims.join(",")}] ${JSON.stringify(given)}`;
  return { title, inputs: [x], attributes: given, expected };
}

const lowest = tensor("f32", [1, 2, 3, 4], new Float32Array(24).fill(-Infinity));
const indicesCases = [
  ...WINDOWS.map(([dims, given]) => indicesCase(random(dims, 25), given)),
  ...WINDOWS.map(([dims, given]) => indicesCase(random(dims, 26), { ...given, columnMajor: true })),
  indicesCase(random([1, 2, 6, 5], 27, "u8"), { kernel: [2, 3], strides: [2, 2] }),
  indicesCase(lowest, { kernel: [2, 2], pads: [1, 1, 0, 0] }),
];
const lpPoolCases = [1, 2, 3].flatMap((p) =>
  WINDOWS.map(([dims, given]) =>
    poolCase(random(dims, 28), { ...given, p }, (elements) =>
      p === 2 ? Math.hypot(...elements) : sum(elements.map((one) => Math.abs(one) ** p)) ** (1 / p),
    ),
  ),
);
const averagePoolCases = [false, true].flatMap((countIncludePad) =>
  WINDOWS.map(([dims, given]) =>
    poolCase(random(dims, 24), { ...given, countIncludePad }, (elements, padded) =>
      countIncludePad ? sum(elements) / padded : sum(elements) / elements.length,
    ),
  ),
);

/** Elements from[i] to to[i] of each spatial dim of x make output i. */
function regionCase(
  x: Tensor,
  size: readonly number[],
  attributes: Attributes,
  value: (elements: number[]) => number,
): OpCase {
  const spatial = x.type.dims.slice(2);
  const expected = build(x.type.dtype, [...x.type.dims.slice(0, 2), ...size], ([n, c, ...o]) => {
    const inside = indicesIn(spatial).filter((position) =>
      position.every((p, d) => {
        const [length, parts] = [spatial[d]!, size[d]!];
        return (
          p >= Math.floor((o[d]! * length) / parts) && p < Math.ceil(((o[d]! + 1) * length) / parts)
        );
      }),
    );
    return value(inside.map((position) => at(x, [n!, c!, ...position])));
  });
  const title = `[${x.type.dims.join(",")}] to [${size.join(",")}]`;
  return { title, inputs: [x], attributes, expected };
}

const mean = (elements: number[]): number => sum(elements) / elements.length;
const ADAPTIVE: readonly (readonly [readonly number[], readonly number[]])[] = [
  [[2, 3, 7], [3]],
  [
    [1, 2, 12, 8],
    [6, 2],
  ],
  [
    [1, 2, 7, 5],
    [1, 1],
  ],
  [
    [1, 2, 7, 10],
    [3, 4],
  ],
  [
    [1, 2, 3, 4],
    [7, 6],
  ],
  [
    [1, 2, 5, 6],
    [4, 3],
  ],
  [
    [1, 2, 8, 3],
    [6, 5],
  ],
  [
    [1, 1, 5, 4, 3],
    [3, 2, 4],
  ],
];
const adaptive = (value: (elements: number[]) => number): OpCase[] =>
  ADAPTIVE.map(([dims, outputSize]) =>
    regionCase(random(dims, 31), outputSize, { outputSize }, value),
  );
const GLOBAL = [
  [2, 3, 7],
  [2, 3, 5, 4],
  [1, 2, 3, 2, 4],
  [1, 2, 1, 1],
];
const global = (value: (elements: number[]) => number): OpCase[] =>
  GLOBAL.map((dims) =>
    regionCase(
      random(dims, 32),
      dims.slice(2).map(() => 1),
      {},
      value,
    ),
  );

export const windowCases: Readonly<Record<string, readonly OpCase[]>> = {
  conv: [...convCases, ...sameCases],
  convTranspose: transposeCases,
  maxPool: maxPoolCases,
  maxPoolIndices: indicesCases,
  lpPool: lpPoolCases,
  averagePool: averagePoolCases,
  globalMaxPool: global(largest),
  globalAveragePool: global(mean),
  adaptiveMaxPool: adaptive(largest),
  adaptiveAveragePool: adaptive(mean),
};
