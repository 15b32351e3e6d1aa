/** How ONNX's Fourier transforms are read: as products with constant matrices, one row an op. */
import { formatType, tensor } from "../../../base/tensor.js";
import { fourier, type Complex, type Transform } from "../fourier.js";
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
import { LONGEST, positive, single } from "./soundTables.js";

/** Samples of all frames that are cut out. */
const MOST_SAMPLES = 2 ** 24;

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
    site.inputs[1] === undefined ? x.dims[at]! : positive(site, 1, "dft_length", LONGEST);
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

/** PyTorch writes signals of real numbers without their last dimension. */
function signalOf(site: Site): Complex {
  const { dims, dtype } = site.type(0);
  if (dims.length !== 2 || dtype !== "f32") return complexOf(site, "signal");
  return { value: layer("unsqueeze", [site.inputs[0]], { axes: [2] }), dims: [...dims, 1] };
}

function framesOf(site: Site<{ onesided: boolean }>): Frames {
  const x = signalOf(site);
  const { inputs, attributes, type } = site;
  if (x.dims.length !== 3)
    refuse(`signal is ${formatType(type(0))}: expected [batch, samples, 1 or 2]`);
  const step = positive(site, 1, "frame_step", LONGEST);
  const window = inputs[2] === undefined ? undefined : type(2);
  if (window === undefined && inputs[3] === undefined) {
    refuse("neither a window nor a frame_length is given", "give either", "missing-input");
  }
  const length = inputs[3] === undefined ? undefined : positive(site, 3, "frame_length", LONGEST);
  const taps = length ?? window?.dims[0] ?? 0;
  if (window !== undefined && (window.dims.length !== 1 || window.dims[0] !== taps || taps === 0)) {
    const expected = length === undefined ? "a list of some" : `[${length}], the frame_length`;
    refuse(`window is ${formatType(window)}: expected ${expected}`, undefined, "shape-mismatch");
  }
  const room = x.dims[1]! - taps;
  if (room < 0)
    refuse(`a frame of ${taps} of ${x.dims[1]!} samples`, "pad the signal", "shape-mismatch");
  const bins = attributes.onesided ? Math.floor(taps / 2) + 1 : taps;
  const count = Math.floor(room / step) + 1;
  return { x, step, count, transform: { length: taps, bins, inverse: false } };
}

/** signal => [batch, frames, bins, 2] */
function stft(site: Site<{ onesided: boolean }>): Value {
  const { x, step, count, transform } = framesOf(site);
  const [batch, , parts] = x.dims as [number, number, number];
  const { length } = transform;
  if (length * count > MOST_SAMPLES) {
    refuse(`${count} frames of ${length} samples`, "take longer steps", "too-large");
  }
  const samples = Array.from(
    { length: length * count },
    (_, i) => Math.floor(i / count) + step * (i % count),
  );
  const frames = layer("gather", [x.value, tensor("i32", [length, count], samples)], { axis: 1 });
  const window = site.inputs[2];
  const value =
    window === undefined ? frames : layer("mul", [frames, reshape(window, length, 1, 1)]);
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
