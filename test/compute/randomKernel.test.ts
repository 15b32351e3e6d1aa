/** Random kernels, which other tests draw: legal, small, and the same wherever their orders say so. */
import { describe, expect, it } from "vitest";
import { interpretKernel } from "../../compiler/meaning/interpret.js";
import { kernelProblems } from "../../compiler/compute/verify/index.js";
import { elementCount } from "../../compiler/base/tensor.js";
import { FAMILY_NAMES, randomInputs, randomKernel } from "../support/randomKernel.js";

describe.each(FAMILY_NAMES)("random %s kernels", (family) => {
  const seeds = Array.from({ length: 150 }, (_, seed) => seed);

  it("are legal, small, and the same for the same seed", () => {
    for (const seed of seeds) {
      const { kernel } = randomKernel(seed, family);
      expect(kernelProblems(kernel), `seed ${seed}`).toEqual([]);
      expect(elementCount(kernel.output.dims)).toBeLessThan(20000);
      expect(randomKernel(seed, family).kernel).toEqual(kernel);
    }
    const texts = seeds.map((seed) => JSON.stringify(randomKernel(seed, family).kernel));
    expect(new Set(texts).size).toBeGreaterThan(60);
  });

  it("evaluate, to the same bits in any order where they say so", () => {
    let exactOnes = 0;
    let varied = 0;
    for (const seed of seeds.slice(0, 40)) {
      const { kernel, exact } = randomKernel(seed, family);
      interpretKernel(kernel, randomInputs(kernel, seed, "special"));
      const inputs = randomInputs(kernel, seed);
      const result = interpretKernel(kernel, inputs);
      if (new Set(result.data as Iterable<unknown>).size > 1) varied++;
      if (!exact) continue;
      exactOnes++;
      const computes = kernel.computes.map((compute) => ({
        ...compute,
        axes: [...compute.axes].reverse(),
        reduce: [...compute.reduce].reverse(),
      }));
      const reversed = interpretKernel({ ...kernel, computes }, inputs);
      expect(reversed.data, `seed ${seed}`).toEqual(result.data);
    }
    expect(varied).toBeGreaterThan(10);
    // Exponentials, and words of fractions.
    expect(exactOnes > 0 || ["softmax", "words"].includes(family)).toBe(true);
  });
});
