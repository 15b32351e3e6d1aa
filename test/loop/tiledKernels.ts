/** Kernels lowered into tiles that threads share: of rows with a remainder, of outer axes, of parts of the output. */
import { rowMajorStrides } from "../../compiler/base/tensor.js";
import { parseKernel } from "../support/kernelText/parse.js";
import type { Kernel } from "../../compiler/compute/ir.js";
import { shareTiles } from "../../compiler/loop/share.js";
import type { KernelFunction } from "../../compiler/loop/stmt.js";
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

/** Lowered for threads, with temporaries as scratch memory. */
function shared(
  kernel: Kernel,
  summary: string,
  schedules: readonly Schedule[],
  dims: Readonly<Record<string, readonly number[]>>,
  enough = 1,
): KernelFunction {
  const places = placesOf(dims);
  const code = lowerKernel(kernel, { summary, schedules, places, spaceOf: () => "arena" });
  return shareTiles(code, new Set(kernel.temporaries.map(({ name }) => name)), enough);
}

const POINTWISE = parseKernel(`kernel(x: f32[5,3]) -> f32[5,3] {
  out[h, w] for h < 5, w < 3
    = x[h, w] * 2.0
}
`);

/** Two rows a tile, and the last one alone. */
export const rows = shared(
  POINTWISE,
  "rows",
  [schedule(["h", "w"], { h: [{ factor: 2, kind: "unroll" }] })],
  { x: [5, 3], out: [5, 3] },
);

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

export const softmax = shared(
  SOFTMAX,
  "shares",
  [schedule(["c"]), schedule(["c"]), schedule(["c"])],
  { x: [2, 3], e: [3], out: [2, 3] },
);

const CONCAT = parseKernel(`kernel(x: f32[2,3], y: f32[2,3]) -> f32[2,6] {
  out[h, w] for h < 2, w < 3
    = x[h, w]
  out[h, w + 3] for h < 2, w < 3
    = y[h, w]
}
`);

export const concat = shared(CONCAT, "parts", [schedule(["h", "w"]), schedule(["w", "h"])], {
  x: [2, 3],
  y: [2, 3],
  out: [2, 6],
});

const SQUARES = parseKernel(`kernel(x: f32[2,3]) -> f32[2,16,3] {
  let e: f32[3]
  e[c] scan n < 2 for c < 3
    = x[n, c] * x[n, c]
  out[n, o, c] scan n < 2 for o < 16, c < 3
    = e[c] * 2.0
}
`);

/** Of each of two rows sixteen tiles, for which a thread prepares the row. */
export const prepared = shared(
  SQUARES,
  "prepared",
  [schedule(["c"]), schedule(["o", "c"])],
  { x: [2, 3], e: [3], out: [2, 16, 3] },
  24,
);

const TRANSPOSED = parseKernel(`kernel(x: f32[2,3]) -> f32[3,2] {
  let e: f32[2,3]
  e[n, c] for n < 2, c < 3
    = x[n, c] * x[n, c]
  out[c, n] for c < 3, n < 2
    = e[n, c] * 2.0
}
`);

/** Whatever thread has squared a row, others read it, once all rows are. */
export const staged = shared(TRANSPOSED, "staged", [schedule(["n", "c"]), schedule(["c", "n"])], {
  x: [2, 3],
  e: [2, 3],
  out: [3, 2],
});
