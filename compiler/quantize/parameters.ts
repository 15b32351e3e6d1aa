/** Weights as bytes with a scale for each output channel, and biases as the integers that sums of products begin with. */
import { constantTensor, type ReadFile } from "../graph/constants.js";
import type { Graph, Node } from "../graph/graph.js";
import { elementCount, tensor, type Tensor } from "../base/tensor.js";
import type { Quantum, QuantizedConstant } from "../onnx-export/quantization.js";

/** The weights of a layer and its bias, with how outputs lie in them. */
export interface LayerWeights {
  readonly node: Node;
  readonly dims: readonly number[];
  readonly weight: Float32Array;
  readonly bias: Float32Array | undefined;
  /** The dimension of the weights that is one of output channels; undefined where groups make it none. */
  readonly axis: number | undefined;
}

export function layerWeights(graph: Graph, node: Node, readFile?: ReadFile): LayerWeights {
  const valueOf = (position: number): Tensor | undefined => {
    const operand = node.inputs[position];
    const constant = graph.constants.find(({ name }) => `@${name}` === operand);
    return constant && constantTensor(constant, readFile);
  };
  const { type, data } = valueOf(1)!;
  const bias = valueOf(2)?.data as Float32Array | undefined;
  return { node, dims: type.dims, weight: data as Float32Array, bias, axis: outputAxis(node) };
}

function outputAxis({ op, attributes }: Node): number | undefined {
  if (op === "convTranspose") return attributes.groups === 1 ? 1 : undefined;
  return op === "matmul" && attributes.axis === undefined ? 1 : 0;
}

/** The dimension of a layer's operand along which its weights take channels. */
export function inputAxis({ op, type }: Node): number {
  return op === "matmul" ? type.dims.length - 1 : 1;
}

/** Position of an element of the weights => its output channel; 0 of all where there is one scale. */
export function channelOf({ dims, axis }: LayerWeights): (position: number) => number {
  if (axis === undefined) return () => 0;
  const inner = elementCount(dims.slice(axis + 1));
  return (position) => Math.floor(position / inner) % dims[axis]!;
}

/** Whether ONNX adds its bias to the products: elsewhere that is a sum of floats. */
function hasIntegerBias({ op, attributes, type }: Node): boolean {
  return op === "conv" || (op === "matmul" && attributes.axis === 1 && type.dims.length === 2);
}

/** i8 from −127 to 127, and i32 of the scale of products: by operand position. `input`: what the layer reads. */
export function quantizedParameters(
  layer: LayerWeights,
  input: Quantum,
): ReadonlyMap<number, QuantizedConstant> {
  const { weight, dims, axis, node } = layer;
  const bias = hasIntegerBias(node) ? layer.bias : undefined;
  const scales = weightScales(layer, bias, input);
  const channel = channelOf(layer);
  const levels = weight.map((value, i) => {
    const level = Math.round(value / scales[channel(i)]!);
    return Math.max(-127, Math.min(127, level));
  });
  const weights: QuantizedConstant = {
    value: tensor("i8", dims, levels),
    scales,
    ...(axis !== undefined && { axis }),
  };
  if (bias === undefined) return new Map([[1, weights]]);
  const products = scales.map((scale) => scale * input.scale);
  const sums = Array.from(bias, (value, c) => Math.round(value / products[c]!));
  const biases = { value: tensor("i32", [bias.length], sums), scales: products, axis: 0 };
  return new Map([
    [1, weights],
    [2, biases],
  ]);
}

/** A bias takes at most so many steps: sums of products are to fit 32 bits with it. */
const MOST_BIAS = 2 ** 30;
/** Steps of the bias of a channel without weights. */
const BIAS_ALONE = 2 ** 20;

function weightScales(
  layer: LayerWeights,
  bias: Float32Array | undefined,
  input: Quantum,
): Float32Array {
  const { weight, dims, axis } = layer;
  const most = new Float64Array(axis === undefined ? 1 : dims[axis]!);
  const channel = channelOf(layer);
  weight.forEach((value, i) => {
    const c = channel(i);
    most[c] = Math.max(most[c]!, Math.abs(value));
  });
  return Float32Array.from(most, (largest, c) => {
    const shift = Math.abs(bias?.[c] ?? 0) / input.scale;
    // Below f32's normal numbers a scale has no digits left.
    const least = Math.max(shift / (largest === 0 ? BIAS_ALONE : MOST_BIAS), 2 ** -126);
    return Math.max(largest / 127, least);
  });
}
