/** Kernels run as compiled code: what the interpreter says, and the bytes that emitted modules compute. */
import { describe, expect, it } from "vitest";
import { executeKernel } from "../../compiler/lower/execute.js";
import { interpretKernel } from "../../compiler/meaning/interpret.js";
import { parseDefinition } from "../../compiler/graph/text/parse.js";
import { constantTensor } from "../../compiler/graph/constants.js";
import { inferShapes } from "../../compiler/infer/inferShapes.js";
import { tensor } from "../../compiler/base/tensor.js";
import { importCompiled } from "../support/emitted.js";
import { FAMILY_NAMES, randomInputs, randomKernel } from "../support/randomKernel.js";

describe("executing kernels", () => {
  it.each(FAMILY_NAMES)("%s agrees with the interpreter", (family) => {
    for (let seed = 1; seed <= 20; seed++) {
      const { kernel, exact } = randomKernel(seed, family);
      const inputs = randomInputs(kernel, seed, "exact");
      const want = interpretKernel(kernel, inputs);
      const got = executeKernel(kernel, inputs);
      expect(got.type).toEqual(want.type);
      if (exact) expect(got.data).toEqual(want.data);
      else
        [...want.data].forEach((value, i) =>
          expect(Number(got.data[i])).toBeCloseTo(Number(value), 4),
        );
    }
  });

  it("folds to the bytes that a module computes", async () => {
    const ops = ["exp", "tanh", "erf", "log", "sigmoid", "gelu", "softplus"];
    const values = [-3.7, -1, -0, 0.3, 1.9, 12.5];
    const text = (operand: string): string =>
      `model folded(%x: f32[6]) {\n${ops.map((op) => `  %${op} = ${op}(${operand})\n`).join("")}` +
      `  return ${ops.map((op) => `${op} = %${op}`).join(", ")}, x = %x\n}\n` +
      `@c : f32[6] = [${values.map((value) => (Object.is(value, -0) ? "-0" : value)).join(", ")}]\n`;
    const folded = inferShapes(parseDefinition(text("@c")), {});
    expect(folded.nodes).toEqual([]);
    const { module } = await importCompiled(parseDefinition(text("%x")));
    const x = tensor("f32", [6], values).data;
    const computed = (await module.load()).run({ x });
    for (const { name, value } of folded.outputs) {
      if (name === "x") continue;
      const constant = folded.constants.find((one) => `@${one.name}` === value)!;
      expect(constantTensor(constant).data, name).toEqual(computed[name]);
    }
  });
});
