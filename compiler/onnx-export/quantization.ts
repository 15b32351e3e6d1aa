/** Writes values and constants of a Graph as integers, with QuantizeLinear and DequantizeLinear around the nodes that read them. */
import { sameDims, tensor, type Tensor } from "../base/tensor.js";
import type { Operand } from "../graph/definition.js";
import type { Node } from "../graph/graph.js";
import { int, step, type Step } from "./site.js";

/** A byte q of 0 to 255 stands for scale · (q − zero). */
export interface Quantum {
  readonly scale: number;
  readonly zero: number;
}

/** A constant as integers; 0 stands for 0. */
export interface QuantizedConstant {
  /** i8 or i32. */
  readonly value: Tensor;
  /** One for all, or one for each index along `axis`. */
  readonly scales: Float32Array;
  readonly axis?: number;
}

/** What of a Graph becomes integers. */
export interface Quantization {
  /** Values, with what their bytes stand for. */
  readonly values: ReadonlyMap<Operand, Quantum>;
  /** Constants that nodes read, by the node's name and the operand's position. */
  readonly parameters: ReadonlyMap<string, ReadonlyMap<number, QuantizedConstant>>;
  /** Names of activations that the range of their value's bytes does the work of: it is their operand. */
  readonly merged: ReadonlySet<string>;
  /** Names of the only nodes that read what bytes stand for; by default all do, and outputs are that. */
  readonly readers?: ReadonlySet<string>;
}

/** Everything stays as it is. */
export const NOTHING: Quantization = {
  values: new Map(),
  parameters: new Map(),
  merged: new Set(),
};

/** What writes a model. */
export interface Writing {
  emit(name: string, step: Step): string;
  constant(name: string, value: Tensor): string;
}

/** Names of ONNX values that stand for what a Graph has. */
export interface Quantizer {
  /** A value of the Graph as a reader gets it: a DequantizeLinear of its own, as engines fuse it with one node. */
  dequantized(operand: Operand, raw: string): string;
  /** A constant as integers, dequantised; `transposed` with its two dims swapped. */
  parameter(constant: QuantizedConstant, name: string, transposed: boolean): string;
  /** Of values that are bytes, the first name that readers have for them. */
  readonly names: ReadonlyMap<Operand, string>;
}

/** Whether the node reads what bytes stand for. */
export function readsBytes({ readers }: Quantization, { name }: Pick<Node, "name">): boolean {
  return readers?.has(name) ?? true;
}

export function quantizerFor({ values }: Quantization, writing: Writing): Quantizer {
  const bytes = new Map<Operand, readonly [string, string, string]>();
  const names = new Map<Operand, string>();
  const zeros: { readonly of: Tensor; readonly name: string }[] = [];
  /** Zero points are mostly 0, and of as many channels as other layers have. */
  const zeroPoint = (name: string, value: Tensor): string => {
    const alike = ({ of }: { readonly of: Tensor }): boolean =>
      of.type.dtype === value.type.dtype &&
      sameDims(of.type.dims, value.type.dims) &&
      of.data.every((one, i) => one === value.data[i]);
    const before = zeros.find(alike);
    if (before !== undefined) return before.name;
    const made = writing.constant(`${name}.zero`, value);
    zeros.push({ of: value, name: made });
    return made;
  };
  const quantized = (operand: Operand, raw: string): readonly [string, string, string] => {
    const before = bytes.get(operand);
    if (before !== undefined) return before;
    const name = operand.slice(1);
    const { scale, zero } = values.get(operand)!;
    const quantum = [
      writing.constant(`${name}.scale`, tensor("f32", [], [scale])),
      zeroPoint(name, tensor("u8", [], [zero])),
    ] as const;
    const made = [
      writing.emit(`${name}.q`, step("QuantizeLinear", [raw, ...quantum])),
      ...quantum,
    ] as const;
    bytes.set(operand, made);
    return made;
  };
  return {
    names,
    dequantized(operand, raw) {
      const read = step("DequantizeLinear", quantized(operand, raw));
      const name = writing.emit(`${operand.slice(1)}.dq`, read);
      if (!names.has(operand)) names.set(operand, name);
      return name;
    },
    parameter({ value, scales, axis }, name, transposed) {
      const each = axis === undefined ? [] : [scales.length];
      const points = tensor(value.type.dtype, each, new Uint8Array(scales.length));
      const inputs = [
        writing.constant(`${name}.q`, transposed ? swapped(value) : value),
        writing.constant(`${name}.scale`, tensor("f32", each, scales)),
        // Engines take a bias for one without a zero point.
        ...(value.type.dtype === "i32" ? [] : [zeroPoint(name, points)]),
      ];
      const along = transposed && axis !== undefined ? 1 - axis : axis;
      const attributes = along === undefined ? {} : { axis: int(along) };
      const read = step("DequantizeLinear", inputs, attributes);
      return writing.emit(`${name}.dq`, read);
    },
  };
}

/** [a, b] => [b, a] */
function swapped({ type, data }: Tensor): Tensor {
  const [rows, columns] = type.dims as [number, number];
  const values = Array.from({ length: rows * columns }, (_, i) => {
    const [row, column] = [i % rows, Math.floor(i / rows)];
    return Number(data[row * columns + column]);
  });
  return tensor(type.dtype, [columns, rows], values);
}
