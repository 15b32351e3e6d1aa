/** Computes what is constant while shapes are inferred, so that a Graph holds no exporter's shape arithmetic. */
import type { Budget } from "../base/budget.js";
import type { Constant } from "../graph/definition.js";
import { computeOf } from "../graph/evaluate.js";
import type { ReadConstant } from "../graph/readConstant.js";
import { permuteTensor, stridedCopy } from "../graph/stridedCopy.js";
import type { AnyAttributes } from "../graph/typing.js";
import { executeKernel } from "../lower/execute.js";
import { interpretInt64 } from "../meaning/interpretInt64.js";
import type { Axis, Kernel } from "../compute/ir.js";
import { axesInScope } from "../compute/scan.js";
import { operationCount } from "../compute/walk.js";
import { decomposeKernel } from "../meaning/decompose/index.js";
import type { View } from "../compute/view.js";
import { operandName, type Op } from "../ops/op.js";
import {
  byteCount,
  isEmpty,
  newData,
  rowMajorStrides,
  type Tensor,
  type TensorType,
} from "../base/tensor.js";

/** Shapes are small; other integers of 64 bits are 32 bits wide, as at run time. */
const MOST_INT64_STEPS = 2 ** 16;

/**
 * The constant that a node's value is, or undefined where it must be computed at run time: an operand is not
 * constant, or its value is not at hand, or the budget does not suffice to compute it.
 */
export function foldNode(
  name: string,
  op: Op,
  operands: readonly (Constant | "variable" | undefined)[],
  attributes: AnyAttributes,
  type: TensorType,
  read: ReadConstant,
  budget: Budget,
): Constant | undefined {
  if (isEmpty(type)) return dataConstant(name, type, newData(type.dtype, 0));
  const constants: (Constant | undefined)[] = [];
  for (const operand of operands) {
    if (operand === "variable") return undefined;
    constants.push(operand);
  }
  const types = constants.map((constant) => constant?.type);
  const view = op.view?.({ inputs: types, attributes, output: type });
  if (view?.kind === "reshape") return { name, type, source: constants[0]!.source };
  const bytes = byteCount(type);
  if (view?.kind === "permute" || view?.kind === "slice") {
    if (!budget.afford({ foldedBytes: bytes })) return undefined;
    const value = read(constants[0]!);
    if (value === undefined) return undefined;
    return dataConstant(name, type, copyView(view, value, type.dims).data);
  }
  const kernel = computeOf(op, types, attributes, type);
  const int64 = type.dtype === "i64" || types.some((one) => one?.dtype === "i64");
  if (!budget.afford({ foldedBytes: bytes, foldedOperations: operationsOf(kernel, int64) }))
    return undefined;
  const values = new Map<string, Tensor>();
  for (const [i, constant] of constants.entries()) {
    if (constant === undefined) continue;
    const value = read(constant);
    if (value === undefined) return undefined;
    values.set(operandName(op, i), value);
  }
  const exact = int64 && stepsOf(kernel) <= MOST_INT64_STEPS;
  // In 32 bits they would be other numbers: what is not folded is refused when it is packed.
  if (int64 && !exact && [...values.values()].some(isWide)) return undefined;
  const run = exact ? interpretInt64 : executeKernel;
  return dataConstant(name, type, run(kernel, values).data);
}

/** Whether values do not fit the 32 bits that integers have at run time. */
function isWide({ data }: Tensor): boolean {
  return data instanceof BigInt64Array && data.some((value) => value !== BigInt.asIntN(32, value));
}

function dataConstant(name: string, type: TensorType, data: Tensor["data"]): Constant {
  return { name, type, source: { kind: "data", data } };
}

type StridedView = Extract<View, { readonly kind: "permute" | "slice" }>;

/** How often bodies are evaluated. */
export function stepsOf(kernel: Kernel): number {
  const product = (axes: readonly Axis[]): number =>
    axes.reduce((steps, axis) => steps * axis.extent, 1);
  const each = kernel.computes.map((compute) => product(axesInScope(kernel, compute)));
  return each.reduce((sum, steps) => sum + steps, 0);
}

/** Kernels of fewer steps are not worth looking at their operations. */
const FEW_STEPS = 2 ** 10;
/** Operations that a step is taken for where nobody looks. */
const SOME_OPERATIONS = 2 ** 5;
/** What an operation of 64 bits costs, in others. */
const INT64_COST = 2 ** 4;

/** Operations of evaluating a kernel once, elementary functions as the primitives that they become. */
function operationsOf(kernel: Kernel, int64: boolean): number {
  const steps = stepsOf(kernel);
  const weight = int64 && steps <= MOST_INT64_STEPS ? INT64_COST : 1;
  if (steps <= FEW_STEPS) return steps * SOME_OPERATIONS * weight;
  return steps * operationCount(decomposeKernel(kernel)) * weight;
}

/** A slice or permutation of a constant, which needs no arithmetic. */
function copyView(view: StridedView, x: Tensor, dims: readonly number[]): Tensor {
  if (view.kind === "permute") return permuteTensor(x, view.permutation);
  const strides = rowMajorStrides(x.type.dims);
  const start = view.starts.reduce((sum, one, i) => sum + one * strides[i]!, 0);
  return stridedCopy(
    x,
    dims,
    start,
    strides.map((stride, i) => stride * view.steps[i]!),
  );
}
