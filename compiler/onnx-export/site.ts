/** What the exporter of an op sees of one node, and the words it answers with. */
import type { Node, NodeOf, OpName } from "../graph/graph.js";
import { tensor, type Tensor, type TensorType } from "../base/tensor.js";
import { ATTRIBUTE_TYPES, type AttributeProto } from "../onnx/proto.js";

/** An attribute without its name. */
export type OnnxAttribute = Omit<AttributeProto, "name">;
export type OnnxAttributes = Readonly<Record<string, OnnxAttribute | undefined>>;

/** One ONNX node whose output is not named yet. */
export interface Step {
  readonly opType: string;
  /** ONNX value names; "" where an optional one is left out. */
  readonly inputs: readonly string[];
  readonly attributes: OnnxAttributes;
  /** Which of the ONNX op's outputs is the value; the first by default. */
  readonly output?: number;
}

/** A node of the Graph on its way to ONNX. */
export interface Site<Name extends OpName = OpName> {
  readonly node: NodeOf<Name>;
  /** ONNX names of the operands; "" where absent. */
  readonly inputs: readonly string[];
  /** Types of the operands, in the same order. */
  readonly types: readonly (TensorType | undefined)[];
  /** What an operand of i16 or i32 is bytes less a zero point of, "" where that is 0; undefined where it is something else. */
  bytes(
    position: number,
  ): { readonly value: string; readonly zero: string; readonly type: TensorType } | undefined;
  /** Adds a node for a value in between, and returns that value's name. */
  emit(step: Step): string;
  /** The operand at a position with its two dims swapped. */
  transposed(position: number): string;
  /** Adds an initializer, and returns its name. */
  constant(value: Tensor): string;
}

/** Which operand an exporter asks for with its dims swapped; undefined of most nodes. */
export function transposedOperand({ op, attributes, type }: Node): number | undefined {
  if (op !== "matmul" || attributes.axis === undefined || type.dims.length <= 2) return undefined;
  return attributes.axis === 1 && type.dtype === "f32" && type.dims.length <= 5 ? undefined : 1;
}

export function step(
  opType: string,
  inputs: readonly string[],
  attributes: OnnxAttributes = {},
): Step {
  return { opType, inputs, attributes };
}

export function int(i: number): OnnxAttribute {
  return { type: ATTRIBUTE_TYPES.i, i };
}

export function float(f: number): OnnxAttribute {
  return { type: ATTRIBUTE_TYPES.f, f };
}

export function text(s: string): OnnxAttribute {
  return { type: ATTRIBUTE_TYPES.s, s: new TextEncoder().encode(s) };
}

export function ints(values: readonly number[]): OnnxAttribute {
  return { type: ATTRIBUTE_TYPES.ints, ints: values };
}

export function floats(values: readonly number[]): OnnxAttribute {
  return { type: ATTRIBUTE_TYPES.floats, floats: values };
}

export function texts(values: readonly string[]): OnnxAttribute {
  const encoder = new TextEncoder();
  return { type: ATTRIBUTE_TYPES.strings, strings: values.map((one) => encoder.encode(one)) };
}

/** An initializer i64[count]: shapes, axes, pads. */
export function intList(site: Pick<Site, "constant">, values: readonly number[]): string {
  return site.constant(tensor("i64", [values.length], values));
}

/** An initializer f32[count] of one value. */
export function filled(
  site: Pick<Site, "constant">,
  dims: readonly number[],
  value: number,
): string {
  const count = dims.reduce((product, dim) => product * dim, 1);
  return site.constant(tensor("f32", dims, new Float32Array(count).fill(value)));
}

/** The value under other dims. */
export function reshaped(
  site: Pick<Site, "constant" | "emit">,
  value: string,
  dims: readonly number[],
): string {
  return site.emit(step("Reshape", [value, intList(site, dims)]));
}
