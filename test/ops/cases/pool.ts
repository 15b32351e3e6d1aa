/** Cases of pools, against the elements of their windows. */
import { elementCount, tensor, type Tensor } from "../../../compiler/base/tensor.js";
import { at, build, indicesIn, random, SPECIAL_FLOATS, type OpCase } from "./opCase.js";
import { dimsOf, isInside, outputs, taps, type Attributes } from "./slidingWindow.js";

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

/** Windows over images that hold everything formulas go wrong on. */
const SPECIAL_WINDOWS: readonly (readonly [readonly number[], Attributes])[] = [
  [[1, 1, 36], { kernel: [3], pads: [1, 1] }],
  [[1, 1, 6, 6], { kernel: [2, 2] }],
];
const special = (dims: readonly number[]): Tensor =>
  tensor("f32", dims, SPECIAL_FLOATS.slice(0, elementCount(dims)));

const WINDOWS: readonly (readonly [readonly number[], Attributes])[] = [
  [[2, 3, 7], { kernel: [3] }],
  [[1, 2, 8], { kernel: [3], strides: [2], pads: [1, 0], ceilMode: true }],
  [[1, 2, 6, 6], { kernel: [2, 2], strides: [2, 2] }],
  [[1, 3, 7, 5], { kernel: [3, 2], strides: [2, 1], pads: [1, 0, 1, 1] }],
  [[1, 2, 7, 8], { kernel: [3, 3], strides: [2, 2], ceilMode: true }],
  [[1, 2, 6, 7], { kernel: [2, 3], strides: [3, 4], pads: [1, 1, 0, 1], ceilMode: true }],
  [[1, 2, 5, 5], { kernel: [2, 2], strides: [4, 4], pads: [1, 1, 1, 1], ceilMode: true }],
  [[1, 2, 6, 7], { kernel: [2, 3], strides: [3, 4], ceilMode: true }],
  [[1, 3, 9], { kernel: [3], dilations: [2], strides: [3], pads: [2, 1] }],
  [
    [1, 2, 7, 5, 7],
    { kernel: [2, 2, 3], dilations: [3, 2, 2], strides: [2, 1, 2], pads: [1, 0, 2, 0, 1, 1] },
  ],
  [[1, 1, 9, 8], { kernel: [3, 2], dilations: [2, 3], pads: [2, 1, 1, 0] }],
  [[1, 2, 4, 5, 4], { kernel: [2, 3, 2], strides: [2, 1, 2], pads: [0, 1, 1, 1, 1, 0] }],
];

const maxPoolCases = [
  ...SPECIAL_WINDOWS.map(([dims, given]) => poolCase(special(dims), given, largest)),
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

export const poolCases: Readonly<Record<string, readonly OpCase[]>> = {
  maxPool: maxPoolCases,
  maxPoolIndices: indicesCases,
  lpPool: lpPoolCases,
  averagePool: averagePoolCases,
  globalMaxPool: [...global(largest), regionCase(special([1, 1, 6, 6]), [1, 1], {}, largest)],
  globalAveragePool: global(mean),
  adaptiveMaxPool: adaptive(largest),
  adaptiveAveragePool: adaptive(mean),
};
