/** Products computed with bytes that each run rounds to: the integers are onnxruntime's, modules compute what the graph means. */
import { describe, expect, it } from "vitest";
import type { Tensor } from "../../compiler/base/tensor.js";
import { planModel } from "../../compiler/compile.js";
import { costOf } from "../../compiler/golden/weightsCost.js";
import { definitionOf } from "../../compiler/graph/definition.js";
import { evaluateGraph } from "../../compiler/graph/evaluate.js";
import type { Graph } from "../../compiler/graph/graph.js";
import { parseDefinition, parseGraph } from "../../compiler/graph/text/parse.js";
import { inferShapes } from "../../compiler/infer/inferShapes.js";
import { executeKernel } from "../../compiler/lower/execute.js";
import { exportOnnx } from "../../compiler/onnx-export/export.js";
import { decodeModel } from "../../compiler/onnx/decode.js";
import { quantizeDynamically } from "../../compiler/passes/arithmetic.js";
import { runPass } from "../../compiler/passes/index.js";
import { narrowSums } from "../../compiler/passes/narrowSums.js";
import { planProgram } from "../../compiler/program/passes.js";
import { targetNamed } from "../../compiler/targets/index.js";
import { randomInputs } from "../aliasing/reference.js";
import { ENGINES, targetOf } from "../support/engine.js";
import { compilePrograms, execute } from "../support/execution.js";
import { openOnnx } from "../support/onnxRuntime.js";
import { problemsOf } from "../support/problems.js";
import { createRandom } from "../support/random.js";
import { scrambled } from "../support/scrambled.js";
import { randomModel } from "./randomModel.js";

const MODEL = `graph g(%x: f32[2,8,7,5], %rows: f32[3,40]) {
  %padded = conv(%x, @w, @b) {pads=[1,0,1,1]} : f32[2,12,7,4]
  %open = conv(%x, @v) {groups=2, strides=[2,2]} : f32[2,10,3,2]
  %r = relu(%x) : f32[2,8,7,5]
  %positive = conv(%r, @w) {pads=[1,1,1,1], dilations=[2,1]} : f32[2,12,5,5]
  %pixels = matmul(%r, @u, @c) {axis=1} : f32[2,9,7,5]
  %layer = matmul(%rows, @t) {axis=1} : f32[3,11]
  %product = matmul(%rows, @s) : f32[3,6]
  return padded = %padded, open = %open, positive = %positive, pixels = %pixels, layer = %layer, product = %product
}
@b : f32[12] = seed 11 center 0 spread 1
@c : f32[9] = seed 12 center 0 spread 1
@s : f32[40,6] = seed 1 center 0 spread 1
@t : f32[11,40] = seed 2 center 0 spread 1
@u : f32[9,8] = seed 3 center 0 spread 1
@v : f32[10,4,3,3] = seed 4 center 0 spread 1
@w : f32[12,8,3,3] = seed 5 center 0 spread 1
`;

type Values = ReadonlyMap<string, Tensor>;

const ALL = { channels: 1, products: 1 };
const quantized = (graph: Graph): Graph =>
  runPass(quantizeDynamically(new Map(), ALL), graph).graph;

/** The same with every sum of integers as an output, and every value that was rounded. */
function withIntegers(graph: Graph): Graph {
  const integers = graph.nodes.filter(
    ({ op, type: { dtype } }) => (dtype === "i32" && /^(conv|matmul)$/.test(op)) || dtype === "u8",
  );
  const outputs = integers.map(({ name }) => ({ name: `all.${name}`, value: `%${name}` as const }));
  return { ...graph, outputs: [...graph.outputs, ...outputs] };
}

/** Each engine with what runs the graphs there, all compiled at once. */
async function* enginesOf(graphs: readonly Graph[]) {
  for (const engine of ENGINES) {
    const planner = targetNamed(targetOf(engine)).plannerFor({});
    const executions = await compilePrograms(
      graphs.map((graph) => planProgram(graph, planner)),
      engine,
    );
    const run = (i: number, inputs: Values): Values => execute(executions[i]!, inputs);
    yield [engine, run] as const;
  }
}

const KINDS: Readonly<Record<string, (value: number, i: number) => number>> = {
  "of both signs": (value) => value,
  "0 and above": (value) => Math.max(0, value),
  "below 0": (value) => -Math.abs(value),
  "the largest, and hardly below 0": (_, i) => [3e38, -1e-38, 0, 17][i % 4]!,
  "0": () => 0,
};

describe("integers of dynamic quantisation", () => {
  it("are onnxruntime's on every engine, whatever values are", async () => {
    const graph = withIntegers(quantized(parseGraph(MODEL)));
    const bytes = exportOnnx(graph);
    const written = decodeModel(bytes).graph!.node!.map(({ opType }) => opType);
    const count = (op: string): number => written.filter((one) => one === op).length;
    // The values x, r and rows, each once for all who read it.
    expect(["DynamicQuantizeLinear", "ConvInteger", "MatMulInteger", "Round"].map(count)).toEqual([
      3, 4, 2, 0,
    ]);
    const session = await openOnnx(bytes);
    const cases: (readonly [string, Values, Values])[] = [];
    for (const [kind, change] of Object.entries(KINDS)) {
      const inputs = new Map(
        [...randomInputs(graph, 3)].map(([name, { type, data }]) => [
          name,
          { type, data: (data as Float32Array).map(change) } as Tensor,
        ]),
      );
      cases.push([kind, inputs, await session.run(inputs)]);
    }
    await session.release();
    const narrow = runPass(narrowSums, graph).graph;
    const wide = narrow.nodes.filter(({ op, inputs: [x] }) => op === "conv" && x?.endsWith("wide"));
    expect(wide).toEqual([]);
    for await (const [engine, run] of enginesOf([narrow]))
      for (const [kind, inputs, theirs] of cases) {
        const ours = run(0, inputs);
        for (const { name } of graph.outputs.filter((one) => one.name.startsWith("all."))) {
          const [a, b] = [ours.get(name)!.data, theirs.get(name)!.data];
          expect([...a].map(Number), `${name} of ${kind} on ${engine}`).toEqual([...b].map(Number));
        }
      }
  });

  it("differ from f32 by what rounding costs, in another program", async () => {
    const graph = parseGraph(MODEL);
    const inputs = randomInputs(graph, 5);
    const exact = evaluateGraph(graph, inputs);
    const definition = definitionOf(graph);
    const [f32, int8] = (["f32", "int8"] as const).map((arithmetic) =>
      planModel(definition, { target: "wasm", arithmetic }),
    );
    expect(int8!.program.constantBytes! / f32!.program.constantBytes!).toBeLessThan(0.5);
    const [execution] = await compilePrograms([int8!.program], "plain");
    const outputs = execute(execution!, inputs);
    for (const { name, value } of graph.outputs) {
      const { signalToNoise } = costOf(name, outputs.get(name)!, exact.get(value)!);
      // Taps of 4 channels and sums of 8 products stay f32.
      const isExact = name === "open" || name === "pixels";
      expect(signalToNoise, name).toBeGreaterThan(isExact ? 100 : 38);
      if (!isExact) expect(signalToNoise, name).toBeLessThan(60);
    }
  });
});

describe("modules of dynamic quantisation", () => {
  it("compute what random graphs mean", async () => {
    const seeds = [1, 2, 3, 4];
    const cases = seeds.map((seed) => {
      const graph = runPass(narrowSums, quantized(inferShapes(randomModel(seed)))).graph;
      const inputs = randomInputs(graph, seed);
      const values = evaluateGraph(graph, inputs, undefined, executeKernel);
      return { seed, graph, inputs, values };
    });
    const bytes = cases.flatMap(({ graph }) =>
      graph.nodes.filter((one) => one.type.dtype === "u8"),
    );
    expect(bytes.length).toBeGreaterThan(4);
    for await (const [engine, run] of enginesOf(cases.map(({ graph }) => graph)))
      for (const [i, { seed, graph, inputs, values }] of cases.entries()) {
        const outputs = run(i, inputs);
        for (const { name, value } of graph.outputs) {
          const { relative } = costOf(name, outputs.get(name)!, values.get(value)!);
          // A sum that is rounded otherwise may be the next byte.
          expect(relative, `${name} of seed ${seed} on ${engine}`).toBeLessThan(0.02);
        }
      }
  });

  it("compute the same bits in whatever order threads take pieces", async () => {
    const large = MODEL.replace("graph", "model")
      .replaceAll("7,5]", "21,15]")
      .replace(/ : f32\[\d.*\](?=\n)/g, "");
    const { graph, program } = planModel(parseDefinition(large), {
      target: "wasm",
      threads: true,
      arithmetic: "int8",
    });
    const inputs = randomInputs(graph, 7);
    const [alone] = await compilePrograms([program], "plain");
    const expected = execute(alone!, inputs);
    const threaded = scrambled(program, 20);
    expect(threaded.shared).toBeGreaterThan(3);
    for (let order = 0; order < 3; order++)
      for (const [name, { data }] of threaded.run(inputs, createRandom(order)))
        expect(data, name).toEqual(expected.get(name)!.data);
  });
});

describe("layers that are kept", () => {
  const NETWORK = `graph g(%x: f32[1,8,6,6]) {
  %conv1 = conv(%x, @w) {pads=[1,1,1,1]} : f32[1,8,6,6]
  %bn1 = batchNorm(%conv1, @s, @s, @s, @s) : f32[1,8,6,6]
  %relu1 = relu(%bn1) : f32[1,8,6,6]
  %conv2 = conv(%relu1, @v) : f32[1,8,4,4]
  return y = %conv2
}
@s : f32[8] = [1, 2, 3, 4, 5, 6, 7, 8]
@v : f32[8,8,3,3] = seed 2 center 0 spread 1
@w : f32[8,8,3,3] = seed 1 center 0 spread 1
`;
  const sums = (keep: readonly string[], network = NETWORK): string[] =>
    planModel(definitionOf(parseGraph(network)), { arithmetic: "int8", keep })
      .graph.nodes.filter(({ op, type }) => op === "conv" && type.dtype === "i32")
      .map(({ name }) => name);

  it("are called as before passes, or as they are merged", () => {
    expect(sums([])).toEqual(["bn1.sum", "conv2.sum"]);
    expect(sums(["conv1"])).toEqual(["conv2.sum"]);
    expect(sums(["bn1"])).toEqual(["conv2.sum"]);
    expect(sums(["conv2"])).toEqual(["bn1.sum"]);
    expect(sums(["conv1", "conv2"])).toEqual([]);
    const parts = NETWORK.replaceAll("%conv1", "%stem.0").replaceAll("%conv2", "%stem.1");
    expect(sums(["stem"], parts)).toEqual([]);
    // What has the very name is meant, not what is called after it.
    const alike = NETWORK.replaceAll("%conv1", "%stem").replaceAll("%conv2", "%stem.1");
    expect(sums(["stem"], alike)).toEqual(["stem.1.sum"]);
  });

  it("have to be there", () => {
    expect(problemsOf(() => sums(["conv3", "relu1", "what"]))).toEqual([
      "[unknown-operand] 'conv3': there is no such layer to keep in f32; did you mean 'conv1'?",
      "[unknown-operand] 'what': there is no such layer to keep in f32",
    ]);
  });
});
