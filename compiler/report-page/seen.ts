/** Which parts of pictures matter to a few positions of each layer, measured: each part is changed, and the model run again. */
import { elementCount, FLOATS, type Tensor } from "../base/tensor.js";
import type { RunModel } from "../golden/prepareCase.js";
import { packBytes } from "./bytes.js";
import type { PartsData, SeenData } from "./sampleData.js";
import { partEnds } from "./parts.js";
import { pictureSides } from "./sides.js";

export interface Matters {
  /** By the name of a layer. */
  readonly seen: ReadonlyMap<string, readonly SeenData[]>;
  readonly parts: readonly PartsData[];
}

/** Milliseconds that all runs together may take. */
const PATIENCE = 6000;
/** Parts along a side at most: as many as LeNet-5's digits have pixels. */
const MOST_PARTS = 28;
/** The first so many inputs that are pictures. */
const MOST_INPUTS = 4;

/** Of the inputs that are pictures of floats; `layers` are outputs of the model. */
export async function whatMatters(
  run: RunModel,
  inputs: ReadonlyMap<string, Tensor>,
  layers: readonly string[],
): Promise<Matters> {
  const pictures = [...inputs]
    .filter(([, { type }]) => type.dims.length > 2 && FLOATS.has(type.dtype))
    .slice(0, MOST_INPUTS);
  if (pictures.length === 0 || run.reset !== undefined) return { seen: new Map(), parts: [] };
  // The first run of a module is no measure of those to come.
  await run(inputs);
  const begun = performance.now();
  const before = spotsOf(await run(inputs), layers);
  const each = (performance.now() - begun + 0.01) * pictures.length;
  const most = Math.max(2, Math.min(MOST_PARTS, Math.floor(Math.sqrt(PATIENCE / each))));
  const seen = new Map(layers.map((layer): [string, SeenData[]] => [layer, []]));
  const parts: PartsData[] = [];
  for (const [input, picture] of pictures) {
    const [, height, width] = pictureSides(picture.type.dims);
    const [rows, columns] = [Math.min(height, most), Math.min(width, most)];
    const cut = { input, rows, columns };
    parts.push(cut);
    const changes = before.map(() => new Float64Array(rows * columns));
    for (let part = 0; part < rows * columns; part++) {
      const changed = withPart(picture, [Math.floor(part / columns), part % columns], cut);
      const after = spotsOf(await run(new Map([...inputs, [input, changed]])), layers);
      after.forEach(({ values }, i) => (changes[i]![part] = distance(values, before[i]!.values)));
    }
    before.forEach(({ layer, row, column }, i) =>
      seen.get(layer)!.push({ input, row, column, ...heatOf(changes[i]!) }),
    );
  }
  return { seen, parts };
}

function distance(a: Float64Array, b: Float64Array): number {
  return Math.sqrt(a.reduce((sum, value, i) => sum + (value - b[i]!) ** 2, 0));
}

/** What matters at all is seen, however little. */
function heatOf(changes: Float64Array): Pick<SeenData, "most" | "heat"> {
  const most = changes.reduce((a, b) => Math.max(a, b), 0);
  const heat = Uint8Array.from(changes, (one) =>
    one > 0 ? Math.max(1, Math.round((255 * one) / most)) : 0,
  );
  return { most, heat: packBytes(heat) };
}

/** The picture with one part of it, in all channels, brighter by half of the range of all. */
function withPart(
  { type, data }: Tensor,
  [row, column]: readonly [number, number],
  { rows, columns }: PartsData,
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

interface Spot {
  readonly layer: string;
  readonly row: number;
  readonly column: number;
  /** Of all channels. */
  readonly values: Float64Array;
}

function spotsOf(outputs: ReadonlyMap<string, Tensor>, layers: readonly string[]): Spot[] {
  return layers.flatMap((layer) => {
    const { type, data } = outputs.get(layer)!;
    const [channels, rows, columns] = spotSides(type.dims);
    return positionsIn(rows, columns).map(([row, column]): Spot => {
      const values = Float64Array.from({ length: channels }, (_, c) =>
        Number(data[(c * rows + row) * columns + column]),
      );
      return { layer, row, column, values };
    });
  });
}

/** A vector is all channels of one position. */
function spotSides(dims: readonly number[]): readonly [number, number, number] {
  return dims.length < 3 ? [elementCount(dims), 1, 1] : pictureSides(dims);
}

/** The middle, and the middles of the four quarters. */
export function positionsIn(rows: number, columns: number): (readonly [number, number])[] {
  if (rows * columns === 0) return [];
  const at = (part: number, length: number): number => Math.floor(part * length);
  const shares = [
    [0.5, 0.5],
    ...[0.25, 0.75].flatMap((down) => [0.25, 0.75].map((across) => [down, across] as const)),
  ] as const;
  const all = shares.map(([down, across]) => [at(down, rows), at(across, columns)] as const);
  return [...new Map(all.map((one) => [one.join(), one])).values()];
}
