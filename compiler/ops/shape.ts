/** Ops that give the same elements other dims: reshape, flatten, squeeze, unsqueeze, identity, dropout, transpose. */
import { z } from "zod";
import {
  addIndex,
  axisIndex,
  extentsOf,
  floorDivIndex,
  modIndex,
  scaleIndex,
  ZERO,
} from "../compute/affine.js";
import type { Axis, Index } from "../compute/ir.js";
import {
  elementCount,
  formatType,
  rowMajorStrides,
  sameDims,
  type TensorType,
} from "../base/tensor.js";
import { indicesOf, movement, normalizeAxes, normalizeAxis, typeOf } from "./axes.js";
import { defineOp, reject, type Inferred, type Op, type OperandSpec } from "./op.js";
import { reducedDims } from "./reduce.js";

/** An op whose output has the operand's elements in row-major order. */
function reshaping<const Name extends string, Schema extends z.ZodObject>(
  name: Name,
  attributes: Schema,
  operands: readonly OperandSpec[],
  inferFrom: (x: TensorType, attributes: z.output<Schema>) => Inferred<z.output<Schema>>,
): Op<Name, Schema> {
  return defineOp({
    name,
    operands,
    attributes,
    infer: (inputs, given) => inferFrom(typeOf(inputs, 0), given),
    compute: (context) => movement(operands, context, reshapeIndices),
    view: () => ({ kind: "reshape" }),
    layout: "row-major",
    tolerance: 0,
  });
}

/**
 * Where the element at `axes` lies in a tensor of `dims` with the same row-major order. Neighbouring dims are
 * taken together only as far as they must: [n,c,h,w] to [n,f] divides f alone.
 */
export function reshapeIndices(axes: readonly Axis[], dims: readonly number[]): Index[] {
  const extents = axes.map((axis) => axis.extent);
  if (sameDims(extents, dims)) return indicesOf(axes);
  const result = dims.map(() => ZERO);
  if (elementCount(dims) === 0) return result;
  for (const { from, to } of matchingGroups(dims, extents)) {
    splitIndex(flatIndex(to.map((at) => axes[at]!)), from, dims, axes, result);
  }
  return result;
}

interface Group {
  readonly from: readonly number[];
  readonly to: readonly number[];
}

/** The shortest runs of dims (those of 1 left out) with equal products: [2,3,4] and [6,2,2] => 2·3 | 4. */
function matchingGroups(from: readonly number[], to: readonly number[]): Group[] {
  const a = [...from.keys()].filter((at) => from[at] !== 1);
  const b = [...to.keys()].filter((at) => to[at] !== 1);
  const groups: Group[] = [];
  while (a.length > 0) {
    const group = { from: [a.shift()!], to: [b.shift()!] };
    let left = from[group.from[0]!]!;
    let right = to[group.to[0]!]!;
    while (left !== right) {
      const side = left < right ? group.from : group.to;
      side.push(left < right ? a.shift()! : b.shift()!);
      if (side === group.from) left *= from[side.at(-1)!]!;
      else right *= to[side.at(-1)!]!;
    }
    groups.push(group);
  }
  return groups;
}

function flatIndex(axes: readonly Axis[]): Index {
  const strides = rowMajorStrides(axes.map((axis) => axis.extent));
  return addIndex(...axes.map((axis, i) => scaleIndex(axisIndex(axis), strides[i]!)));
}

/** Writes into `result` the index of each dim in `group` for a flat index over the group. */
function splitIndex(
  flat: Index,
  group: readonly number[],
  dims: readonly number[],
  axes: readonly Axis[],
  result: Index[],
): void {
  const extents = extentsOf(axes);
  const strides = rowMajorStrides(group.map((at) => dims[at]!));
  group.forEach((at, i) => {
    const quotient = floorDivIndex(flat, strides[i]!, extents);
    result[at] = i === 0 ? quotient : modIndex(quotient, dims[at]!, extents);
  });
}

const NONE = z.strictObject({});
const X: readonly OperandSpec[] = [{ name: "x" }];
const integers = z.array(z.int()).readonly();

export const identity = reshaping("identity", NONE, X, (x) => ({ type: x }));

/** Dropout at inference: every element is kept. */
export const dropout = reshaping("dropout", NONE, X, (x) => ({ type: x }));

export const reshape = reshaping(
  "reshape",
  z.strictObject({ shape: integers }),
  [...X, { name: "shape", optional: true, becomes: "shape" }],
  (x, { shape }) => {
    const dims = resolveShape(x, shape);
    return { type: { dtype: x.dtype, dims }, attributes: { shape: dims } };
  },
);

/** 0 copies the operand's dim, one −1 takes what is left (ONNX Reshape). */
function resolveShape(x: TensorType, shape: readonly number[]): number[] {
  const what = `reshape of ${formatType(x)} to [${shape.join(",")}]`;
  const dims = shape.map((dim, i) => {
    if (dim < -1) reject("bad-attribute", `${what}: ${dim} is not a dimension`);
    if (dim !== 0) return dim;
    return x.dims[i] ?? reject("bad-attribute", `${what}: there is no dimension ${i} to copy`);
  });
  const count = elementCount(x.dims);
  const open = dims.indexOf(-1);
  if (open >= 0) {
    if (dims.includes(-1, open + 1)) reject("bad-attribute", `${what}: more than one -1`);
    const known = -elementCount(dims);
    if (known === 0 || count % known !== 0) {
      reject("shape-mismatch", `${what}: ${count} elements are not a multiple of ${known}`);
    }
    dims[open] = count / known;
  }
  if (elementCount(dims) !== count) {
    reject("shape-mismatch", `${what}: ${count} elements against ${elementCount(dims)}`);
  }
  return dims;
}

/** Dims before `axis` become one, and so do the others; the axis may be the rank. */
export const flatten = reshaping(
  "flatten",
  z.strictObject({ axis: z.int().default(1) }),
  X,
  (x, given) => {
    const rank = x.dims.length;
    const axis = given.axis === rank ? rank : normalizeAxis(given.axis, rank);
    const dims = [elementCount(x.dims.slice(0, axis)), elementCount(x.dims.slice(axis))];
    return { type: { dtype: x.dtype, dims }, attributes: { axis } };
  },
);

export const squeeze = reshaping(
  "squeeze",
  z.strictObject({ axes: integers.optional() }),
  [...X, { name: "axes", optional: true, becomes: "axes" }],
  (x, given) => {
    const ones = [...x.dims.keys()].filter((at) => x.dims[at] === 1);
    const axes = given.axes === undefined ? ones : normalizeAxes(given.axes, x.dims.length);
    const wrong = axes.find((axis) => x.dims[axis] !== 1);
    if (wrong !== undefined) {
      const message = `dimension ${wrong} of ${formatType(x)} is ${x.dims[wrong]}, not 1`;
      reject("shape-mismatch", `cannot squeeze: ${message}`);
    }
    return {
      type: { dtype: x.dtype, dims: reducedDims(x.dims, axes, false) },
      attributes: { axes },
    };
  },
);

/** The axes count in the output. */
export const unsqueeze = reshaping(
  "unsqueeze",
  z.strictObject({ axes: integers }),
  [...X, { name: "axes", optional: true, becomes: "axes" }],
  (x, given) => {
    const rank = x.dims.length + given.axes.length;
    const axes = normalizeAxes(given.axes, rank);
    const added = new Set(axes);
    const kept = x.dims.values();
    const dims = Array.from({ length: rank }, (_, at) => (added.has(at) ? 1 : kept.next().value!));
    return { type: { dtype: x.dtype, dims }, attributes: { axes } };
  },
);

/** out dims[i] = x dims[permutation[i]]; all dims reversed by default. */
export const transpose = defineOp({
  name: "transpose",
  operands: X,
  attributes: z.strictObject({ permutation: integers.optional() }),
  infer(inputs, given) {
    const x = typeOf(inputs, 0);
    const rank = x.dims.length;
    const permutation = given.permutation ?? [...x.dims.keys()].reverse();
    const sorted = [...permutation].sort((a, b) => a - b);
    if (sorted.length !== rank || sorted.some((axis, i) => axis !== i)) {
      const message = `permutation [${permutation.join(",")}] of ${formatType(x)}`;
      reject("bad-attribute", `${message}: expected each of 0 to ${rank - 1} once`);
    }
    const dims = permutation.map((axis) => x.dims[axis]!);
    return { type: { dtype: x.dtype, dims }, attributes: { permutation } };
  },
  compute: (context) =>
    movement(X, context, (axes, dims) =>
      dims.map((_, at) => axisIndex(axes[context.attributes.permutation!.indexOf(at)]!)),
    ),
  view: ({ attributes }) => ({ kind: "permute", permutation: attributes.permutation! }),
  layout: "operand",
  tolerance: 0,
});
