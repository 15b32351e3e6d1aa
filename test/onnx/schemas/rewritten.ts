/** Cases said in other words: what an exception compares with where onnxruntime-web does not take the node itself. */
import { tensor, type DType, type Tensor } from "../../../compiler/base/tensor.js";
import type { Operand } from "./draw.js";
import type { NodeCase } from "./nodeCase.js";

export type Rewrite = (one: NodeCase) => NodeCase;

/** Operands of some types, at any place or one, as another type that holds the same numbers. */
export function retyped(from: readonly DType[], to: DType, places?: readonly number[]): Rewrite {
  return (one) => ({
    ...one,
    inputs: one.inputs.map((operand, i) => {
      if (operand?.tensor === undefined || !from.includes(operand.dtype)) return operand;
      if (places?.includes(i) === false) return operand;
      const value = tensor(to, operand.dims, Array.from(operand.tensor.data, Number));
      return { ...operand, dtype: to, tensor: value };
    }),
  });
}

/** Written as of another opset. */
export const at =
  (opset: number): Rewrite =>
  (one) => ({ ...one, opset });

export function without(...names: readonly string[]): Rewrite {
  return (one) => ({
    ...one,
    attributes: Object.fromEntries(
      Object.entries(one.attributes).filter(([name]) => !names.includes(name)),
    ),
  });
}

export function both(...rewrites: readonly Rewrite[]): Rewrite {
  return (one) => rewrites.reduce((rewritten, rewrite) => rewrite(rewritten), one);
}

function withDims(operand: Operand, dims: readonly number[]): Operand {
  const value: Tensor = { type: { dtype: operand.dtype, dims }, data: operand.tensor!.data };
  return { ...operand, dims, tensor: value };
}

/** The broadcasting of opset 6 said with ones in B's dims, at opset 7. */
export function aligned(one: NodeCase): NodeCase {
  const [a, b] = one.inputs as [Operand, Operand];
  const { axis } = one.attributes;
  const rest = { ...without("axis", "broadcast")(one), opset: 7 };
  if (axis === undefined) return rest;
  const ones = a.dims.length - Number(axis) - b.dims.length;
  return { ...rest, inputs: [a, withDims(b, [...b.dims, ...new Array<number>(ones).fill(1)])] };
}

/** Slopes of channels as dims of their own, at opset 7. */
export function slopesAligned(one: NodeCase): NodeCase {
  const [x, slope] = one.inputs as [Operand, Operand];
  const dims = [...slope.dims, ...x.dims.slice(2).map(() => 1)];
  return { ...one, opset: 7, inputs: [x, withDims(slope, dims)] };
}

/** Unsigned weights and their zero points, both less 128. */
export const signedWeights: Rewrite = (one) => ({
  ...one,
  inputs: one.inputs.map((operand, i) => {
    if (operand?.tensor === undefined || (i !== 3 && i !== 5)) return operand;
    const values = Array.from(operand.tensor.data, Number).map((value) => value - 128);
    return { ...operand, dtype: "i8", tensor: tensor("i8", operand.dims, values) };
  }),
});
