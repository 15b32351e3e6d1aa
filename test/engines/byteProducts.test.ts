/** Convolutions of bytes are the interpreter's integers in every engine, by the instruction that it multiplies them with and without. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execPath } from "node:process";
import { afterAll, beforeAll, expect, it } from "vitest";
import { tensor } from "../../compiler/base/tensor.js";
import { evaluateGraph } from "../../compiler/graph/evaluate.js";
import { parseDefinition } from "../../compiler/graph/text/parse.js";
import { inferShapes } from "../../compiler/infer/inferShapes.js";
import { byteConvolution, RANGES } from "../support/byteConvolution.js";
import { createRandom } from "../support/random.js";
import { findChromium, findNode24, runNode } from "./engines.js";
import { inChromium, writeSuite, type SuiteResults } from "./suite.js";
// @ts-expect-error -- what browsers import has no declarations
import { inputsOf as untyped } from "./suite/suite.mjs";

const inputsOf = untyped as (
  specs: readonly { readonly name: string; readonly length: number }[],
  seed: number,
) => Readonly<Record<string, Float32Array>>;

const COUNT = 24;
const node24 = findNode24();
const chromium = findChromium();

/** Inputs of a suite are from −4 to 4: half of them are the least or the greatest byte. */
const definition = parseDefinition(
  (() => {
    const random = createRandom(77);
    const all = Array.from({ length: COUNT }, () => byteConvolution(random));
    const lines = all.map(({ of, attributes }, i) => {
      const [least, most] = RANGES[of];
      return `  %t${i} = mul(%x${i}, @step)
  %s${i} = add(%t${i}, @${of})
  %c${i} = clip(%s${i}) {min=${least}, max=${most}}
  %r${i} = round(%c${i})
  %q${i} = cast(%r${i}) {to="${of}"}
  %a${i} = conv(%q${i}, @w${i}, @b${i}) ${attributes}`;
    });
    const inputs = all.map(({ dims }, i) => `%x${i}: f32[${dims.join(",")}]`);
    return `model bytes(${inputs.join(", ")}) {
${lines.join("\n")}
  return ${all.map((_, i) => `a${i} = %a${i}`).join(", ")}
}
@step : f32[] = [64]
@u8 : f32[] = [128]
@i8 : f32[] = [0]
${all.map(({ weights, bias }, i) => `@w${i} : ${weights}\n@b${i} : ${bias}\n`).join("")}`;
  })(),
);

/** Two runs, each output a name and its words. */
function wanted(): SuiteResults[string] {
  const graph = inferShapes(definition);
  const specs = graph.inputs.map(({ name, type }) => ({
    name,
    length: type.dims.reduce((a, b) => a * b, 1),
  }));
  return [1, 2].map((seed) => {
    const given = inputsOf(specs, seed);
    const inputs = new Map(
      graph.inputs.map(({ name, type }) => [name, tensor("f32", type.dims, given[name]!)] as const),
    );
    const values = evaluateGraph(graph, inputs);
    return graph.outputs.map(({ name, value }) => {
      const words = Array.from(values.get(value)!.data as Int32Array, (one) =>
        (Number(one) >>> 0).toString(16),
      );
      return `${name} ${words.join(" ")}`;
    });
  });
}

let folder = "";
let expected: SuiteResults = {};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "bytes-"));
  const options = { target: "wasm", wasm: "file", weights: "file", alsoPlain: true } as const;
  await writeSuite(folder, [["bytes", definition]], options);
  const runs = wanted();
  expected = { "./bytes.js": runs, "./bytes.wasm": runs };
});
afterAll(() => rm(folder, { recursive: true }));

it("are so in this Node", () => {
  expect(JSON.parse(runNode(execPath, [join(folder, "node.mjs")]))).toEqual(expected);
});

it.skipIf(node24 === undefined)("are so in Node 24", () => {
  expect(JSON.parse(runNode(node24!, [join(folder, "node.mjs")]))).toEqual(expected);
});

it.skipIf(node24 === undefined)("are so in Node 24 without instructions for four of them", () => {
  const without = ["--no-enable-avx-vnni", "--no-enable-avx-vnni-int8"];
  expect(JSON.parse(runNode(node24!, [...without, join(folder, "node.mjs")]))).toEqual(expected);
});

it.skipIf(chromium === undefined)("are so in Chromium", async () => {
  const { results } = await inChromium(chromium!, folder, "index.html", true);
  expect(results).toEqual(expected);
});
