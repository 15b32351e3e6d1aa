/** Weights in fewer bits: which are, and that modules compute what the rounded weights mean. */
import { describe, expect, it } from "vitest";
import { roundedToHalves } from "../../compiler/base/float16.js";
import { elementCount, type Tensor } from "../../compiler/base/tensor.js";
import { planModel } from "../../compiler/compile.js";
import { difference } from "../../compiler/golden/compareTensors.js";
import { drawInputs } from "../../compiler/golden/drawInputs.js";
import { constantTensor } from "../../compiler/graph/constants.js";
import { definitionOf, type Constant } from "../../compiler/graph/definition.js";
import { evaluateGraph } from "../../compiler/graph/evaluate.js";
import type { Graph } from "../../compiler/graph/graph.js";
import { parseGraph } from "../../compiler/graph/text/parse.js";
import { inferShapes } from "../../compiler/infer/inferShapes.js";
import { planProgram } from "../../compiler/program/passes.js";
import { targetNamed } from "../../compiler/targets/index.js";
import { ENGINES, targetOf } from "../support/engine.js";
import { randomModel } from "./randomModel.js";
import { WEIGHTS_TYPES, type WeightsType } from "../../compiler/passes/narrow.js";
import { narrowWeights } from "../../compiler/passes/narrowWeights.js";
import { runPass } from "../../compiler/passes/index.js";
import { executeKernel } from "../../compiler/lower/execute.js";
import { compilePrograms, execute } from "../support/execution.js";

const MODELS: Readonly<Record<string, string>> = {
  "convolutions, channels no multiple of 4, a weight of two readers": `graph g(%x: f32[1,6,5,5]) {
  %a = conv(%x, @w, @b) {pads=[1,1,1,1]} : f32[1,10,5,5]
  %r = relu(%a) : f32[1,10,5,5]
  %c = conv(%r, @v) {groups=2, strides=[2,2]} : f32[1,14,2,2]
  %d = conv(%r, @v) {groups=2, pads=[1,1,1,1]} : f32[1,14,5,5]
  %e = conv(%d, @u) {groups=14} : f32[1,14,1,1]
  %s = add(%c, %e) : f32[1,14,2,2]
  %t = convTranspose(%s, @t) {strides=[2,2]} : f32[1,7,5,5]
  return t = %t
}
@w : f32[10,6,3,3] = seed 1 center 0 spread 1
@b : f32[10] = seed 2 center 0 spread 1
@v : f32[14,5,3,3] = seed 3 center 0 spread 1
@u : f32[14,1,5,5] = seed 4 center 0 spread 1
@t : f32[14,7,3,3] = seed 5 center 0 spread 1
`,
  "a large layer that is read as it lies, with what follows it": `graph g(%x: f32[1,4103]) {
  %a = matmul(%x, @w, @b) {axis=1} : f32[1,70]
  %t = tanh(%a) : f32[1,70]
  %y = matmul(%t, @v) {axis=1} : f32[1,9]
  return y = %y
}
@w : f32[70,4103] = seed 1 center 0 spread 0.01
@b : f32[70] = seed 2 center 0 spread 1
@v : f32[9,70] = seed 3 center 0 spread 1
`,
  "a large layer of rows": `graph g(%x: f32[1,517]) {
  %y = matmul(%x, @w) : f32[1,515]
  return y = %y
}
@w : f32[517,515] = seed 1 center 0 spread 1
`,
};

/** The largest difference in units of eps by the rms of what is expected. */
function epsBetween(actual: Tensor, expected: Tensor): number {
  let [most, squares] = [0, 0];
  expected.data.forEach((want: number | bigint, i: number) => {
    most = Math.max(most, difference(Number(actual.data[i]), Number(want)));
    squares += Number(want) ** 2;
  });
  const rms = Math.sqrt(squares / elementCount(expected.type.dims));
  return most === 0 ? 0 : most / (2 ** -24 * rms);
}

/** Each graph planned for each engine's target computes what its nodes mean. */
async function expectMeaning(graphs: readonly Graph[], mostEps: number): Promise<void> {
  const cases = graphs.map((graph, i) => {
    const inputs = drawInputs(graph, i + 1);
    return { graph, inputs, values: evaluateGraph(graph, inputs, undefined, executeKernel) };
  });
  for (const engine of ENGINES) {
    const planner = targetNamed(targetOf(engine)).plannerFor({});
    const programs = graphs.map((graph) => planProgram(graph, planner));
    const executions = await compilePrograms(programs, engine);
    for (const [i, { graph, inputs, values }] of cases.entries()) {
      const outputs = execute(executions[i]!, inputs);
      for (const { name, value } of graph.outputs)
        expect(
          epsBetween(outputs.get(name)!, values.get(value)!),
          `${i} on ${engine}`,
        ).toBeLessThan(mostEps);
    }
  }
}

const narrowed = (graph: Graph, type: WeightsType, fewest?: number): Graph =>
  runPass(narrowWeights(type, fewest), graph).graph;

describe("narrow weights", () => {
  it.each(["f16", "int8"] as const)(
    "mean in modules what they do in the graph: %s",
    async (type) => {
      const graphs = Object.values(MODELS).map((text) => narrowed(parseGraph(text), type));
      await expectMeaning(graphs, 400);
    },
  );

  it("mean that in random networks, whatever their size", async () => {
    const graphs = Array.from({ length: 12 }, (_, i) =>
      narrowed(inferShapes(randomModel(i + 1)), i % 2 === 0 ? "f16" : "int8", 1),
    );
    const types = graphs.flatMap(({ constants }) => constants.map(({ type }) => type.dtype));
    expect(types.filter((dtype) => dtype === "i8").length).toBeGreaterThan(4);
    expect(types.filter((dtype) => dtype === "f16").length).toBeGreaterThan(4);
    await expectMeaning(graphs, 1000);
  });

  it.each(Object.entries(MODELS))("make another program of fewer bytes: %s", (_, text) => {
    const definition = definitionOf(parseGraph(text));
    for (const target of ["ts", "wasm"] as const) {
      const bytes = WEIGHTS_TYPES.map(
        (weightsType) => planModel(definition, { target, weightsType }).program.constantBytes!,
      );
      expect(bytes[1]! / bytes[0]!).toBeLessThan(0.6);
      expect(bytes[2]! / bytes[0]!).toBeLessThan(0.45);
    }
  });

  it("of f16 are in TypeScript the same bits as f32 that are rounded so", async () => {
    for (const text of Object.values(MODELS)) {
      const definition = definitionOf(parseGraph(text));
      const constants = definition.constants.map((constant): Constant => {
        const { data } = constantTensor(constant);
        if (data.length < 256) return constant;
        const values = roundedToHalves(data as Float32Array);
        return { ...constant, source: { kind: "data", data: values } };
      });
      const half = planModel(definition, { weightsType: "f16" });
      const wide = planModel({ ...definition, constants }, { disable: ["narrow-weights"] });
      const inputs = drawInputs(half.graph, 2);
      const [a, b] = await compilePrograms([half.program, wide.program], "ts");
      const [first, second] = [execute(a!, inputs), execute(b!, inputs)];
      for (const [name, { data }] of first) expect([...data]).toEqual([...second.get(name)!.data]);
    }
  });
});

describe("which weights", () => {
  const narrowedIn = (text: string, type: WeightsType) => {
    const { graph, log } = runPass(narrowWeights(type), parseGraph(text));
    return {
      constants: graph.constants.map(
        ({ name, type: { dtype, dims } }) => `${name} ${dtype}[${dims.join()}]`,
      ),
      nodes: graph.nodes.map(({ name, op }) => `${name} = ${op}`),
      notes: log.notes.map(({ reason }) => reason),
    };
  };

  it("are factors of what is summed up, with a scale for what is not summed", () => {
    const text = `graph g(%x: f32[1,16,4], %q: f32[1,16,4]) {
  %c = conv(%x, @w) {groups=2} : f32[1,32,2]
  %s = mul(%q, @m) : f32[1,16,4]
  %d = conv(%c, @w2) : f32[1,3,1]
  return c = %d, s = %s
}
@w : f32[32,8,3] = seed 1 center 0 spread 1
@m : f32[16,16,4] = seed 1 center 0 spread 1
@w2 : f32[3,32,2] = seed 1 center 0 spread 1
`;
    const small = text.replaceAll("f32[16,16,4] =", "f32[1,16,4] =");
    expect(narrowedIn(small, "int8")).toEqual({
      constants: ["m f32[1,16,4]", "w2 f32[3,32,2]", "w.narrow i8[32,8,3]", "w.scale f32[32,1,1]"],
      nodes: ["w.cast = cast", "w.wide = mul", "c = conv", "s = mul", "d = conv"],
      notes: [],
    });
  });

  it("keeps what is drawn where nobody asks, and says why others stay", () => {
    const text = (values: string): string => `graph g(%x: f32[1,16]) {
  %y = matmul(%x, @w) {axis=1} : f32[1,16]
  return y = %y
}
@w : f32[16,16] = ${values}
`;
    expect(narrowedIn(text("seed 1 center 0 spread 1"), "f32").nodes).toEqual(["y = matmul"]);
    const list = (last: string): string => `[${"0.5, ".repeat(255)}${last}]`;
    expect(narrowedIn(text(list("0.25")), "f32").constants).toEqual(["w.narrow f16[16,16]"]);
    expect(narrowedIn(text(list("131072")), "f32").constants).toEqual(["w.narrow bf16[16,16]"]);
    expect(narrowedIn(text(list("0.1")), "f32").constants).toEqual(["w f32[16,16]"]);
    expect(narrowedIn(text(list("100000.5")), "f16").notes).toEqual([
      "w stays f32: value 255 is 100000.5, and f16 ends at 65504",
    ]);
    expect(narrowedIn(text(list("inf")), "int8").notes).toEqual([
      "w stays f32: value 255 is Infinity",
    ]);
  });
});
