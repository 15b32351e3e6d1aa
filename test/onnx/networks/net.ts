/** Small networks written node by node as exporters write them, with weights drawn from seeds. */
import { elementCount, tensor, type Tensor } from "../../../compiler/base/tensor.js";
import { random } from "../../ops/cases/opCase.js";
import { onnxModel, type AttributeInput, type NodeText } from "../../support/onnxModel.js";

type Operand = string | Tensor;

export const i64 = (...values: readonly number[]): Tensor => tensor("i64", [values.length], values);
export const one = (value: number): Tensor => tensor("i64", [], [value]);
export const f32 = (value: number): Tensor => tensor("f32", [], [value]);

export interface ConvOptions {
  readonly kernel?: number;
  readonly stride?: number;
  readonly dilation?: number;
  readonly groups?: number;
  readonly pad?: number;
}

/** A network on its way: operands are names, or constants that get one. */
export class Net {
  private readonly nodes: NodeText[] = [];
  private readonly inputs: Record<string, string> = {};
  private readonly initializers: Record<string, Tensor> = {};
  private count = 0;

  input(name: string, ...dims: readonly number[]): string {
    this.inputs[name] = `f32[${dims.join(",")}]`;
    return name;
  }

  private named(operand: Operand | undefined): string {
    if (operand === undefined) return "";
    if (typeof operand === "string") return operand;
    const name = `c${Object.keys(this.initializers).length}`;
    this.initializers[name] = operand;
    return name;
  }

  op(
    op: string,
    inputs: readonly (Operand | undefined)[],
    attributes: Readonly<Record<string, AttributeInput>> = {},
  ): string {
    return this.ops(op, inputs, attributes, 1)[0]!;
  }

  /** A node of several outputs. */
  ops(
    op: string,
    inputs: readonly (Operand | undefined)[],
    attributes: Readonly<Record<string, AttributeInput>>,
    outputs: number,
  ): readonly string[] {
    const out = Array.from({ length: outputs }, () => `v${this.count++}`);
    this.nodes.push({ op, in: inputs.map((input) => this.named(input)), out, attributes });
    return out;
  }

  /** Weights whose products keep the size of what they are multiplied by. */
  weight(...dims: readonly number[]): Tensor {
    const { type, data } = random(dims, 100 + Object.keys(this.initializers).length);
    const fan = elementCount(dims.length > 2 ? dims.slice(1) : dims.slice(0, 1));
    return { type, data: (data as Float32Array).map((value) => value / 2 / Math.sqrt(fan)) };
  }

  bias(count: number): Tensor {
    const { type, data } = random([count], 500 + Object.keys(this.initializers).length);
    return { type, data: (data as Float32Array).map((value) => value / 8) };
  }

  conv(x: string, from: number, to: number, options: ConvOptions = {}): string {
    const { kernel = 3, stride = 1, dilation = 1, groups = 1 } = options;
    const pad = options.pad ?? Math.floor(((kernel - 1) * dilation) / 2);
    const weight = this.weight(to, from / groups, kernel, kernel);
    return this.op("Conv", [x, weight, this.bias(to)], {
      kernel_shape: [kernel, kernel],
      strides: [stride, stride],
      dilations: [dilation, dilation],
      group: groups,
      pads: [pad, pad, pad, pad],
    });
  }

  /** x · sigmoid(x), as it is exported. */
  silu(x: string): string {
    return this.op("Mul", [x, this.op("Sigmoid", [x])]);
  }

  /** Layer norm over the last dim, spelled out. */
  layerNorm(x: string, channels: number): string {
    const centred = this.op("Sub", [x, this.op("ReduceMean", [x], { axes: [-1] })]);
    const squares = this.op("Pow", [centred, f32(2)]);
    const variance = this.op("ReduceMean", [squares], { axes: [-1] });
    const deviation = this.op("Sqrt", [this.op("Add", [variance, f32(1e-5)])]);
    const normal = this.op("Div", [centred, deviation]);
    const scaled = this.op("Mul", [normal, this.bias(channels)]);
    return this.op("Add", [scaled, this.bias(channels)]);
  }

  linear(x: string, from: number, to: number): string {
    return this.op("Add", [this.bias(to), this.op("MatMul", [x, this.weight(from, to)])]);
  }

  gelu(x: string): string {
    const erf = this.op("Erf", [this.op("Div", [x, f32(Math.SQRT2)])]);
    return this.op("Mul", [this.op("Mul", [x, this.op("Add", [erf, f32(1)])]), f32(0.5)]);
  }

  reshape(x: string, ...dims: readonly number[]): string {
    return this.op("Reshape", [x, i64(...dims)]);
  }

  transpose(x: string, ...perm: readonly number[]): string {
    return this.op("Transpose", [x], { perm });
  }

  slice(x: string, axis: number, start: number, end: number): string {
    return this.op("Slice", [x, i64(start), i64(end), i64(axis)]);
  }

  model(...outputs: readonly string[]): Uint8Array {
    const { nodes, inputs, initializers } = this;
    return onnxModel({ nodes, inputs, initializers, outputs }, { opset: 16 });
  }
}
