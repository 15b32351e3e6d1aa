/** Draws what a network's first layer looks for and what it finds: its filters and its feature maps, as PNG files. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath, pathToFileURL } from "node:url";
import { encode } from "fast-png";
import {
  compile,
  constantTensor,
  exposeLayers,
  readNpy,
  readSafetensors,
  withWeights,
  writeFiles,
  type Definition,
} from "tilewright";
import { featureMaps } from "tilewright/runtime";
import alexnet from "./alexnet.js";
import lenet5 from "./lenet5/model.js";

const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const out = here("../out/look/");

/** Values of one picture, [channels, height, width], channels 1 (grey) or 3 (colour). */
interface Picture {
  readonly shape: readonly [number, number, number];
  readonly values: ArrayLike<number>;
}

/** Pictures of one size on a sheet, each stretched to the full range of grey or colour. */
function sheet(pictures: readonly Picture[], zoom: number): Uint8Array {
  const [channels, height, width] = pictures[0]!.shape;
  const columns = Math.ceil(Math.sqrt(pictures.length));
  const [cellHeight, cellWidth] = [height * zoom + 2, width * zoom + 2];
  const [rows, across] = [Math.ceil(pictures.length / columns), columns * cellWidth];
  const data = new Uint8Array(rows * cellHeight * across * channels).fill(128);
  pictures.forEach(({ values }, index) => {
    const list = Array.from(values);
    const [low, high] = [Math.min(...list), Math.max(...list)];
    const top = Math.floor(index / columns) * cellHeight + 1;
    const left = (index % columns) * cellWidth + 1;
    for (let y = 0; y < height * zoom; y++)
      for (let x = 0; x < width * zoom; x++)
        for (let c = 0; c < channels; c++) {
          const at = (c * height + Math.floor(y / zoom)) * width + Math.floor(x / zoom);
          const level = high > low ? (list[at]! - low) / (high - low) : 0;
          data[((top + y) * across + left + x) * channels + c] = Math.round(level * 255);
        }
  });
  return encode({ width: across, height: rows * cellHeight, data, channels });
}

/** The filters of a convolution's weights [oc, ic, kh, kw], one picture each. */
function filtersOf(definition: Definition, name: string): Picture[] {
  const { type, data } = constantTensor(definition.constants.find((one) => one.name === name)!);
  const [count, ...shape] = type.dims as [number, number, number, number];
  const size = data.length / count;
  const values = data as Float32Array;
  return Array.from({ length: count }, (_, i) => ({
    shape,
    values: values.subarray(i * size, (i + 1) * size),
  }));
}

/** The feature maps of a layer for an image: the model with that layer's value as one more output. */
async function mapsOf(
  definition: Definition,
  layer: string,
  image: Float32Array,
): Promise<Picture[]> {
  const options = { weights: "file", name: `${definition.name}-${layer}` } as const;
  const { files, program } = await compile(exposeLayers(definition, [layer]), options);
  const [path] = await writeFiles(out, files);
  const { load } = (await import(pathToFileURL(path!).href)) as {
    load(): Promise<{ run(inputs: object): Readonly<Record<string, Float32Array>> }>;
  };
  const output = (await load()).run({ image })[layer]!;
  const [, channels, height, width] = program.outputs.find(({ name }) => name === layer)!.type
    .dims as [number, number, number, number];
  const maps = featureMaps(output, [channels, height, width]);
  return Array.from({ length: channels }, (_, c) => ({
    shape: [1, height, width],
    values: maps.map(c).values,
  }));
}

/** A red disc on a blue-green slope, normalised as torchvision does. */
function disc(size: number): Float32Array {
  const image = new Float32Array(3 * size * size);
  for (let y = 0; y < size; y++)
    for (let x = 0; x < size; x++) {
      const inside = Math.hypot(x - size * 0.45, y - size * 0.55) < size * 0.3;
      const colour = inside ? [0.9, 0.2, 0.1] : [0.1, x / size, y / size];
      colour.forEach((value, c) => (image[(c * size + y) * size + x] = (value - 0.45) / 0.225));
    }
  return image;
}

function draw(name: string, pictures: readonly Picture[], zoom: number): void {
  writeFileSync(`${out}${name}.png`, sheet(pictures, zoom));
  console.log(`out/look/${name}.png: ${pictures.length} of ${pictures[0]!.shape.join("×")}`);
}

mkdirSync(out, { recursive: true });
const weights = readSafetensors(readFileSync(here("lenet5/lenet5.safetensors")));
const trained = withWeights(lenet5, weights);
const digits = readNpy(readFileSync(here("lenet5/images.npy"))).data as Float32Array;
const digit = digits.slice(0, 28 * 28).map((value) => value / 255);
draw("lenet5-filters", filtersOf(trained, "conv1.weight"), 12);
draw("lenet5-maps", await mapsOf(trained, "relu_1", digit), 4);
draw("alexnet-filters", filtersOf(alexnet, "features.0.weight"), 4);
draw("alexnet-maps", await mapsOf(alexnet, "features.1", disc(224)), 2);
