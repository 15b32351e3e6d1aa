/** Convolutions and pools of .tflite files, which know two kinds of padding: what others need is an operator before them. */
import { resolveWindow, type WindowDim } from "../../../compiler/ops/window.js";
import { permuted } from "../layout.js";
import { OPTIONS, type TensorIndex, type Window } from "./model.js";
import type { Site, Weights } from "./site.js";

type Windowed = Site<"conv"> | Site<"maxPool"> | Site<"averagePool">;

/** Elements that the windows read behind the last one; below 0 where they leave some out. */
function behind({ input, kernel, stride, dilation, begin, output }: WindowDim): number {
  return (output - 1) * stride + (kernel - 1) * dilation + 1 - input - begin;
}

function isSame(dim: WindowDim): boolean {
  const output = Math.ceil(dim.input / dim.stride);
  const total = Math.max(0, behind({ ...dim, begin: 0, output }));
  return dim.output === output && dim.begin === total >> 1;
}

const isValid = (dim: WindowDim): boolean => dim.begin === 0 && behind(dim) <= 0;

interface Padded {
  readonly padding: Window["padding"];
  readonly input: TensorIndex;
}

/** The input with what lies around it, `fill` where that must be written out. */
function padded(site: Windowed, window: readonly WindowDim[], fill: number): Padded {
  const input = site.value(0);
  if (window.every(isValid)) return { padding: "VALID", input };
  if (window.every(isSame)) return { padding: "SAME", input };
  const [n, c] = site.dims(0);
  const around = window.map((dim): [number, number] => [dim.begin, Math.max(0, behind(dim))]);
  const [h, w] = window.map((dim, i) => dim.input + around[i]![0] + around[i]![1]);
  const output = site.between([n!, h!, w!, c!]);
  const pads = site.constant([4, 2], Int32Array.from([0, 0, ...around.flat(), 0, 0]));
  if (fill === 0) site.model.operator("PAD", [input, pads], output);
  else {
    const value = site.constant([1], Float32Array.of(fill));
    site.model.operator("PADV2", [input, pads, value], output);
  }
  return { padding: "VALID", input: output };
}

function windowOf(site: Windowed, window: readonly WindowDim[]) {
  return (padding: Window["padding"]): Window => ({
    padding,
    strides: [window[0]!.stride, window[1]!.stride],
    activation: site.activation,
  });
}

/** Also grouped and depthwise. */
export function writeConv(site: Site<"conv">, quantize: Quantize | undefined): boolean {
  const { node, model } = site;
  const [x, weights] = [site.dims(0), site.weights(1)];
  if (weights?.dims.length !== 4 || node.attributes.padMode !== "constant") return false;
  const [oc, ic, kh, kw] = weights.dims as [number, number, number, number];
  const window = resolveWindow(node.attributes, x.slice(2), [kh, kw]);
  const { padding, input } = padded(site, window, 0);
  const bias = site.weights(2)?.data ?? new Float32Array(oc);
  const options = windowOf(site, window)(padding);
  const dilations = window.map(({ dilation }) => dilation);
  if (node.attributes.groups > 1 && ic === 1) {
    const data = permuted(weights.data, weights.dims, [1, 2, 3, 0]);
    const inputs = [input, site.constant([1, kh, kw, oc], data), site.constant([oc], bias)];
    const of = OPTIONS.depthwise(options, dilations, oc / node.attributes.groups);
    model.operator("DEPTHWISE_CONV_2D", inputs, site.output, of);
    return true;
  }
  const last = { dims: [oc, kh, kw, ic], data: permuted(weights.data, weights.dims, [0, 2, 3, 1]) };
  const inputs = [input, filter(site, last, quantize), site.constant([oc], bias)];
  model.operator("CONV_2D", inputs, site.output, OPTIONS.conv(options, dilations));
  return true;
}

/** A linear layer of rows. */
export function writeLinear(site: Site<"matmul">, quantize: Quantize | undefined): boolean {
  const [a, weights] = [site.dims(0), site.weights(1)];
  if (weights === undefined || a.length !== 2 || site.node.attributes.axis !== 1) return false;
  const bias = site.weights(2)?.data ?? new Float32Array(weights.dims[0]!);
  const inputs = [
    site.value(0),
    filter(site, weights, quantize),
    site.constant([bias.length], bias),
  ];
  const options = OPTIONS.fullyConnected(site.activation);
  site.model.operator("FULLY_CONNECTED", inputs, site.output, options);
  return true;
}

export type Quantize = (weights: Weights) => {
  readonly data: Int8Array;
  readonly scales: Float32Array;
};

/** Symmetric, by output channel, which is dimension 0. */
export const byChannel: Quantize = ({ dims, data }) => {
  const size = data.length / dims[0]!;
  const scales = Float32Array.from({ length: dims[0]! }, (_, channel) => {
    const own = data.subarray(channel * size, (channel + 1) * size);
    return own.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-30) / 127;
  });
  return {
    data: Int8Array.from(data, (value, i) => Math.round(value / scales[Math.floor(i / size)]!)),
    scales,
  };
};

function filter(
  { node, model, constant }: Site<"conv"> | Site<"matmul">,
  weights: Weights,
  quantize: Quantize | undefined,
): TensorIndex {
  if (quantize === undefined) return constant(weights.dims, weights.data);
  const { data, scales } = quantize(weights);
  return model.tensor(`${node.name}.weights`, weights.dims, data, scales);
}

export function writePool(site: Site<"maxPool"> | Site<"averagePool">): boolean {
  const { node, model } = site;
  const { attributes } = node;
  if (attributes.kernel.length !== 2 || attributes.dilations?.some((by) => by > 1) === true)
    return false;
  const spatial = site.dims(0).slice(2);
  const window = resolveWindow(attributes, spatial, attributes.kernel, attributes.ceilMode);
  if (node.op === "averagePool" && !window.every(isValid)) return false;
  // Padding is less than any value. Where values are positive it may be 0, which more delegates can take.
  const { padding, input } = padded(site, window, site.positive(0) ? 0 : -3.4e38);
  const options = OPTIONS.pool(windowOf(site, window)(padding), attributes.kernel);
  const name = node.op === "maxPool" ? "MAX_POOL_2D" : "AVERAGE_POOL_2D";
  model.operator(name, [input], site.output, options);
  return true;
}
