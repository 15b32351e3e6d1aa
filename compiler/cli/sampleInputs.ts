/** Reads the values of inputs that a report looks at: .npy files, and pictures of any size as .png. */
import { basename } from "node:path";
import { fail } from "../base/error.js";
import {
  elementCount,
  formatType,
  sameDims,
  tensor,
  type Tensor,
  type TensorType,
} from "../base/tensor.js";
import type { Program } from "../program/program.js";
import { readTensor } from "../project/boundValue.js";
import type { Files } from "../project/files.js";
import { allTexts, type Given } from "../project/given.js";
import type { SampleInput } from "../report-page/sampleData.js";
import { failOnInput, inputOf } from "./run.js";

export interface SampleInputs {
  readonly values: ReadonlyMap<string, Tensor>;
  readonly from: readonly SampleInput[];
}

/** undefined where --input is not given; all inputs of the model must be, otherwise. Throws CompileError. */
export async function readSample(
  { inputs, states }: Program,
  given: Given,
  files: Files,
): Promise<SampleInputs | undefined> {
  const texts = allTexts(given, "input");
  if (texts.length === 0) return undefined;
  const values = new Map<string, Tensor>();
  const from: SampleInput[] = [];
  for (const text of texts) {
    const { input, file } = inputOf(text, inputs) ?? failOnInput(text, inputs, states);
    const { name, type } = input;
    if (values.has(name)) fail("usage", `input '${name}' is given twice`);
    const read = /\.png$/i.test(file)
      ? await readPicture(file, type, files)
      : { value: readTensor(file, type.dtype, files), how: "" };
    if (!sameDims(read.value.type.dims, type.dims)) {
      const message = `${file} has [${read.value.type.dims.join(",")}], the model wants ${formatType(type)}`;
      fail("shape-mismatch", message, { node: name });
    }
    values.set(name, read.value);
    // Whoever gets the page need not know where it lies.
    from.push({ name, from: `${basename(file)}${read.how}` });
  }
  const missing = inputs.filter(({ name }) => !values.has(name)).map(({ name }) => name);
  if (missing.length > 0)
    fail("usage", `inputs without values: ${missing.join(", ")}`, {
      hint: "a sample is all of them: --input name=x.npy or name=photo.png",
    });
  return { values, from };
}

interface Wanted {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  /** Bytes of pixels, as `--preprocess` has them; otherwise planes of floats. */
  readonly isBytes: boolean;
}

function wantedOf(file: string, type: TensorType): Wanted {
  const { dtype, dims } = type;
  const [a = 0, b = 0, c = 0, d = 0] = dims;
  if (dtype === "u8" && dims.length === 3 && [1, 3, 4].includes(c))
    return { height: a, width: b, channels: c, isBytes: true };
  if (dtype === "f32" && dims.length === 4 && a === 1 && [1, 3].includes(b))
    return { height: c, width: d, channels: b, isBytes: false };
  return fail(
    "usage",
    `${file}: an input of ${formatType(type)} is no picture of 1 or 3 channels`,
    {
      hint: "give its values in an .npy file",
    },
  );
}

/** A .png of any size as an input of planes from 0 to 1, or of bytes. Throws CompileError. */
export async function readPicture(
  file: string,
  type: TensorType,
  files: Files,
): Promise<{ readonly value: Tensor; readonly how: string }> {
  const { height, width, channels, isBytes } = wantedOf(file, type);
  const png = await decodePng(file, files);
  const scaled = isBytes ? 1 : 255;
  const values = new Float64Array(elementCount(type.dims));
  const color = channels === 1 ? 1 : 3;
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++)
      for (let channel = 0; channel < channels; channel++) {
        const mean =
          channel === color
            ? 255
            : meanOf(png, channel, color, [
                y / height,
                (y + 1) / height,
                x / width,
                (x + 1) / width,
              ]);
        const at = isBytes
          ? (y * width + x) * channels + channel
          : (channel * height + y) * width + x;
        values[at] = isBytes ? Math.round(mean) : mean / scaled;
      }
  const sized =
    png.width === width && png.height === height ? "" : `, resized from ${png.width}×${png.height}`;
  return {
    value: tensor(type.dtype, type.dims, values),
    how: `${sized}${isBytes ? "" : ", values from 0 to 1"}`,
  };
}

interface Pixels {
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  /** From 0 to 255. */
  readonly at: (pixel: number, channel: number) => number;
}

async function decodePng(file: string, files: Files): Promise<Pixels> {
  const { decode, convertIndexedToRgb } = await import("fast-png");
  const bytes = files.bytes(file);
  try {
    const png = decode(bytes);
    const { width, height, depth, palette } = png;
    const data = palette === undefined ? png.data : convertIndexedToRgb(png);
    const channels = data.length / (width * height);
    const most = palette === undefined ? 2 ** depth - 1 : 255;
    const at = (pixel: number, channel: number): number =>
      (255 * data[pixel * channels + channel]!) / most;
    return { width, height, channels, at };
  } catch (error) {
    return fail("bad-file", `${file} is no PNG that can be read: ${(error as Error).message}`);
  }
}

/** The mean over a part of the picture, at least of one pixel; grey by the weights of ITU-R 601. */
function meanOf(
  png: Pixels,
  channel: number,
  color: number,
  [top, bottom, left, right]: readonly [number, number, number, number],
): number {
  const ends = (from: number, to: number, length: number): readonly [number, number] => {
    const first = Math.min(length - 1, Math.floor(from * length + 1e-9));
    return [first, Math.max(first + 1, Math.floor(to * length + 1e-9))];
  };
  const [y0, y1] = ends(top, bottom, png.height);
  const [x0, x1] = ends(left, right, png.width);
  let sum = 0;
  for (let y = y0; y < y1; y++)
    for (let x = x0; x < x1; x++) {
      const pixel = y * png.width + x;
      if (png.channels < 3) sum += png.at(pixel, 0);
      else if (color === 3) sum += png.at(pixel, channel);
      else sum += 0.299 * png.at(pixel, 0) + 0.587 * png.at(pixel, 1) + 0.114 * png.at(pixel, 2);
    }
  return sum / ((y1 - y0) * (x1 - x0));
}
