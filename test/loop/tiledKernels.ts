/** Kernels lowered into tiles that threads share: of rows with a remainder, of outer axes, of parts of the output. */
import { rowMajorStrides } from "../../compiler/base/tensor.js";
import { parseKernel } from "../support/kernelText/parse.js";
import { lowerKernel } from "../../compiler/lower/index.js";
import type { Places } from "../../compiler/place/place.js";
import type { Schedule } from "../../compiler/schedule/schedule.js";

function placesOf(dims: Readonly<Record<string, readonly number[]>>): Places {
  return Object.fromEntries(
    Object.entries(dims).map(([name, of]) => [
      name,
      { buffer: 0, offset: 0, strides: rowMajorStrides(of) },
    ]),
  );
}

const schedule = (order: readonly string[], split: Schedule["split"] = {}): Schedule => ({
  order,
  split,
  lanes: 1,
});

const POINTWISE = parseKernel(`kernel(x: f32[5,3]) -> f32[5,3] {
  out[h, w] for h < 5, w < 3
    = x[h, w] * 2.0
}
`);

/** Two rows a tile, and the last one alone. */
export const rows = lowerKernel(POINTWISE, {
  summary: "rows",
  schedules: [schedule(["h", "w"], { h: [{ factor: 2, kind: "unroll" }] })],
  places: placesOf({ x: [5, 3], out: [5, 3] }),
  spaceOf: () => "arena",
  parallel: true,
});

const SOFTMAX = parseKernel(`kernel(x: f32[2,3]) -> f32[2,3] {
  let e: f32[3]
  let sum: f32
  outer n < 2
  e[c] for c < 3
    = x[n, c] * x[n, c]
  sum[]
    = sum c < 3
      of e[c]
  out[n, c] for c < 3
    = e[c] / sum[]
}
`);

export const softmax = lowerKernel(SOFTMAX, {
  summary: "shares",
  schedules: [schedule(["c"]), schedule(["c"]), schedule(["c"])],
  places: placesOf({ x: [2, 3], e: [3], out: [2, 3] }),
  spaceOf: () => "arena",
  parallel: true,
});

const CONCAT = parseKernel(`kernel(x: f32[2,3], y: f32[2,3]) -> f32[2,6] {
  out[h, w] for h < 2, w < 3
    = x[h, w]
  out[h, w + 3] for h < 2, w < 3
    = y[h, w]
}
`);

export const concat = lowerKernel(CONCAT, {
  summary: "parts",
  schedules: [schedule(["h", "w"]), schedule(["w", "h"])],
  places: placesOf({ x: [2, 3], y: [2, 3], out: [2, 6] }),
  spaceOf: () => "arena",
  parallel: true,
});
