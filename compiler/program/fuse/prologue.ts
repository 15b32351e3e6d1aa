/**
 * Prologue fusion: what only prepares an operand is written into the kernel that reads each of its elements
 * once, as sums over whole maps and pools without overlap do. Work is never repeated.
 *
 *   %r = relu(%x)
 *   %m = globalAveragePool(%r)    =>   kernel relu_globalAveragePool covers r, m
 */
import type { Operand } from "../../graph/definition.js";
import { substituteExpr } from "../../compute/affine.js";
import { mapExpr } from "../../compute/walk.js";
import { mapCompute } from "../../compute/expr.js";
import type { Compute, Expr, Index, Kernel } from "../../compute/ir.js";
import { allLoads } from "../../compute/loads.js";
import { elementCount } from "../../base/tensor.js";
import type { ProgramKernel } from "../program.js";
import { choosesPlaces, inlineAccumulator, pointwiseCompute } from "./substitute.js";

/** Kernels in order; a kernel whose value only a later one needs, once, is gone. */
export function fusePrologues(
  kernels: readonly ProgramKernel[],
  outputs: ReadonlySet<Operand>,
): ProgramKernel[] {
  const uses = new Map<string, number>();
  for (const { kernel } of kernels)
    for (const { name } of kernel.inputs) uses.set(name, (uses.get(name) ?? 0) + 1);
  const current = new Map<string, ProgramKernel>();
  for (const kernel of kernels) {
    let joined = kernel;
    for (const { name } of kernel.kernel.inputs) {
      const producer = current.get(name);
      if (producer === undefined || outputs.has(producer.output) || uses.get(name) !== 1) continue;
      if (!preparesFor(producer, joined)) continue;
      joined = join(producer, joined);
      current.delete(name);
    }
    current.set(joined.output, joined);
  }
  return [...current.values()];
}

function preparesFor(producer: ProgramKernel, consumer: ProgramKernel): boolean {
  if (producer.role !== "compute" || consumer.role !== "compute") return false;
  if (pointwiseCompute(producer.kernel) === undefined) return false;
  return readsOnce(consumer.kernel, producer.output, producer.kernel.output.dims);
}

/** Whether no element is loaded twice, nor anything beyond the elements: one load, run no more often than there are any. */
function readsOnce(kernel: Kernel, source: string, dims: readonly number[]): boolean {
  const loads = kernel.computes.flatMap((compute) =>
    allLoads(compute)
      .filter((load) => load.kind === "load" && load.source === source)
      .map((load) => ({ compute, load })),
  );
  const [first, ...others] = loads;
  if (first?.load.kind !== "load" || others.length > 0) return false;
  const { load, compute } = first;
  if (load.boundary !== undefined || choosesPlaces(compute, source)) return false;
  if (load.index.some(({ terms }) => terms.some(({ of }) => typeof of !== "string"))) return false;
  const axes = [...kernel.outer, ...compute.axes, ...compute.reduce];
  return elementCount(axes.map(({ extent }) => extent)) <= elementCount(dims);
}

function join(producer: ProgramKernel, consumer: ProgramKernel): ProgramKernel {
  const { body, epilogue, index } = pointwiseCompute(producer.kernel)!;
  const value = epilogue === undefined ? body : inlineAccumulator(epilogue, body);
  const inPlace = (expr: Expr): Expr =>
    mapExpr(expr, (inner) =>
      inner.kind === "load" && inner.source === producer.output
        ? substituteExpr(value, axesAt(index, inner.index))
        : undefined,
    );
  const computes = consumer.kernel.computes.map((compute): Compute => mapCompute(compute, inPlace));
  const others = consumer.kernel.inputs.filter(({ name }) => name !== producer.output);
  const known = new Set(others.map(({ name }) => name));
  const added = producer.kernel.inputs.filter(({ name }) => !known.has(name));
  return {
    ...consumer,
    name: `${producer.name}_${consumer.name}`,
    covers: [...producer.covers, ...consumer.covers],
    kernel: { ...consumer.kernel, inputs: [...added, ...others], computes },
  };
}

/** The producer's axes where its element at `index` is loaded. */
function axesAt(own: readonly Index[], index: readonly Index[]): Map<string, Index> {
  const axes = new Map<string, Index>();
  own.forEach(({ terms: [term] }, d) => {
    if (typeof term?.of === "string") axes.set(term.of, index[d]!);
  });
  return axes;
}
