/** Cases of windows as columns: every tap of every window is added where it belongs, or looked up where it lies. */
import { tensor, type Tensor } from "../../../compiler/base/tensor.js";
import { at, build, indicesIn, random, type OpCase } from "./opCase.js";

interface Window {
  readonly strides?: readonly number[];
  readonly dilations?: readonly number[];
  readonly pads?: readonly number[];
}

/** Where tap k of window p lies. */
function placed(p: number, k: number, d: number, given: Window): number {
  const { strides, dilations, pads } = given;
  return p * (strides?.[d] ?? 1) + k * (dilations?.[d] ?? 1) - (pads?.[d] ?? 0);
}

function columnsCase(x: Tensor, outputSize: readonly number[], given: Window = {}): OpCase {
  const { dims, dtype } = x.type;
  const rank = outputSize.length;
  const expected = build(dtype, [...dims.slice(0, 2), ...outputSize], ([n, c, ...o]) =>
    indicesIn(dims.slice(2)).reduce((sum, index) => {
      const hit = o.every((place, d) => placed(index[rank + d]!, index[d]!, d, given) === place);
      return hit ? sum + at(x, [n!, c!, ...index]) : sum;
    }, 0),
  );
  const title = `${dtype}[${dims.join(",")}] to [${outputSize.join(",")}] ${JSON.stringify(given)}`;
  return { title, inputs: [x], attributes: { ...given, outputSize }, expected, slack: 1e-5 };
}

export const col2imCases: readonly OpCase[] = [
  columnsCase(random([1, 2, 3, 5], 1), [7]),
  columnsCase(random([2, 3, 2, 2, 2, 3], 2), [4, 6], { strides: [2, 2] }),
  columnsCase(random([1, 2, 2, 3, 3, 2], 3, "i32"), [5, 7], {
    strides: [2, 3],
    dilations: [2, 1],
    pads: [1, 0, 1, 0],
  }),
  columnsCase(random([1, 1, 3, 1, 5, 5], 4), [8, 4], { dilations: [3, 1], pads: [1, 0, 2, 1] }),
  columnsCase(random([1, 1, 3, 3, 2, 1, 1, 3], 5), [6, 3, 4], {
    strides: [3, 3, 1],
    dilations: [2, 1, 2],
    pads: [0, 0, 0, 1, 1, 1],
  }),
];

interface Deformed extends Window {
  readonly kernel: readonly [number, number];
  readonly groups?: number;
  readonly offsetGroups?: number;
}

/** Linear between four elements, zeros around. */
function between(x: Tensor, n: number, c: number, y: number, column: number): number {
  const [h, w] = x.type.dims.slice(2) as [number, number];
  let sum = 0;
  for (const i of [Math.floor(y), Math.floor(y) + 1])
    for (const j of [Math.floor(column), Math.floor(column) + 1]) {
      if (i < 0 || j < 0 || i >= h || j >= w) continue;
      sum += (1 - Math.abs(y - i)) * (1 - Math.abs(column - j)) * at(x, [n, c, i, j]);
    }
  return sum;
}

function deformCase(
  x: Tensor,
  size: readonly [number, number],
  masked: boolean,
  given: Deformed,
): OpCase {
  const { kernel, groups = 1, offsetGroups = 1 } = given;
  const [batch, channels] = x.type.dims as [number, number];
  const taps = kernel[0] * kernel[1];
  const offset = random([batch, 2 * taps * offsetGroups, ...size], 71);
  const mask = masked ? random([batch, taps * offsetGroups, ...size], 72) : undefined;
  const within = channels / groups;
  const expected = build("f32", [batch, channels * taps, ...size], ([n, column, oh, ow]) => {
    const c = Math.floor(column! / (taps * within)) * within + (column! % within);
    const tap = Math.floor(column! / within) % taps;
    const owner = Math.floor(c / (channels / offsetGroups)) * taps + tap;
    const [kh, kw] = [Math.floor(tap / kernel[1]), tap % kernel[1]];
    const [y, place] = [0, 1].map(
      (d) =>
        placed([oh, ow][d]!, [kh, kw][d]!, d, given) + at(offset, [n!, 2 * owner + d, oh!, ow!]),
    ) as [number, number];
    const weight = mask === undefined ? 1 : at(mask, [n!, owner, oh!, ow!]);
    return weight * between(x, n!, c, y, place) + 0;
  });
  return {
    title: `[${x.type.dims.join(",")}] to [${size.join(",")}]${masked ? ", masked" : ""} ${JSON.stringify(given)}`,
    inputs: masked ? [x, offset, mask] : [x, offset],
    attributes: { ...given },
    expected,
    slack: 3e-5,
  };
}

export const deformCases: readonly OpCase[] = [
  deformCase(random([2, 3, 5, 6], 6), [3, 4], false, { kernel: [3, 3] }),
  deformCase(random([1, 4, 5, 7], 7), [3, 4], true, {
    kernel: [3, 2],
    groups: 2,
    offsetGroups: 4,
    strides: [2, 2],
    dilations: [1, 2],
    pads: [1, 1, 1, 2],
  }),
  {
    ...deformCase(random([1, 1, 3, 3], 8), [3, 3], false, { kernel: [1, 1] }),
    title: "far outside",
    inputs: [
      random([1, 1, 3, 3], 8),
      tensor(
        "f32",
        [1, 2, 3, 3],
        [1e30, -1e30, Infinity, -7, 7, 0, 0, 0, 0, ...[0, 0, 0, 0, 0, 9, -9, 3, -3]],
      ),
    ],
    expected: build("f32", [1, 1, 3, 3], () => 0),
  },
];
