/** Kernels that fill the margins of a value, by an ordinary Compute a side: later dims also cover the corners. */
import {
  addIndex,
  axisIndex,
  indexExpr,
  modIndex,
  opaqueIndex,
  extentsOf,
} from "../../compute/affine.js";
import { binary, constant, load, select } from "../../compute/expr.js";
import type { Compute, Index, Kernel, Boundary } from "../../compute/ir.js";
import { scalarOf } from "../../compute/ir.js";
import type { Margin } from "../../place/place.js";
import type { TensorType } from "../../base/tensor.js";
import type { ProgramKernel, Value, ValueId } from "../program.js";

/**
 * The kernel that writes what a value's `fill` says into its margin. In dimension d a slab spans the margins of the dims before
 * d and the interior of those after it, so that reflect and circular read what is filled already.
 */
export function fillKernel(value: ValueId, { type, margin, fill }: Value): ProgramKernel {
  const slabs = type.dims.flatMap((_, d) => [
    ...(margin![d]![0] > 0 ? [slab(type, margin!, fill!, d, "before")] : []),
    ...(margin![d]![1] > 0 ? [slab(type, margin!, fill!, d, "after")] : []),
  ]);
  const reads = fill!.mode !== "constant";
  const kernel: Kernel = {
    outer: [],
    inputs: reads ? [{ name: "x", type }] : [],
    constants: [],
    temporaries: [],
    computes: slabs,
    output: type,
  };
  return {
    name: "fill",
    role: "fill",
    covers: [],
    kernel,
    operands: reads ? { x: value } : {},
    output: value,
    layout: "operand",
    schedules: [],
    places: {},
  };
}

function slab(
  type: TensorType,
  margin: Margin,
  fill: Boundary,
  d: number,
  side: "before" | "after",
): Compute {
  const axes = type.dims.map((dim, i) => {
    const [before, after] = margin[i]!;
    if (i === d) return { name: `i${i}`, extent: side === "before" ? before : after };
    return { name: `i${i}`, extent: i < d ? dim + before + after : dim };
  });
  const index = axes.map((axis, i): Index => {
    if (i > d) return axisIndex(axis);
    const [before] = margin[i]!;
    return addIndex(axisIndex(axis), i === d && side === "after" ? type.dims[i]! : -before);
  });
  const dtype = scalarOf(type.dtype);
  if (fill.mode === "constant") {
    return { target: "out", axes, reduce: [], body: constant(fill.value, dtype), index };
  }
  const source = index.map((one, i) =>
    i === d ? inside(one, type.dims[i]!, fill.mode, axes) : one,
  );
  return { target: "out", axes, reduce: [], body: load("x", source, dtype), index };
}

/** The interior index that a margin element repeats: reflect does not repeat the edge. */
function inside(
  index: Index,
  dim: number,
  mode: "reflect" | "replicate" | "circular",
  axes: Compute["axes"],
): Index {
  const extents = extentsOf(axes);
  switch (mode) {
    case "replicate":
      return opaqueIndex(indexExpr(index), 0, dim - 1);
    case "circular":
      return modIndex(index, dim, extents);
    case "reflect": {
      if (dim === 1) return opaqueIndex(indexExpr(index), 0, 0);
      const folded = indexExpr(modIndex(index, 2 * (dim - 1), extents));
      return opaqueIndex(
        select(binary("lt", folded, dim), folded, binary("sub", 2 * (dim - 1), folded)),
        0,
        dim - 1,
      );
    }
    default:
      return mode satisfies never;
  }
}
