/** How ONNX's windows and mel bands are read: as constants, one row an op. */
import { exactType } from "../../../onnx/elementTypes.js";
import { FLOATS, formatType, tensor, type Tensor } from "../../../base/tensor.js";
import { flag, integer, refuse, row, type Row, type Site } from "../importSite.js";
import { numbers } from "./constant.js";

/** Samples of a window or a transform. */
export const LONGEST = 2 ** 22;

/** The only number of an input that decides a shape. */
export function single(site: Site, input: number, name: string): number {
  const value = site.value(input);
  const [only] = numbers(value);
  if (only !== undefined && value.data.length === 1) return only;
  return refuse(
    `${name} is ${formatType(value.type)}: expected one number`,
    undefined,
    "bad-attribute",
  );
}

export function positive(site: Site, input: number, name: string, most: number): number {
  const value = single(site, input, name);
  if (value > most) refuse(`${name} is ${value}: expected 1 to ${most}`, undefined, "too-large");
  if (value >= 1 && Number.isInteger(value)) return value;
  return refuse(`${name} is ${value}: expected 1 to ${most}`, undefined, "bad-attribute");
}

interface WindowAttributes {
  readonly output_datatype: number;
  readonly periodic: boolean;
}

/** Sum of terms · cos(2πk·i/N) over k, with N = size of a periodic window, one less of a symmetric one. */
const windowOf =
  (...terms: readonly number[]) =>
  (site: Site<WindowAttributes>): Tensor => {
    const { output_datatype, periodic } = site.attributes;
    const size = positive(site, 0, "size", LONGEST);
    const period = periodic ? size : size - 1;
    const values = Array.from({ length: size }, (_, i) =>
      terms.reduce((sum, term, k) => sum + term * Math.cos((2 * Math.PI * k * i) / period), 0),
    );
    return ofType(output_datatype, [size], values);
  };

/** Integers are f32 numbers cut towards zero. */
function ofType(code: number, dims: readonly number[], values: readonly number[]): Tensor {
  const dtype = exactType(code, "output_datatype");
  return tensor(
    dtype,
    dims,
    FLOATS.has(dtype) ? values : values.map((value) => Math.trunc(Math.fround(value))),
  );
}

const window = (...terms: readonly number[]): Row =>
  row({
    inputs: "size",
    attributes: { output_datatype: integer.default(1), periodic: flag.default(true) },
    since: [17],
    build: windowOf(...terms),
  });

/** Triangles between bins that are equally far apart on the mel scale, [dft_length / 2 + 1, num_mel_bins]. */
function melWeightMatrix(site: Site<{ output_datatype: number }>): Tensor {
  const bands = positive(site, 0, "num_mel_bins", 2 ** 16);
  const length = positive(site, 1, "dft_length", LONGEST);
  const rate = positive(site, 2, "sample_rate", 2 ** 31);
  const [low, high] = [single(site, 3, "lower_edge_hertz"), single(site, 4, "upper_edge_hertz")];
  const bins = Math.floor(length / 2) + 1;
  if (bins * bands > LONGEST) refuse(`${bins} × ${bands} weights`, undefined, "too-large");
  const mel = (hertz: number): number => 2595 * Math.log10(1 + hertz / 700);
  const step = (mel(high) - mel(low)) / (bands + 2);
  const points = Array.from({ length: bands + 2 }, (_, i) => {
    const hertz = 700 * (10 ** ((mel(low) + i * step) / 2595) - 1);
    return Math.floor(((length + 1) * hertz) / rate);
  });
  if (points.some((point) => !(point >= 0 && point <= bins))) {
    refuse(
      `bands from ${low} to ${high} Hz do not lie in 0 to ${rate / 2}`,
      undefined,
      "bad-attribute",
    );
  }
  const weights = new Array<number>(bins * bands).fill(0);
  for (let band = 0; band < bands; band++) {
    const [from, middle, to] = points.slice(band, band + 3) as [number, number, number];
    for (let bin = from; bin < middle; bin++)
      weights[bin * bands + band] = (bin - from) / (middle - from);
    if (middle < bins) weights[middle * bands + band] = 1;
    for (let bin = middle + 1; bin < to; bin++)
      weights[bin * bands + band] = (to - bin) / (to - middle);
  }
  return ofType(site.attributes.output_datatype, [bins, bands], weights);
}

export const soundTableRows: Readonly<Record<string, Row>> = {
  HannWindow: window(0.5, -0.5),
  HammingWindow: window(25 / 46, -21 / 46),
  BlackmanWindow: window(0.42, -0.5, 0.08),
  MelWeightMatrix: row({
    inputs: "num_mel_bins dft_length sample_rate lower_edge_hertz upper_edge_hertz",
    attributes: { output_datatype: integer.default(1) },
    since: [17],
    build: melWeightMatrix,
  }),
};
