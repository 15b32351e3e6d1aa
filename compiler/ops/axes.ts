/** How ops name their axes and normalise axis attributes, so that every kernel speaks one vocabulary. */
import { axisIndex, ZERO } from "../compute/affine.js";
import { load, sub } from "../compute/expr.js";
import {
  scalarOf,
  type Axis,
  type Expr,
  type Index,
  type Kernel,
  type KernelInput,
} from "../compute/ir.js";
import { rangeOf } from "../base/numbers.js";
import { formatType, type DType, type TensorType } from "../base/tensor.js";
import {
  operandName,
  reject,
  type ComputeContext,
  type Fact,
  type Layout,
  type OperandSpec,
} from "./op.js";

const NAMES: readonly (readonly string[])[] = [
  [],
  ["c"],
  ["n", "c"],
  ["n", "c", "w"],
  ["n", "c", "h", "w"],
  ["n", "c", "d", "h", "w"],
];

/** One axis per dimension: c; n c; n c w; n c h w; n c d h w; i0 i1 … for more than five. */
export function axesOf(dims: readonly number[]): Axis[] {
  const names = NAMES[dims.length] ?? dims.map((_, i) => `i${i}`);
  return dims.map((extent, i) => ({ name: names[i]!, extent }));
}

/** Every axis as an index. */
export function indicesOf(axes: readonly Axis[]): Index[] {
  return axes.map((axis) => axisIndex(axis));
}

/** Indices into a tensor of `dims` that is broadcast over `axes`: aligned at the end, a stretched 1 stays at 0. */
export function broadcastIndices(axes: readonly Axis[], dims: readonly number[]): Index[] {
  const skipped = axes.length - dims.length;
  return dims.map((dim, i) => {
    const axis = axes[skipped + i]!;
    return dim === 1 && axis.extent !== 1 ? ZERO : axisIndex(axis);
  });
}

/** The dims that operands of these dims broadcast to (numpy's rule). Throws shape-mismatch. */
export function broadcastDims(...shapes: readonly (readonly number[])[]): number[] {
  const rank = Math.max(0, ...shapes.map((dims) => dims.length));
  return Array.from({ length: rank }, (_, i) => {
    let result = 1;
    for (const dims of shapes) {
      const dim = dims[i - (rank - dims.length)] ?? 1;
      if (dim === 1 || dim === result) continue;
      if (result !== 1) rejectBroadcast(shapes, rank - i, result, dim);
      result = dim;
    }
    return result;
  });
}

function rejectBroadcast(
  shapes: readonly (readonly number[])[],
  fromEnd: number,
  first: number,
  second: number,
): never {
  const listed = shapes.map((dims) => `[${dims.join(",")}]`).join(" and ");
  reject(
    "shape-mismatch",
    `cannot broadcast ${listed}: dimension -${fromEnd} is ${first} and ${second}`,
    "each dimension, counted from the last, must be equal or 1",
  );
}

/** A possibly negative axis as a non-negative one. Throws bad-attribute outside [-rank, rank). */
export function normalizeAxis(axis: number, rank: number, attribute = "axis"): number {
  if (axis < -rank || axis >= rank) {
    const range = rank === 0 ? "a scalar has none" : `expected ${-rank} to ${rank - 1}`;
    reject("bad-attribute", `${attribute} ${axis} of an operand with ${rank} dimensions: ${range}`);
  }
  return axis < 0 ? axis + rank : axis;
}

/** What goes along the last dimension alone wants it to lie together; of other axes none is better than what comes in. */
export function layoutAlong(axis: number | undefined, rank: number): Layout {
  return axis === rank - 1 ? "row-major" : "operand";
}

/** Axes as non-negative ones in ascending order. Throws bad-attribute where one is out of range or repeated. */
export function normalizeAxes(axes: readonly number[], rank: number): number[] {
  const result = axes.map((axis) => normalizeAxis(axis, rank, "axes:")).sort((a, b) => a - b);
  const twice = result.find((axis, i) => result[i + 1] === axis);
  if (twice !== undefined) reject("bad-attribute", `axes [${axes.join(",")}] name ${twice} twice`);
  return result;
}

/** The type of a required operand. Throws missing-input where it is absent. */
export function typeOf(inputs: readonly (Fact | undefined)[], position: number): TensorType {
  const fact = inputs[position];
  if (fact === undefined) reject("missing-input", `operand ${position} is missing`);
  return fact.type;
}

/** What products take, all operands alike; a pair of narrow integers, too. */
export const MULTIPLIED: readonly DType[] = ["f32", "i32", "i64"];
/** Integers of which every two, whatever their types, have a product that is an i32. */
const NARROW: ReadonlySet<DType> = new Set<DType>(["u8", "i8", "i16"]);

/** The type of a sum of products of the first two operands, begun with others. Throws type-mismatch. */
export function sumType(
  operands: readonly OperandSpec[],
  inputs: readonly (Fact | undefined)[],
  zero: number,
): DType {
  const [a, b] = [typeOf(inputs, 0), typeOf(inputs, 1)];
  if (!NARROW.has(a.dtype) || !NARROW.has(b.dtype)) {
    checkDTypes(operands, inputs, MULTIPLIED);
    if (zero !== 0) reject("bad-attribute", `a zero point of ${formatType(a)}`, "subtract it");
    return a.dtype;
  }
  const [least, most] = rangeOf(a.dtype)!;
  if (zero < least || zero > most)
    reject("bad-attribute", `zero is ${zero}, ${a.dtype} has ${least} to ${most}`);
  checkDTypes(operands.slice(2), inputs.slice(2), ["i32"]);
  return "i32";
}

/** A value less what stands for 0. */
export function less(value: Expr, zero: number): Expr {
  return zero === 0 ? value : sub(value, zero);
}

/** Throws type-mismatch unless the operands that are present have one dtype among these. */
export function checkDTypes(
  operands: readonly OperandSpec[],
  inputs: readonly (Fact | undefined)[],
  dtypes: readonly DType[],
): void {
  const first = inputs.find((fact) => fact !== undefined)?.type.dtype;
  const allowed = first !== undefined && dtypes.includes(first) ? [first] : dtypes;
  inputs.forEach((fact, i) => {
    if (fact === undefined || allowed.includes(fact.type.dtype)) return;
    const message = `${operands[i]!.name} is ${formatType(fact.type)}, expected ${allowed.join(", ")}`;
    reject("type-mismatch", message, "cast it");
  });
}

/** The kernel inputs for the operands that are present. */
export function kernelInputs(
  operands: readonly OperandSpec[],
  types: readonly (TensorType | undefined)[],
): KernelInput[] {
  return types.flatMap((type, position) => {
    if (type === undefined) return [];
    const operand = operands[Math.min(position, operands.length - 1)]!.name;
    return [{ name: operandName({ operands }, position), type, operand }];
  });
}

/** A kernel that moves elements: out[axes] = x[from(axes)], where x is the first operand. */
export function movement<Attributes>(
  operands: readonly OperandSpec[],
  { inputs, output }: ComputeContext<Attributes>,
  from: (axes: readonly Axis[], dims: readonly number[]) => readonly Index[],
): Kernel {
  const axes = axesOf(output.dims);
  const body = load(operands[0]!.name, from(axes, inputs[0]!.dims), scalarOf(output.dtype));
  return {
    outer: [],
    inputs: kernelInputs(operands, inputs),
    constants: [],
    temporaries: [],
    computes: [{ target: "out", axes, reduce: [], body, index: indicesOf(axes) }],
    output,
  };
}
