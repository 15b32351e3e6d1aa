/** The passes on random networks: values stay, graphs stay legal. */
import { describe, expect, it } from "vitest";
import { parseGraph } from "../../compiler/graph/text/parse.js";
import { printGraph } from "../../compiler/graph/text/print.js";
import { verifyGraph } from "../support/verifyGraph.js";
import { inferShapes } from "../../compiler/infer/inferShapes.js";
import { passes, runPasses } from "../../compiler/passes/index.js";
import { randomModel } from "./randomModel.js";
import { differenceInEps } from "./twin.js";

const SEEDS = Array.from({ length: 300 }, (_, i) => i + 1);
/** Folded weights are rounded once; nothing else changes but the order of sums. */
const MOST_EPS = 32;

describe("the passes on random networks", () => {
  it("keep values, stay legal, read back, and each does something", () => {
    const fired = new Map<string, number>();
    for (const seed of SEEDS) {
      const before = inferShapes(randomModel(seed));
      verifyGraph(before);
      let changed = 0;
      const after = runPasses(before, {
        observe: (name, graph, log) => {
          verifyGraph(graph);
          const text = printGraph(graph);
          expect(printGraph(parseGraph(text))).toBe(text);
          for (const { rule } of log.fired) fired.set(rule, (fired.get(rule) ?? 0) + 1);
          changed += log.fired.length;
          expect(name).not.toBe("");
        },
      });
      expect(differenceInEps(before, after, seed), `seed ${seed}`).toBeLessThan(MOST_EPS);
      if (changed > 0) expect(printGraph(after)).not.toBe(printGraph(before));
    }
    for (const rule of [
      "drop-no-op",
      "merge-reshapes",
      "silu",
      "hard-swish",
      "pad-into-conv",
      "drop-padded-taps",
      "fold-into-producer",
      "fold-into-consumer",
      "norm-to-arithmetic",
      "add-to-bias",
      "collapse",
      "conv-to-matmul",
    ]) {
      expect(fired.get(rule) ?? 0, rule).toBeGreaterThan(2);
    }
  });

  // Weights of these networks are too few to be kept in fewer bits, and no integers, and nobody asks for rounding:
  // test/passes/golden has all of it, and test/passes/quantizedSums.test.ts networks of integers with scales.
  const idle = [
    "quantized-sums",
    "fold-constants",
    "quantize-dynamically",
    "narrow-sums",
    "narrow-weights",
  ];
  const acting = passes.map((pass) => pass.name).filter((name) => !idle.includes(name));
  it.each(acting)("keep values one at a time: %s", (name) => {
    const others = passes.map((pass) => pass.name).filter((other) => other !== name);
    let different = 0;
    for (const seed of SEEDS) {
      const before = inferShapes(randomModel(seed));
      const after = runPasses(before, { disable: others });
      expect(differenceInEps(before, after, seed), `seed ${seed}`).toBeLessThan(MOST_EPS);
      if (printGraph(after) !== printGraph(before)) different++;
    }
    expect(different).toBeGreaterThan(2);
  });
});

describe("runPasses", () => {
  const graph = parseGraph(`graph g(%x: f32[2,3]) {
  %d = dropout(%x) : f32[2,3]
  %m = matmul(%d, @w) {axis=1} : f32[2,4]
  %y = add(%m, @b) : f32[2,4]
  return y = %y
}
@w : f32[4,3] = seed 1 center 0 spread 1
@b : f32[4] = [1, 2, 3, 4]
`);

  it("runs the passes in order and shows the graph after each", () => {
    const seen: string[] = [];
    runPasses(graph, {
      observe: (name, after, log) => seen.push(`${name} ${after.nodes.length} ${log.fired.length}`),
    });
    expect(seen).toEqual([
      "quantized-sums 3 0",
      "fold-constants 3 0",
      "simplify 2 1",
      "fold-batch-norm 2 0",
      "fuse-bias 1 1",
      "collapse-linear-convs 1 0",
      "rewrite-pointwise-convs 1 0",
      "quantize-dynamically 1 0",
      "narrow-sums 1 0",
      "narrow-weights 1 0",
    ]);
  });

  it("leaves out what is disabled", () => {
    const seen: string[] = [];
    const disable = ["simplify", "fuse-bias"];
    const after = runPasses(graph, { disable, observe: (name) => seen.push(name) });
    expect(seen).not.toContain("simplify");
    expect(printGraph(after)).toBe(printGraph(graph));
  });

  it("leaves alone what needs a file that is not at hand, and folds it where it is", () => {
    const text = printGraph(graph)
      .replace("add(%m, @b)", "mul(%m, @b)")
      .replace("seed 1 center 0 spread 1", 'file "w.bin" 4');
    const inFile = parseGraph(text);
    expect(runPasses(inFile).nodes.map((node) => node.op)).toEqual(["matmul", "mul"]);
    const readFile = (): Uint8Array => new Uint8Array(new Float32Array(13).buffer);
    expect(runPasses(inFile, { readFile }).nodes.map((node) => node.op)).toEqual(["matmul"]);
  });
});
