/** Joins kernels: one pointwise meaning is written into another kernel's epilogue. */
import { axisIndex, substituteExpr } from "../../compute/affine.js";
import { mapExpr, operandsOf, sameIndex } from "../../compute/walk.js";
import { accumulator, mapCompute, unary } from "../../compute/expr.js";
import type { Axis, Compute, Expr, Index, Kernel } from "../../compute/ir.js";
import { allLoads, loads } from "../../compute/loads.js";
import { elementCount } from "../../base/tensor.js";
import type { ValueId } from "../program.js";
import { alignNames, sourceOf, type Part } from "./part.js";

/** The one Compute of a kernel that maps elements to elements: out[axes] = body, nothing reduced; or undefined. */
export function pointwiseCompute(kernel: Kernel): Compute | undefined {
  const [compute, ...more] = kernel.computes;
  if (compute === undefined || more.length > 0 || kernel.outer.length > 0) return undefined;
  if (compute.reduce.length > 0 || kernel.constants.length > 0) return undefined;
  return isIdentity(compute.index, compute.axes, kernel.output.dims) ? compute : undefined;
}

/** Whether an index is the axes themselves; along a dimension of 1 any index is. */
function isIdentity(
  index: readonly Index[],
  axes: readonly Axis[],
  dims: readonly number[],
): boolean {
  if (index.length !== dims.length) return false;
  let next = 0;
  return index.every((one, d) => {
    if (dims[d] === 1) {
      if (axes[next]?.extent === 1 && elementCount(dims) > 0) next++;
      return one.constant === 0 && one.terms.every(({ of }) => extentOf(of, axes) === 1);
    }
    while (axes[next]?.extent === 1) next++;
    const axis = axes[next++];
    return axis !== undefined && axis.extent === dims[d] && sameIndex(one, axisIndex(axis));
  });
}

function extentOf(of: unknown, axes: readonly Axis[]): number | undefined {
  return axes.find((axis) => axis.name === of)?.extent;
}

/** Whether every load of `source` in a pointwise Compute reads the element that is written, and none chooses where another load reads. */
export function readsInPlace(compute: Compute, source: string, dims: readonly number[]): boolean {
  let every = true;
  const check = (expr: Expr): Expr =>
    mapExpr(expr, (inner) => {
      if (inner.kind === "load" && inner.source === source) {
        const target = inner.index.length === compute.index.length;
        every &&=
          target &&
          inner.boundary === undefined &&
          inner.index.every((one, d) => dims[d] === 1 || sameIndex(one, compute.index[d]!));
      }
      return undefined;
    });
  mapCompute(compute, check);
  return every && !choosesPlaces(compute, source);
}

/** Whether an element of `source` chooses where something else is read. */
export function choosesPlaces(compute: Compute, source: string): boolean {
  return allLoads(compute).some((load) => operandsOf(load).some((value) => loads(value, source)));
}

/**
 * producer then pointwise consumer of its output => one part: in every Compute that writes `out`, the
 * consumer's body is evaluated at the element just computed.
 *
 *   out[n, oc] = acc;  y[i0, i1] = relu(out[i0, i1])  =>  out[n, oc] = relu(acc)
 */
export function fuseEpilogue(producer: Part, produced: ValueId, consumer: Part): Part {
  const { kernel, operands } = alignNames(consumer, producer);
  const source = sourceOf({ kernel, operands }, produced);
  const pointwise = pointwiseCompute(kernel)!;
  const writers = producer.kernel.computes.map((compute): Compute => {
    if (compute.target !== "out") return compute;
    const result = stored(compute.epilogue ?? accumulator(compute.body.dtype));
    const axes = new Map<string, Index>();
    pointwise.index.forEach((index, d) => {
      const [term] = index.terms;
      if (typeof term?.of === "string") axes.set(term.of, compute.index[d]!);
    });
    const placed = substituteExpr(bodyOf(pointwise), axes);
    const epilogue = mapExpr(placed, (inner) =>
      inner.kind === "load" && inner.source === source ? result : undefined,
    );
    return { ...compute, epilogue };
  });
  const known = new Set(producer.kernel.inputs.map((input) => input.name));
  const added = kernel.inputs.filter((input) => input.name !== source && !known.has(input.name));
  const others = Object.entries(operands).filter(([name]) => name !== source);
  return {
    kernel: {
      ...producer.kernel,
      inputs: [...producer.kernel.inputs, ...added],
      computes: writers,
      output: kernel.output,
    },
    operands: { ...producer.operands, ...Object.fromEntries(others) },
  };
}

/** A value as it would be read if it had a kernel of its own; what no step depends on is not rounded in the end. */
export function stored(expr: Expr): Expr {
  return expr.dtype === "f32" && expr.kind !== "load" ? unary("fround", expr) : expr;
}

/** A pointwise part with the meaning of one of its operands written in: both are maps over the same dims. */
export function inlineOperand(consumer: Part, operand: ValueId, part: Part): Part {
  const joined = fuseEpilogue(part, operand, consumer);
  const { epilogue: _, ...compute } = pointwiseCompute(joined.kernel)!;
  const body = bodyOf(pointwiseCompute(joined.kernel)!);
  return { ...joined, kernel: { ...joined.kernel, computes: [{ ...compute, body }] } };
}

/** What a map computes for an element, its epilogue included. */
export function bodyOf({ body, epilogue }: Compute): Expr {
  if (epilogue === undefined) return body;
  return mapExpr(epilogue, (inner) => (inner.kind === "accumulator" ? body : undefined));
}
