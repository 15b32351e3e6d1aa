/** How ONNX's Fourier transforms are read: as products with constant matrices, one row an op. */
import { formatType, tensor } from "../../../base/tensor.js";
import { fourier, fourierMatrix, takesOneStep, type Complex, type Transform } from "../fourier.js";
import {
  flag,
  integer,
  layer,
  refuse,
  reshape,
  row,
  transpose,
  type Row,
  type Site,
  type Value,
} from "../importSite.js";
import { numbers } from "./constant.js";
import { LONGEST_WINDOW, positive, single } from "./soundTables.js";

/** Dims whose last one is 1, of real numbers, or 2. */
function complexOf(site: Site, name: string): Complex {
  const type = site.type(0);
  const parts = type.dims.at(-1);
  if (type.dtype === "f32" && type.dims.length >= 2 && (parts === 1 || parts === 2)) {
    return { value: site.inputs[0]!, dims: type.dims };
  }
  return refuse(
    `${name} is ${formatType(type)}: expected f32[…, 1] or f32[…, 2]`,
    undefined,
    "type-mismatch",
  );
}

interface DftAttributes {
  readonly axis: number;
  readonly inverse: boolean;
  readonly onesided: boolean;
}

function dft(site: Site<DftAttributes>): Value {
  const { inverse, onesided } = site.attributes;
  const x = complexOf(site, "input");
  const rank = x.dims.length;
  const given = site.inputs[2] === undefined ? undefined : single(site, 2, "axis");
  const axis = given ?? (site.opset < 20 ? site.attributes.axis : -2);
  const at = axis < 0 ? axis + rank : axis;
  if (at < 0 || at >= rank - 1) {
    refuse(
      `axis ${axis} of ${rank} dimensions, the last of which has the parts`,
      undefined,
      "bad-attribute",
    );
  }
  if (inverse && onesided)
    refuse("an inverse transform of one side", "DFT is onesided or inverse, not both");
  const length =
    site.inputs[1] === undefined ? x.dims[at]! : positive(site, 1, "dft_length", LONGEST_WINDOW);
  const bins = onesided ? Math.floor(length / 2) + 1 : length;
  return fourier(x, at, { length, bins, inverse }).value;
}

/** A signal [batch, samples, parts] that is cut into frames. */
interface Frames {
  readonly x: Complex;
  readonly step: number;
  readonly count: number;
  readonly transform: Transform;
}

function framesOf(site: Site<{ onesided: boolean }>): Frames {
  const x = complexOf(site, "signal");
  const { inputs, attributes, type } = site;
  if (x.dims.length !== 3)
    refuse(`signal is ${formatType(type(0))}: expected [batch, samples, 1 or 2]`);
  const step = positive(site, 1, "frame_step", LONGEST_WINDOW);
  const window = inputs[2] === undefined ? undefined : type(2);
  if (window === undefined && inputs[3] === undefined) {
    refuse("neither a window nor a frame_length is given", "give either", "missing-input");
  }
  const length =
    inputs[3] === undefined ? window!.dims[0]! : positive(site, 3, "frame_length", LONGEST_WINDOW);
  if (window !== undefined && (window.dims.length !== 1 || window.dims[0] !== length)) {
    refuse(
      `window is ${formatType(window)}: expected [${length}], the frame_length`,
      undefined,
      "shape-mismatch",
    );
  }
  const room = x.dims[1]! - length;
  if (room < 0)
    refuse(`a frame of ${length} of ${x.dims[1]!} samples`, "pad the signal", "shape-mismatch");
  const bins = attributes.onesided ? Math.floor(length / 2) + 1 : length;
  return {
    x,
    step,
    count: Math.floor(room / step) + 1,
    transform: { length, bins, inverse: false },
  };
}

/**
 * signal => [batch, frames, bins, 2]: a convolution where that is one step by a window that is known, else frames
 * that are cut out first.
 */
function stft(site: Site<{ onesided: boolean }>): Value {
  const frames = framesOf(site);
  const { length } = frames.transform;
  const window = site.inputs[2];
  const taps = window === undefined ? new Array<number>(length).fill(1) : site.constant(2);
  if (taps === undefined || !takesOneStep(length)) return cutOut(frames, window);
  return convolved(frames, Array.isArray(taps) ? taps : numbers(taps));
}

function convolved({ x, step, count, transform }: Frames, window: readonly number[]): Value {
  const [batch, samples, parts] = x.dims as [number, number, number];
  const { length, bins } = transform;
  const signal = parts === 1 ? reshape(x.value, batch, 1, samples) : transpose(x.value, 0, 2, 1);
  const matrix = fourierMatrix(transform, length, parts, (sample) => window[sample]!);
  const filters = transpose(reshape(matrix, 2 * bins, length, parts), 0, 2, 1);
  const planes = layer("conv", [signal, filters], { strides: [step] });
  return transpose(reshape(planes, batch, bins, 2, count), 0, 3, 1, 2);
}

function cutOut({ x, step, count, transform }: Frames, window: Value | undefined): Value {
  const [batch, , parts] = x.dims as [number, number, number];
  const { length } = transform;
  const samples = Array.from(
    { length: length * count },
    (_, i) => Math.floor(i / count) + step * (i % count),
  );
  const cut = layer("gather", [x.value, tensor("i32", [length, count], samples)], { axis: 1 });
  const value = window === undefined ? cut : layer("mul", [cut, reshape(window, length, 1, 1)]);
  const { value: bins } = fourier({ value, dims: [batch, length, count, parts] }, 1, transform);
  return transpose(bins, 0, 2, 1, 3);
}

export const fourierRows: Readonly<Record<string, Row>> = {
  DFT: row({
    inputs: "input dft_length? axis?",
    attributes: {
      axis: integer.default(1),
      inverse: flag.default(false),
      onesided: flag.default(false),
    },
    since: [17, [20, ["inverse", "onesided"]]],
    build: dft,
  }),
  STFT: row({
    inputs: "signal frame_step window? frame_length?",
    attributes: { onesided: flag.default(true) },
    since: [17],
    build: stft,
  }),
};
