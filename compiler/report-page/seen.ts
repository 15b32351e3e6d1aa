/** Which parts of a picture matter to the middle of each layer, measured: each part is changed, and the model run again. */
import { elementCount, FLOATS, type Tensor } from "../base/tensor.js";
import type { RunModel } from "../golden/prepareCase.js";
import { packBytes } from "./bytes.js";
import type { SampleData, SeenData } from "./data.js";
import { partEnds } from "./parts.js";

export interface Matters {
  /** By the name of a layer. */
  readonly seen: ReadonlyMap<string, { readonly seen: SeenData }>;
  readonly parts?: SampleData["parts"];
}

/** Milliseconds that all runs together may take. */
const PATIENCE = 3000;
/** Parts along a side at most: as many as LeNet-5's digits have pixels. */
const MOST_PARTS = 28;

/** Of the first input that is a picture of floats; `layers` are outputs of the model. */
export async function whatMatters(
  run: RunModel,
  inputs: ReadonlyMap<string, Tensor>,
  layers: readonly string[],
): Promise<Matters> {
  const found = [...inputs].find(([, { type }]) => type.dims.length > 2 && FLOATS.has(type.dtype));
  if (found === undefined || run.reset !== undefined) return { seen: new Map() };
  const [input, picture] = found;
  const [, height, width] = pictureSides(picture.type.dims);
  const begun = performance.now();
  const before = middles(await run(inputs), layers);
  const affordable = Math.floor(Math.sqrt(PATIENCE / (performance.now() - begun + 0.01)));
  const most = Math.max(2, Math.min(MOST_PARTS, affordable));
  const [rows, columns] = [Math.min(height, most), Math.min(width, most)];
  const changes = new Map(layers.map((layer) => [layer, new Float64Array(rows * columns)]));
  for (let part = 0; part < rows * columns; part++) {
    const changed = withPart(
      picture,
      [Math.floor(part / columns), part % columns],
      [rows, columns],
    );
    const after = middles(await run(new Map([...inputs, [input, changed]])), layers);
    for (const [layer, { values }] of after) {
      const known = before.get(layer)!.values;
      const square = values.reduce((sum, value, i) => sum + (value - known[i]!) ** 2, 0);
      changes.get(layer)![part] = Math.sqrt(square);
    }
  }
  const seen = new Map(
    [...before].map(([layer, { row, column }]) => {
      const all = changes.get(layer)!;
      const largest = all.reduce((a, b) => Math.max(a, b), 0);
      // What matters at all is seen, however little.
      const heat = Uint8Array.from(all, (one) =>
        one === 0 ? 0 : Math.max(1, Math.round((255 * one) / largest)),
      );
      return [layer, { seen: { row, column, most: largest, heat: packBytes(heat) } }] as const;
    }),
  );
  return { seen, parts: { input, rows, columns } };
}

/** The picture with one part of it, in all channels, brighter by half of the range of all. */
function withPart(
  { type, data }: Tensor,
  [row, column]: readonly [number, number],
  [rows, columns]: readonly [number, number],
): Tensor {
  const [channels, height, width] = pictureSides(type.dims);
  const changed = (data as Float32Array).slice();
  const ends = changed.reduce(
    ([low, high], value) => [Math.min(low, value), Math.max(high, value)] as const,
    [Infinity, -Infinity] as readonly [number, number],
  );
  const by = ends[1] > ends[0] ? (ends[1] - ends[0]) / 2 : 1;
  const [top, bottom] = partEnds(row, rows, height);
  const [left, right] = partEnds(column, columns, width);
  for (let c = 0; c < channels; c++)
    for (let y = top; y < bottom; y++)
      for (let x = left; x < right; x++) changed[(c * height + y) * width + x]! += by;
  return { type, data: changed };
}

interface Middle {
  readonly row: number;
  readonly column: number;
  /** Of all channels. */
  readonly values: readonly number[];
}

function middles(
  outputs: ReadonlyMap<string, Tensor>,
  layers: readonly string[],
): ReadonlyMap<string, Middle> {
  return new Map(
    layers.flatMap((layer) => {
      const value = outputs.get(layer);
      if (value === undefined || !FLOATS.has(value.type.dtype)) return [];
      const [channels, rows, columns] = pictureSides(value.type.dims);
      if (rows * columns === 0) return [];
      const [row, column] = [rows >> 1, columns >> 1];
      const at = row * columns + column;
      const values = Array.from({ length: channels }, (_, c) =>
        Number(value.data[c * rows * columns + at]),
      );
      return [[layer, { row, column, values }] as const];
    }),
  );
}

/** Of `[1, c, d, h, w]` d pictures below one another, of the first of a batch; of `[h, w, c]` and less one channel. */
export function pictureSides(dims: readonly number[]): readonly [number, number, number] {
  if (dims.length < 3) return [1, 1, dims.at(-1) ?? 1];
  const spatial = dims.slice(2);
  const columns = spatial.at(-1)!;
  return [dims[1]!, elementCount(spatial.slice(0, -1)), columns];
}
