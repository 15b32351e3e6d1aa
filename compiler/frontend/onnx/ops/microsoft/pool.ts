/** How onnxruntime's convolutions and pools of bytes are read, whichever end their channels stand at. */
import { sameDims } from "../../../../base/tensor.js";
import { flag, layer, row, type Layer, type Row, type Site, type Value } from "../../importSite.js";
import { castTo, scalar } from "../pointwise.js";
import { centred, CONV, qLinearConv, quantized, type Conv } from "../quantize.js";
import { scaled } from "../scales.js";
import { kernelOf, WINDOW, windowOf, type Window } from "../window.js";
import { dequantized, quantizedLate, single } from "./quantize.js";

const INPUTS = "X x_scale x_zero_point? y_scale y_zero_point?";

interface ChannelsLast {
  readonly channels_last: boolean;
}

/** What is computed of [n, …, c] as [n, c, …], and back. */
function channelsFirst(x: Value, rank: number, of: (x: Value) => Value): Layer {
  const spatial = Array.from({ length: rank - 2 }, (_, i) => i + 1);
  const first = layer("transpose", [x], { permutation: [0, rank - 1, ...spatial] });
  return layer("transpose", [of(first)], { permutation: [0, ...spatial.map((i) => i + 1), 1] });
}

/** Sums of whole numbers, by one factor for the scales and the count. */
function globalPool(site: Site<ChannelsLast>): Value {
  const { inputs, attributes, type } = site;
  const { dtype, dims } = type(0);
  const first = attributes.channels_last ? 1 : 2;
  const axes = Array.from({ length: dims.length - 2 }, (_, i) => first + i);
  const count = axes.reduce((product, axis) => product * dims[axis]!, 1);
  const sum = layer("reduceSum", [centred(inputs[0]!, single(site, 2))], { axes, keepDims: true });
  const factor = scaled("div", single(site, 1)!, scaled("mul", single(site, 3)!, scalar(count)));
  return quantized(layer("mul", [castTo("f32", sum), factor]), single(site, 4), dtype);
}

interface Pool extends Window, ChannelsLast {
  readonly ceil_mode: boolean;
  readonly count_include_pad: boolean;
}

function averagePool(site: Site<Pool>): Value {
  const { attributes, type } = site;
  const { dtype, dims } = type(0);
  const last = attributes.channels_last;
  const kernel = kernelOf(attributes);
  const whole = sameDims(kernel, last ? dims.slice(1, -1) : dims.slice(2));
  if (whole && isUnpadded(attributes)) return globalPool(site);
  const pooled = (x: Value): Layer =>
    layer("averagePool", [x], {
      kernel,
      ...windowOf(attributes),
      ceilMode: attributes.ceil_mode,
      countIncludePad: attributes.count_include_pad,
    });
  const x = dequantized(site, 0);
  const mean = last ? channelsFirst(x, dims.length, pooled) : pooled(x);
  return quantizedLate(layer("div", [mean, single(site, 3)]), single(site, 4), dtype);
}

function isUnpadded({ auto_pad, pads = [] }: Pool): boolean {
  return auto_pad === "VALID" || (auto_pad === "NOTSET" && pads.every((pad) => pad === 0));
}

interface MaxPool extends Window {
  readonly ceil_mode: boolean;
}

function maxPoolLast({ inputs, attributes, type }: Site<MaxPool>): Value {
  const kernel = kernelOf(attributes);
  const how = { kernel, ...windowOf(attributes), ceilMode: attributes.ceil_mode };
  return channelsFirst(inputs[0]!, type(0).dims.length, (x) => layer("maxPool", [x], how));
}

function convLast(site: Site<Conv & ChannelsLast>): Value {
  if (!site.attributes.channels_last) return qLinearConv(site);
  const [x] = site.inputs;
  return channelsFirst(x!, site.type(0).dims.length, (image) => qLinearConv(site, image));
}

export const microsoftPoolRows: Readonly<Record<string, Row>> = {
  QLinearGlobalAveragePool: row({
    inputs: INPUTS.replaceAll("?", ""),
    attributes: { channels_last: flag.default(false) },
    since: [1],
    build: globalPool,
  }),
  QLinearAveragePool: row({
    inputs: INPUTS,
    attributes: {
      auto_pad: WINDOW.auto_pad,
      kernel_shape: WINDOW.kernel_shape,
      pads: WINDOW.pads,
      strides: WINDOW.strides,
      ceil_mode: flag.default(false),
      channels_last: flag.default(false),
      count_include_pad: flag.default(false),
    },
    since: [1],
    build: averagePool,
  }),
  NhwcMaxPool: row({
    inputs: "x",
    attributes: { ...WINDOW, ceil_mode: flag.default(false) },
    since: [1],
    build: maxPoolLast,
  }),
  QLinearConv: row({
    inputs: "x x_scale x_zero_point w w_scale w_zero_point y_scale y_zero_point B?",
    attributes: { ...CONV, channels_last: flag.default(false) },
    since: [1],
    build: convLast,
  }),
};
