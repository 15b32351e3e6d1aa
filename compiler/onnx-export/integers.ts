/** How sums of products of integers are said in ONNX: of bytes, less a zero point; wider ones only as matrix products. */
import { fail } from "../base/error.js";
import { elementCount, formatType, tensor, type TensorType } from "../base/tensor.js";
import type { Operand } from "../graph/definition.js";
import type { Graph, Node } from "../graph/graph.js";
import { ONNX_TYPES } from "../onnx/proto.js";
import { int, ints, reshaped, step, type OnnxAttributes, type Site, type Step } from "./site.js";

/** A value of more bits that is bytes less a zero point, as operands. */
export interface Bytes {
  readonly value: Operand;
  /** Of one element, and of the type of the bytes; 0 where absent. */
  readonly zero?: Operand;
}

const isByte = (type: TensorType | undefined): boolean =>
  type?.dtype === "u8" || type?.dtype === "i8";

/** Which operands of a graph are bytes in more bits: casts of them, and what a zero point is subtracted from. */
export function bytesIn(
  { nodes }: Graph,
  types: ReadonlyMap<Operand, TensorType>,
): ReadonlyMap<Operand, Bytes> {
  const found = new Map<Operand, Bytes>();
  for (const node of nodes) {
    const bytes = node.op === "cast" ? castBytes(node, types) : difference(node, types, found);
    if (bytes !== undefined) found.set(`%${node.name}`, bytes);
  }
  return found;
}

function castBytes(
  { inputs: [from], type: { dtype } }: Node,
  types: ReadonlyMap<Operand, TensorType>,
): Bytes | undefined {
  if (from === undefined || (dtype !== "i32" && dtype !== "i16")) return undefined;
  return isByte(types.get(from)) ? { value: from } : undefined;
}

function difference(
  { op, inputs: [left, right], type }: Node,
  types: ReadonlyMap<Operand, TensorType>,
  found: ReadonlyMap<Operand, Bytes>,
): Bytes | undefined {
  const [value, zero] = op === "sub" ? [found.get(left!), found.get(right!)] : [];
  if (value === undefined || zero === undefined || type.dtype !== "i32") return undefined;
  if (value.zero !== undefined || zero.zero !== undefined) return undefined;
  const [from, point] = [types.get(value.value)!, types.get(zero.value)!];
  const isOne = elementCount(point.dims) === 1 && point.dtype === from.dtype;
  return isOne && elementCount(from.dims) === elementCount(type.dims)
    ? { value: value.value, zero: zero.value }
    : undefined;
}

/** Bytes and their zero point by their names in ONNX, "" where that is 0. */
interface Factor {
  readonly value: string;
  readonly zero: string;
  readonly type: TensorType;
}

/** undefined where an operand has more bits than a byte. `zero`: what its node subtracts. */
function factorOf(site: Site, position: number, zero = 0): Factor | undefined {
  const type = site.types[position]!;
  if (!isByte(type)) return site.bytes(position);
  const point = zero === 0 ? "" : site.constant(tensor(type.dtype, [], [zero]));
  return { value: site.inputs[position]!, zero: point, type };
}

/** onnxruntime convolves u8 alone: i8 as u8 with everything 128 higher. */
function unsigned(site: Site, { value, zero, type }: Factor): readonly [string, string] {
  if (type.dtype === "u8") return [value, zero];
  const raised = (from: string): string => {
    const wide = site.emit(step("Cast", [from], { to: int(ONNX_TYPES.i32) }));
    const higher = site.emit(step("Add", [wide, site.constant(tensor("i32", [], [128]))]));
    return site.emit(step("Cast", [higher], { to: int(ONNX_TYPES.u8) }));
  };
  return [raised(value), zero === "" ? site.constant(tensor("u8", [], [128])) : raised(zero)];
}

/** ONNX convolves bytes alone. Throws CompileError `unsupported` on others. */
export function integerConv(site: Site<"conv">, window: OnnxAttributes): Step {
  const { zero, padMode } = site.node.attributes;
  const [x, w] = [factorOf(site, 0, zero), factorOf(site, 1)];
  if (x === undefined || w === undefined || padMode !== "constant")
    return fail("unsupported", `ONNX does not convolve ${formatType(site.types[0]!)}`, {
      node: site.node.name,
      op: site.node.op,
      hint: "cast it to f32 before",
    });
  return convolved(site, x, w, window);
}

function convolved(site: Site, x: Factor, w: Factor, window: OnnxAttributes): Step {
  const [[image, point], [weights, weightsPoint]] = [unsigned(site, x), unsigned(site, w)];
  const sum = step("ConvInteger", [image, weights, point, weightsPoint], window);
  const bias = site.inputs[2];
  if (!bias) return sum;
  const ones = site.node.type.dims.slice(2).map(() => 1);
  return step("Add", [site.emit(sum), reshaped(site, bias, [-1, ...ones])]);
}

/** matmul {axis=1} of bytes [n, c, …] => ConvInteger with a kernel of ones; undefined of more bits. */
export function integerPointwise(site: Site<"matmul">): Step | undefined {
  const [x, w] = [factorOf(site, 0, site.node.attributes.zero), factorOf(site, 1)];
  if (x === undefined || w === undefined) return undefined;
  const ones = site.node.type.dims.slice(2).map(() => 1);
  const weights = reshaped(site, w.value, [...site.types[1]!.dims, ...ones]);
  return convolved(site, x, { ...w, value: weights }, { kernel_shape: ints(ones) });
}

/** Factors with the dims that ONNX wants, each of whatever type. */
export type Arrange = (a: string, b: string) => readonly [string, string];

/** A matrix product of integers: of bytes as MatMulInteger, of more bits as MatMul of i32. */
export function integerProduct(site: Site<"matmul">, arrange: Arrange): Step {
  const { zero } = site.node.attributes;
  const [a, b] = [factorOf(site, 0, zero), factorOf(site, 1)];
  if (a !== undefined && b !== undefined)
    return step("MatMulInteger", [...arrange(a.value, b.value), a.zero, b.zero]);
  const wide = (position: number): string => {
    const value = site.inputs[position]!;
    if (site.types[position]!.dtype === "i32") return value;
    return site.emit(step("Cast", [value], { to: int(ONNX_TYPES.i32) }));
  };
  const left = wide(0);
  const point = zero === 0 ? undefined : site.constant(tensor("i32", [], [zero]));
  const less = point === undefined ? left : site.emit(step("Sub", [left, point]));
  return step("MatMul", arrange(less, wide(1)));
}
