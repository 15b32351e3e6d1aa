/** Cases of gridSample: one position at a time, folded back step by step, elements fetched one by one. */
import { tensor, type Tensor } from "../../../compiler/base/tensor.js";
import { at, build, indicesIn, random, type OpCase } from "./opCase.js";
import { round } from "./formulas.js";

interface Given {
  readonly mode?: "nearest" | "linear" | "cubic";
  readonly padding?: "zeros" | "border" | "reflection";
  readonly alignCorners?: boolean;
}

/** Mirrors a position at the edges until it lies between them. */
function folded(position: number, low: number, high: number): number {
  if (low === high) return low;
  if (position >= low && position <= high) return position;
  return folded(position < low ? 2 * low - position : 2 * high - position, low, high);
}

/** What a position beyond the edges becomes; a cubic is drawn over the edge that goes on (PyTorch). */
function held(position: number, size: number, { mode, padding, alignCorners }: Given): number {
  if (mode === "cubic" && padding === "border") return position;
  const [low, high] = alignCorners ? [0, size - 1] : [-0.5, size - 0.5];
  if (position >= low && position <= high) return position;
  if (padding === "border") return position < 0 ? 0 : size - 1;
  return padding === "reflection" ? folded(position, low, high) : position;
}

/** Elements along one dimension and their weights; undefined elements are zeros. */
function tapsAt(coordinate: number, size: number, given: Given): [number | undefined, number][] {
  const { mode = "linear", padding = "zeros", alignCorners } = given;
  const exact = alignCorners
    ? ((coordinate + 1) * (size - 1)) / 2
    : ((coordinate + 1) * size - 1) / 2;
  const where = held(mode === "nearest" ? round(exact) : exact, size, given);
  const element = (p: number): number | undefined => {
    if (p >= 0 && p < size) return p;
    if (padding === "zeros") return undefined;
    if (padding === "border") return p < 0 ? 0 : size - 1;
    return alignCorners ? folded(p, 0, size - 1) : folded(p, -0.5, size - 0.5);
  };
  const base = Math.floor(where);
  const span = { nearest: [0], linear: [0, 1], cubic: [-1, 0, 1, 2] }[mode];
  return span.map((step) => {
    const distance = Math.abs(base + step - where);
    const weight = { nearest: 1, linear: 1 - distance, cubic: cubic(distance) }[mode];
    return [element(base + step), weight];
  });
}

function cubic(d: number): number {
  const a = -0.75;
  if (d < 1) return (a + 2) * d ** 3 - (a + 3) * d ** 2 + 1;
  return d < 2 ? a * (d ** 3 - 5 * d ** 2 + 8 * d - 4) : 0;
}

function gridCase(x: Tensor, grid: Tensor, given: Given): OpCase {
  const [n, c, ...sizes] = x.type.dims;
  const out = grid.type.dims.slice(1, -1);
  const expected = build("f32", [n!, c!, ...out], ([batch, channel, ...o]) => {
    const taps = sizes.map((size, d) =>
      tapsAt(at(grid, [batch!, ...o, sizes.length - 1 - d]), size, given),
    );
    const choices = indicesIn(taps.map((list) => list.length));
    return choices.reduce((sum, choice) => {
      const chosen = choice.map((k, d) => taps[d]![k]!);
      const weight = chosen.reduce((product, [, one]) => product * one, 1);
      const place = chosen.map(([element]) => element);
      if (place.includes(undefined)) return sum;
      return sum + weight * at(x, [batch!, channel!, ...(place as number[])]);
    }, 0);
  });
  const title = `[${x.type.dims.join(",")}] at [${grid.type.dims.join(",")}] ${JSON.stringify(given)}`;
  return { title, inputs: [x, grid], attributes: { ...given }, expected, slack: 3e-5 };
}

/** Coordinates on both sides of the edges, some far from them. */
function positions(dims: readonly number[], seed: number): Tensor {
  const values = random(dims, seed);
  return build("f32", dims, (index) => at(values, index) * (index.at(-2) === 0 ? 1.5 : 0.4));
}

const images = (["nearest", "linear", "cubic"] as const).flatMap((mode) =>
  (["zeros", "border", "reflection"] as const).flatMap((padding) =>
    [false, true].map((alignCorners) =>
      gridCase(random([2, 3, 4, 5], 3), positions([2, 3, 6, 2], 4), {
        mode,
        padding,
        alignCorners,
      }),
    ),
  ),
);

export const gridSampleCases: readonly OpCase[] = [
  ...images,
  gridCase(random([1, 2, 5], 5), positions([1, 7, 1], 6), {}),
  gridCase(random([1, 2, 1, 3], 5), positions([1, 2, 3, 2], 6), {
    padding: "reflection",
    alignCorners: true,
  }),
  ...(["nearest", "linear"] as const).map((mode) =>
    gridCase(random([1, 2, 3, 4, 2], 7), positions([1, 2, 3, 4, 3], 8), {
      mode,
      padding: "reflection",
    }),
  ),
  gridCase(random([1, 1, 3, 2, 4], 7), positions([1, 2, 2, 2, 3], 8), { mode: "cubic" }),
  gridCase(
    random([1, 2, 2, 2], 9),
    tensor("f32", [1, 1, 3, 2], [1e30, 0, -Infinity, 0.5, 0, Infinity]),
    {},
  ),
];
