/** What a compile may take: every stage stops where its budget does, and says what would be enough. */
import { describe, expect, it } from "vitest";
import { DEFAULT_LIMITS, startBudget, type Limits } from "../../compiler/base/budget.js";
import { CompileError, type Problem } from "../../compiler/base/error.js";
import { compile } from "../../compiler/compile.js";
import { readOnnx } from "../../compiler/frontend/onnx/import.js";
import { parseDefinition } from "../../compiler/graph/text/parse.js";
import { ENGINES, targetOf } from "../support/engine.js";
import { loadProduct } from "../support/product.js";
import { onnxModel } from "../support/onnxModel.js";
import { tensor } from "../../compiler/base/tensor.js";

const problemsOf = async (run: () => unknown): Promise<readonly Problem[]> => {
  try {
    await run();
  } catch (error) {
    if (error instanceof CompileError) return error.problems;
    throw error;
  }
  return [];
};

describe("an account", () => {
  it("gives until there is no more", async () => {
    const budget = startBudget({ nodes: 3 });
    budget.spend("nodes", 2);
    budget.spend("nodes", 1);
    const problems = await problemsOf(() => budget.spend("nodes", 6, { node: "a", op: "relu" }));
    expect(problems).toMatchObject([{ code: "over-budget", node: "a", op: "relu" }]);
    expect(problems[0]!.message).toMatch(/takes 9 .*at most 3/);
    expect(problems[0]!.hint).toContain("--budget nodes=16");
  });

  it("takes nothing where it cannot afford all", () => {
    const budget = startBudget({ foldedBytes: 10, foldedOperations: 10 });
    expect(budget.afford({ foldedBytes: 5, foldedOperations: 11 })).toBe(false);
    expect(budget.afford({ foldedBytes: 10, foldedOperations: 10 })).toBe(true);
    expect(budget.afford({ foldedBytes: 1 })).toBe(false);
  });

  it("grows with every file that is read, once, but not beyond a limit that was given", () => {
    const budget = startBudget({ nodes: 5 });
    budget.receive("a", 1000);
    budget.receive("a", 1000);
    expect(budget.limit("bytes")).toBe(DEFAULT_LIMITS.bytes + 4000);
    budget.receive("b", 1000);
    expect(budget.limit("bytes")).toBe(DEFAULT_LIMITS.bytes + 8000);
    expect(budget.limit("nodes")).toBe(5);
  });

  it("is renewed with its limits and files, and nothing spent", async () => {
    const budget = startBudget({ nodes: 3 });
    budget.receive("a", 1000);
    budget.spend("nodes", 3);
    const again = budget.renew();
    again.spend("nodes", 3);
    again.receive("b", 1000);
    expect(again.limit("bytes") - budget.limit("bytes")).toBe(4000);
    expect(await problemsOf(() => budget.spend("nodes", 1))).toHaveLength(1);
  });

  it("knows the time", async () => {
    const budget = startBudget({ seconds: 0.05 });
    budget.checkTime();
    const start = process.cpuUsage();
    while (process.cpuUsage(start).user < 200_000);
    expect(await problemsOf(() => budget.checkTime({ node: "a" }))).toMatchObject([
      { code: "over-budget", node: "a" },
    ]);
  });
});

const NETWORK = `model m(%x: f32[1,3,8,8]) {
  %c = conv(%x, @w) {pads=[1,1,1,1]}
  %s = sin(%c)
  %r = resize(%s) {sizes=[16,16],mode="linear"}
  %f = exp(@k)
  %y = add(%r, %f)
  return y = %y
}
@w : f32[4,3,3,3] = seed 1 center 0 spread 1
@k : f32[4,1,1] = seed 2 center 0 spread 1
`;

const stages: readonly (readonly [keyof Limits, number, string])[] = [
  ["bytes", 100, "conv"],
  ["nodes", 6, "s"],
  ["expression", 3, "c"],
  ["code", 100, ""],
  ["seconds", 1e-9, ""],
];

describe.each(ENGINES)("for %s", (engine) => {
  const target = targetOf(engine);
  it("a network is within the default one", async () => {
    expect(await problemsOf(() => compile(parseDefinition(NETWORK), { target }))).toEqual([]);
  });

  it.each(stages)("%s beyond %s are refused", async (resource, most) => {
    const budget = startBudget({ [resource]: most });
    const problems = await problemsOf(() => compile(parseDefinition(NETWORK), { target, budget }));
    expect(problems).toMatchObject([{ code: "over-budget" }]);
    expect(problems[0]!.hint).toContain(`--budget ${resource}=`);
  });

  it.each([{ foldedBytes: 0 }, { foldedOperations: 0 }])(
    "constants that are not folded for %o are computed when the model loads",
    async (limits) => {
      const definition = parseDefinition(NETWORK);
      const run = async (some: Partial<Limits>) => {
        const product = await loadProduct(definition, engine, { budget: startBudget(some) });
        const x = Float32Array.from({ length: 192 }, (_, i) => Math.cos(i));
        const inputs = new Map([
          ["x", { type: { dtype: "f32", dims: [1, 3, 8, 8] }, data: x } as const],
        ]);
        const kernels = product.result.program.kernels.filter(({ atLoad }) => atLoad === true);
        return { kernels: kernels.length, y: product.run(inputs).get("y")!.data };
      };
      const [folded, unfolded] = [await run({}), await run(limits)];
      expect(unfolded.kernels).toBeGreaterThan(folded.kernels);
      // Folding computes in f64, WebAssembly in f32.
      folded.y.forEach((value, i) => {
        const difference = Math.abs(Number(value) - Number(unfolded.y[i]));
        expect(difference).toBeLessThanOrEqual(1e-6 * (1 + Math.abs(Number(value))));
      });
    },
  );
});

it("a shape that would have to be folded is refused with a way out", async () => {
  const bytes = onnxModel({
    inputs: { x: "f32[2,3]" },
    initializers: { a: tensor("i64", [2], [1, 2]), b: tensor("i64", [2], [2, 1]) },
    nodes: [
      { op: "Add", in: ["a", "b"], out: ["size"] },
      { op: "Expand", in: ["x", "size"], out: ["t"] },
      { op: "Reshape", in: ["x", "size"], out: ["y"] },
    ],
    outputs: ["t", "y"],
  });
  const problems = await problemsOf(() =>
    compile(readOnnx(bytes), { budget: startBudget({ foldedOperations: 0 }) }),
  );
  expect(problems.map(({ code }) => code)).toContain("needs-constant");
  expect(problems[0]!.hint).toContain("--budget folded-operations");
});
