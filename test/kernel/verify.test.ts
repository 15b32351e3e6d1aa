import { describe, expect, it } from "vitest";
import { kernelProblems } from "../../compiler/kernel/verify.js";
import { opKernels } from "../support/opKernels.js";

describe("kernelProblems", () => {
  it("finds nothing wrong with the kernels of ops", () => {
    const kernels = opKernels();
    expect(kernels.length).toBeGreaterThan(300);
    for (const { title, kernel } of kernels) expect(kernelProblems(kernel), title).toEqual([]);
  });
});
