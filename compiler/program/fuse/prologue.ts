/**
 * Prologue fusion: what only prepares an operand is written into the kernel that reads each of its elements
 * once, as sums over whole maps and pools without overlap do. Work is never repeated.
 *
 *   %r = relu(%x)
 *   %m = globalAveragePool(%r)    =>   kernel relu_globalAveragePool covers r, m
 */
import { substituteExpr } from "../../compute/affine.js";
import { mapExpr } from "../../compute/walk.js";
import { mapCompute } from "../../compute/expr.js";
import type { Compute, Expr, Index, Kernel } from "../../compute/ir.js";
import { allLoads } from "../../compute/loads.js";
import { axesInScope } from "../../compute/scan.js";
import { elementCount } from "../../base/tensor.js";
import type { ProgramKernel, ValueId } from "../program.js";
import { MOST_NODES } from "./cluster.js";
import { alignNames, sourceOf } from "./part.js";
import { widensMany, withFactorsBehind } from "./widening.js";
import { bodyOf, choosesPlaces, pointwiseCompute, stored } from "./substitute.js";

/** Kernels in order; a kernel whose value only a later one needs, once, is gone. */
export function fusePrologues(
  kernels: readonly ProgramKernel[],
  outputs: ReadonlySet<ValueId>,
  fixed: ReadonlySet<ValueId>,
): ProgramKernel[] {
  const uses = new Map<ValueId, number>();
  for (const { operands } of kernels)
    for (const value of Object.values(operands)) uses.set(value, (uses.get(value) ?? 0) + 1);
  const current = new Map<ValueId, ProgramKernel>();
  for (const kernel of kernels) {
    let joined = kernel;
    for (const value of Object.values(kernel.operands)) {
      const producer = current.get(value);
      if (producer === undefined || outputs.has(value) || uses.get(value) !== 1) continue;
      const isWidening = fixed.has(value) && !fixed.has(joined.output) && widensMany(producer);
      if (fixed.has(value) !== fixed.has(joined.output) && !isWidening) continue;
      if (!preparesFor(producer, joined)) continue;
      joined = join(producer, joined);
      if (isWidening) joined = { ...joined, kernel: withFactorsBehind(joined.kernel) };
      current.delete(value);
    }
    current.set(joined.output, joined);
  }
  return [...current.values()];
}

function preparesFor(producer: ProgramKernel, consumer: ProgramKernel): boolean {
  if (producer.role !== "compute" || consumer.role !== "compute") return false;
  // Neither would what it prepares be left out then, nor would the choice be one of two values any more.
  if (producer.branches !== undefined || consumer.branches !== undefined) return false;
  if (producer.covers.length + consumer.covers.length > MOST_NODES) return false;
  if (pointwiseCompute(producer.kernel) === undefined) return false;
  const source = sourceOf(consumer, producer.output);
  return source !== undefined && readsOnce(consumer.kernel, source, producer.kernel.output.dims);
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
  const { init: _, epilogue: __, ...summed } = compute;
  // What a sum begins with, or is behind it, is read once for all of it.
  const once = allLoads(summed).includes(load) ? [] : compute.reduce;
  const axes = axesInScope(kernel, compute).filter((axis) => !once.includes(axis));
  return elementCount(axes.map(({ extent }) => extent)) <= elementCount(dims);
}

function join(producer: ProgramKernel, consumer: ProgramKernel): ProgramKernel {
  const source = sourceOf(consumer, producer.output)!;
  const { kernel, operands } = alignNames(producer, consumer);
  const pointwise = pointwiseCompute(kernel)!;
  const value = stored(bodyOf(pointwise));
  const inPlace = (expr: Expr): Expr =>
    mapExpr(expr, (inner) =>
      inner.kind === "load" && inner.source === source
        ? substituteExpr(value, axesAt(pointwise.index, inner.index))
        : undefined,
    );
  const computes = consumer.kernel.computes.map((compute): Compute => mapCompute(compute, inPlace));
  const others = consumer.kernel.inputs.filter(({ name }) => name !== source);
  const known = new Set(others.map(({ name }) => name));
  const added = kernel.inputs.filter(({ name }) => !known.has(name));
  const kept = Object.entries(consumer.operands).filter(([name]) => name !== source);
  return {
    ...consumer,
    name: `${producer.name}_${consumer.name}`,
    covers: [...producer.covers, ...consumer.covers],
    kernel: { ...consumer.kernel, inputs: [...added, ...others], computes },
    operands: { ...operands, ...Object.fromEntries(kept) },
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
