/** What the kernels of pointwise ops look like to fusion, and inside a program where every element is 32 bits wide. */
import { describe, expect, it } from "vitest";
import { interpretKernel } from "../../compiler/meaning/interpret.js";
import type { Expr, Kernel } from "../../compiler/compute/ir.js";
import { ops } from "../../compiler/ops/index.js";
import { tensor, type DType } from "../../compiler/base/tensor.js";

describe("a pointwise kernel", () => {
  const kernelOf = (x: number[], y: number[], out: number[]): Kernel =>
    ops.add.compute({
      inputs: [
        { dtype: "f32", dims: x },
        { dtype: "f32", dims: y },
      ],
      attributes: {},
      output: { dtype: "f32", dims: out },
    });
  const loads = (kernel: Kernel): Expr[] => {
    const { body } = kernel.computes[0]!;
    return body.kind === "binary" ? [body.left, body.right] : [];
  };

  it("reads operands of its own dims at its own index, ones included", () => {
    const kernel = kernelOf([1, 3, 4, 4], [1, 3, 4, 4], [1, 3, 4, 4]);
    const { index } = kernel.computes[0]!;
    expect(loads(kernel)).toMatchObject([{ index }, { index }]);
  });

  it("reads a stretched dimension at 0", () => {
    const kernel = kernelOf([1, 3, 4, 4], [3, 1, 1], [1, 3, 4, 4]);
    const { index } = kernel.computes[0]!;
    const zero = { terms: [], constant: 0 };
    expect(loads(kernel)[1]).toMatchObject({ index: [index[1], zero, zero] });
  });
});

describe("a cast to 8 bits", () => {
  /** The cast's values as they lie in a program: stored in 32 bits. */
  const stored = (values: readonly number[], to: DType): number[] => {
    const x = tensor("i32", [values.length], values);
    const output = { dtype: to, dims: x.type.dims };
    const kernel = ops.cast.compute({ inputs: [x.type], attributes: { to: to as "u8" }, output });
    const wide = { ...kernel, output: { ...output, dtype: "i32" as const } };
    return Array.from(interpretKernel(wide, new Map([["x", x]])).data, Number);
  };

  it("wraps the value itself, not only what is stored", () => {
    expect(stored([-1, 0, 255, 256, 300], "u8")).toEqual([255, 0, 255, 0, 44]);
    expect(stored([-129, -128, 127, 128, 255], "i8")).toEqual([127, -128, 127, -128, -1]);
  });
});
