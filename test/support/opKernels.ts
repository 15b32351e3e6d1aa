/** The kernels of every op case: what checks of kernels run on beside random ones. */
import type { Kernel } from "../../compiler/compute/ir.js";
import { ops } from "../../compiler/ops/index.js";
import type { Op } from "../../compiler/ops/op.js";
import { elementCount, type TensorType } from "../../compiler/base/tensor.js";
import { cases } from "../ops/cases/index.js";

const registry = new Map<string, Op>(Object.entries(ops as unknown as Record<string, Op>));

export interface OpKernel {
  readonly title: string;
  readonly kernel: Kernel;
}

/** Kernels without empty dimensions: those occur in folded shape arithmetic only. */
export function opKernels(): OpKernel[] {
  return Object.entries(cases).flatMap(([name, list]) => {
    const op = registry.get(name)!;
    return list.flatMap(({ title, inputs, attributes }) => {
      const facts = inputs.map((value) =>
        value === undefined ? undefined : { type: value.type, value },
      );
      const parsed = op.attributes.parse(attributes ?? {});
      const { type: output, attributes: canonical = parsed } = op.infer(facts, parsed);
      const types = inputs.map((value): TensorType | undefined => value?.type);
      const all = [output, ...types.filter((type) => type !== undefined)];
      if (all.some(({ dims }) => elementCount(dims) === 0)) return [];
      const kernel = op.compute({ inputs: types, attributes: canonical, output });
      return [{ title: `${name} ${title}`, kernel }];
    });
  });
}
