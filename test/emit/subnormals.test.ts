/** Subnormal weights are zeros in a module, unless it is told to keep them or something else than a product reads them. */
import { expect, it } from "vitest";
import { writeFile } from "node:fs/promises";
import type { CompileOptions } from "../../compiler/compile.js";
import { parseDefinition } from "../../compiler/graph/text/parse.js";
import type { Constant, Definition } from "../../compiler/graph/definition.js";
import { tensor } from "../../compiler/base/tensor.js";
import { command } from "../support/commandLine.js";
import { ENGINES, type Engine } from "../support/engine.js";
import { onnxModel } from "../support/onnxModel.js";
import { loadProduct } from "../support/product.js";
import { modelFolder } from "../cli/modelFolder.js";

const at = modelFolder();

const [LEAST_NORMAL, MOST_SUBNORMAL] = [2 ** -126, 2 ** -126 - 2 ** -149];
const HUGE = 2 ** 120;

/** One weight of each kind for an input of its own; `scale`, as small, is no factor of a sum. */
const WEIGHTS = [0.5, -(2 ** -149), MOST_SUBNORMAL, LEAST_NORMAL, -LEAST_NORMAL, 2 ** -130, 0, 1];

function definition(shared = false): Definition {
  const { constants, ...rest } = parseDefinition(`model small(%x: f32[1,8], %z: f32[1,8]) {
  %y = matmul(%x, @w)
  %s = mul(%z, @scale)
  ${shared ? "%other = mul(@w, %y)" : ""}
  return y = %y, s = %s${shared ? ", other = %other" : ""}
}
@w : f32[8,1] = seed 1 center 0 spread 1
@scale : f32[1,8] = seed 1 center 0 spread 1
`);
  const values: Readonly<Record<string, readonly number[]>> = {
    w: WEIGHTS,
    scale: WEIGHTS.map(() => 2 ** -140),
  };
  const filled = constants.map((one): Constant => ({
    ...one,
    source: { kind: "data", data: Float32Array.from(values[one.name]!) },
  }));
  return { ...rest, constants: filled };
}

/** What each weight is to the module: it is asked with a huge number, one at a time. */
async function seen(engine: Engine, options: CompileOptions = {}, shared = false) {
  const { run, result } = await loadProduct(definition(shared), engine, options);
  const z = tensor("f32", [1, 8], new Array<number>(8).fill(HUGE));
  const weights = WEIGHTS.map((_, i) => {
    const x = WEIGHTS.map((__, j) => (i === j ? HUGE : 0));
    return (
      Number(
        run(
          new Map([
            ["x", tensor("f32", [1, 8], x)],
            ["z", z],
          ]),
        ).get("y")!.data[0],
      ) / HUGE
    );
  });
  const scaled = run(
    new Map([
      ["x", z],
      ["z", z],
    ]),
  ).get("s")!.data;
  expect([...(scaled as Float32Array)]).toEqual(new Array(8).fill(2 ** -20));
  return {
    weights,
    report: result.report.flushed,
    text: result.files.map(String).join("") + String(result.files[0]!.content),
  };
}

it.each(ENGINES)("become zeros, and that is said, on %s", async (engine) => {
  const { weights, report, text } = await seen(engine);
  expect(weights.map(Math.abs)).toEqual([0.5, 0, 0, LEAST_NORMAL, LEAST_NORMAL, 0, 0, 1]);
  expect(report).toEqual({ numbers: 3, constants: ["w.transposed"] });
  expect(text).toContain("Flushed: 3 subnormal weights are zeros (w.transposed)");
});

it("are kept where that is asked for", async () => {
  const { weights, report, text } = await seen("ts", { subnormals: "keep" });
  expect(weights).toEqual(WEIGHTS);
  expect(report).toEqual({ numbers: 0, constants: [] });
  expect(text).toContain("--subnormals keep");
  expect(text).not.toContain("Flushed");
});

it("are kept for whatever else reads them", async () => {
  const { run } = await loadProduct(definition(true), "ts");
  const x = tensor("f32", [1, 8], [0, 0, 0, 0, 0, 0, 0, HUGE]);
  const inputs = new Map([
    ["x", x],
    ["z", x],
  ]);
  const data = run(inputs).get("other")!.data as Float32Array;
  expect(Array.from(data, (value) => value / HUGE)).toEqual(WEIGHTS);
});

it("are counted by a build, which takes the option", async () => {
  const file = at("small.onnx");
  const onnx = onnxModel({
    inputs: { x: "f32[1,2]" },
    initializers: { weight: tensor("f32", [2, 1], [1e-40, 1]) },
    nodes: [{ op: "MatMul", in: ["x", "weight"], out: ["y"] }],
    outputs: { y: "f32[1,1]" },
  });
  await writeFile(file, onnx);
  const build = (...options: string[]) => command("build", file, "--out-dir", at("."), ...options);
  const line = /^1 subnormal weight is a zero \(\S+\); --subnormals keep leaves them$/m;
  expect((await build()).stdout).toMatch(line);
  expect((await build("--subnormals", "keep")).stdout).not.toContain("subnormal");
  expect((await build("--subnormals", "never")).code).toBe(2);
});
