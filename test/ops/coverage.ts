/** Checks that the Computes of a kernel write each element of its output exactly once. */
import type { Compute, Index, Kernel } from "../../compiler/compute/ir.js";
import { elementCount, rowMajorStrides } from "../../compiler/base/tensor.js";
import { indicesIn } from "./cases/opCase.js";

/** Throws where an element of `out` is written twice or never. */
export function checkCoverage(kernel: Kernel): void {
  const { dims } = kernel.output;
  const strides = rowMajorStrides(dims);
  const writes = new Uint8Array(elementCount(dims));
  for (const compute of kernel.computes.filter(({ target }) => target === "out")) {
    for (const place of placesOf(compute, kernel)) {
      const address = place.reduce((sum, i, d) => sum + i * strides[d]!, 0);
      if (place.some((i, d) => i < 0 || i >= dims[d]!))
        throw new Error(`writes at [${place.join(",")}]`);
      if (writes[address]!++ > 0) throw new Error(`element [${place.join(",")}] is written twice`);
    }
  }
  const missing = writes.indexOf(0);
  if (missing >= 0) throw new Error(`element ${missing} is never written`);
}

function placesOf(compute: Compute, kernel: Kernel): number[][] {
  const axes = [...kernel.outer, ...(compute.scan ?? []), ...compute.axes];
  const names = axes.map((axis) => axis.name);
  if (new Set(names).size !== names.length)
    throw new Error(`axes ${names.join(" ")} repeat a name`);
  return indicesIn(axes.map((axis) => axis.extent)).map((point) => {
    const values = new Map(names.map((name, i) => [name, point[i]!]));
    return compute.index.map((index) => valueOf(index, values));
  });
}

function valueOf(index: Index, values: ReadonlyMap<string, number>): number {
  return index.terms.reduce((sum, { coefficient, of }) => {
    const value = typeof of === "string" ? values.get(of) : undefined;
    if (value === undefined) throw new Error("an output index must be affine over the axes");
    return sum + coefficient * value;
  }, index.constant);
}
