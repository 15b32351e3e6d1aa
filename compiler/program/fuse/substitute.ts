/** Joins kernels: one pointwise meaning is written into another kernel's epilogue. */
import { axisIndex, substituteExpr } from "../../compute/affine.js";
import { mapExpr, operandsOf, sameIndex, walkExpr } from "../../compute/walk.js";
import { accumulator, mapCompute } from "../../compute/expr.js";
import type { Axis, Compute, Expr, Index, Kernel, KernelInput } from "../../compute/ir.js";
import { allLoads } from "../../compute/loads.js";
import { elementCount } from "../../base/tensor.js";

/** Renames the sources that a kernel loads; inputs that become equal are listed once. */
export function renameSources(kernel: Kernel, rename: (source: string) => string): Kernel {
  const inputs = new Map<string, KernelInput>();
  for (const input of kernel.inputs) {
    const name = rename(input.name);
    if (!inputs.has(name)) inputs.set(name, { role: input.name, ...input, name });
  }
  const inExpr = (expr: Expr): Expr => mapSources(expr, rename);
  return {
    ...kernel,
    inputs: [...inputs.values()],
    constants: kernel.constants.map(({ name, value }) => ({ name: rename(name), value })),
    temporaries: kernel.temporaries.map((temporary) => ({
      ...temporary,
      name: rename(temporary.name),
    })),
    computes: kernel.computes.map((compute) => ({
      ...mapCompute(compute, inExpr),
      target: compute.target === "out" ? "out" : rename(compute.target),
    })),
  };
}

function mapSources(expr: Expr, rename: (source: string) => string): Expr {
  const inIndex = (index: Index): Index => ({
    constant: index.constant,
    terms: index.terms.map(({ of, coefficient }) => ({
      coefficient,
      of: typeof of === "string" ? of : { ...of, value: mapSources(of.value, rename) },
    })),
  });
  return mapExpr(expr, (inner) => {
    if (inner.kind === "load") {
      return { ...inner, source: rename(inner.source), index: inner.index.map(inIndex) };
    }
    if (inner.kind === "index") return { ...inner, index: inIndex(inner.index) };
    return undefined;
  });
}

/** The one Compute of a kernel that maps elements to elements: out[axes] = body, nothing reduced; or undefined. */
export function pointwiseCompute(kernel: Kernel): Compute | undefined {
  const [compute, ...more] = kernel.computes;
  if (compute === undefined || more.length > 0 || kernel.outer.length > 0) return undefined;
  if (compute.reduce.length > 0 || kernel.constants.length > 0) return undefined;
  return isIdentity(compute.index, compute.axes, kernel.output.dims) ? compute : undefined;
}

/** Whether an index is the axes themselves; along a dimension of 1 any index is. */
export function isIdentity(
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

function loads(expr: Expr, source: string): boolean {
  let found = false;
  walkExpr(expr, (inner) => {
    if (inner.kind === "load" && inner.source === source) found = true;
  });
  return found;
}

/**
 * producer then pointwise consumer of its output => one kernel: in every Compute that writes `out`, the
 * consumer's body is evaluated at the element just computed.
 *
 *   out[n, oc] = acc;  y[i0, i1] = relu(out[i0, i1])  =>  out[n, oc] = relu(acc)
 */
export function fuseEpilogue(producer: Kernel, produced: string, consumer: Kernel): Kernel {
  const pointwise = pointwiseCompute(consumer)!;
  const writers = producer.computes.map((compute): Compute => {
    if (compute.target !== "out") return compute;
    const result = compute.epilogue ?? accumulator(compute.body.dtype);
    const axes = new Map<string, Index>();
    pointwise.index.forEach((index, d) => {
      const [term] = index.terms;
      if (typeof term?.of === "string") axes.set(term.of, compute.index[d]!);
    });
    const body =
      pointwise.epilogue === undefined
        ? pointwise.body
        : inlineAccumulator(pointwise.epilogue, pointwise.body);
    const placed = substituteExpr(body, axes);
    const epilogue = mapExpr(placed, (inner) =>
      inner.kind === "load" && inner.source === produced ? result : undefined,
    );
    return { ...compute, epilogue };
  });
  const known = new Set(producer.inputs.map((input) => input.name));
  const added = consumer.inputs.filter(
    (input) => input.name !== produced && !known.has(input.name),
  );
  return {
    ...producer,
    inputs: [...producer.inputs, ...added],
    computes: writers,
    output: consumer.output,
  };
}

/** epilogue over the body itself instead of `accumulator`. */
export function inlineAccumulator(epilogue: Expr, body: Expr): Expr {
  return mapExpr(epilogue, (inner) => (inner.kind === "accumulator" ? body : undefined));
}
