/** Takes away what rounded weights shift the mean of each output channel by (Nagel et al. 2019, section 4.2). */
import { channelOf, type LayerWeights } from "./parameters.js";
import type { QuantizedConstant } from "../onnx-export/quantization.js";
import { elementCount } from "../base/tensor.js";

/**
 * The bias less Σ (weight as bytes − weight) · mean of its input channel. Padding counts as the mean does:
 * where much of the input is padding that takes away too much.
 */
export function correctedBias(
  layer: LayerWeights,
  { value, scales }: QuantizedConstant,
  inputMeans: Float64Array,
): Float32Array {
  const { weight, bias, dims, axis, node } = layer;
  const outputs = outputsOf(layer);
  const channel = channelOf(layer);
  const shift = new Float64Array(outputs);
  const input = inputChannelOf(layer);
  for (let i = 0; i < weight.length; i++) {
    const wrong = Number(value.data[i]) * scales[channel(i)]! - weight[i]!;
    shift[channel(i)]! += wrong * inputMeans[input(i)]!;
  }
  if (axis === undefined)
    throw new Error(`${node.name}: [${dims.join(",")}] has no output channels`);
  return Float32Array.from(shift, (one, c) => (bias?.[c] ?? 0) - one);
}

function outputsOf({ dims, axis }: LayerWeights): number {
  return axis === undefined ? 1 : dims[axis]!;
}

/** Position of a weight => the input channel that it is multiplied with. */
export function inputChannelOf({ node, dims }: LayerWeights): (position: number) => number {
  const inner = elementCount(dims.slice(2));
  const [first, second] = dims as [number, number];
  if (node.op === "matmul") {
    const transposed = node.attributes.axis !== undefined;
    return (i) => (transposed ? i % second : Math.floor(i / second));
  }
  if (node.op === "convTranspose") return (i) => Math.floor(i / (inner * second));
  const groups = node.op === "conv" ? node.attributes.groups : 1;
  const perGroup = first / groups;
  return (i) => {
    const output = Math.floor(i / (inner * second));
    return Math.floor(output / perGroup) * second + (Math.floor(i / inner) % second);
  };
}
