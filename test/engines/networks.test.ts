/** Whole example networks in Node and in a browser, as WebAssembly with and without relaxed SIMD, and on onnxruntime-web. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { mobilenetV2 } from "../../examples/mobilenetV2.js";
import { resnet18 } from "../../examples/resnet18.js";
import { squeezenet1_1 } from "../../examples/squeezenet1_1.js";
import { exportOnnx } from "../../compiler/onnx-export/export.js";
import { inferShapes } from "../../compiler/infer/inferShapes.js";
import type { Tensor } from "../../compiler/base/tensor.js";
import { runOnnx } from "../support/onnxRuntime.js";
import { findChromium, findNode24, runNode } from "./engines.js";
import { inChromium, writeSuite, type SuiteModel, type SuiteResults } from "./suite.js";
// @ts-expect-error -- what browsers import has no declarations
import { inputsOf as untyped } from "./suite/suite.mjs";

const inputsOf = untyped as (
  specs: readonly { readonly name: string; readonly length: number }[],
  seed: number,
) => Readonly<Record<string, Float32Array>>;

const node24 = findNode24();
const chromium = findChromium();
const newer = node24 === undefined ? "Node 24 (absent: npm run engines)" : "Node 24";
const browser = chromium === undefined ? "Chromium (absent: install it)" : "Chromium";

const MODELS: readonly SuiteModel[] = [
  ["mobilenet_v2", mobilenetV2()],
  ["squeezenet1_1", squeezenet1_1()],
  ["resnet18", resnet18()],
];
const NAMES = MODELS.map(([name]) => name);

let folder = "";
let expected: SuiteResults = {};
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "networks-"));
  const files = { weights: "file", wasm: "file" } as const;
  await writeSuite(folder, MODELS, { target: "wasm", ...files, alsoPlain: true });
  expected = resultsOf(process.execPath);
});
afterAll(() => rm(folder, { recursive: true }));

function resultsOf(node: string): SuiteResults {
  return JSON.parse(runNode(node, [join(folder, "node.mjs")])) as SuiteResults;
}

/** The numbers of `logits 3f800000 …`. */
function numbersOf(text: string): Float32Array {
  const [, ...words] = text.split(" ");
  return new Float32Array(new Uint32Array(words.map((word) => parseInt(word, 16))).buffer);
}

/** Largest difference over the rms of the second. */
function distance(a: Float32Array, b: Float32Array): number {
  const rms = Math.sqrt(b.reduce((sum, x) => sum + x * x, 0) / b.length);
  return b.reduce((most, x, i) => Math.max(most, Math.abs(x - a[i]!)), 0) / rms;
}

/** Sums of f32 in another order, through all layers. */
const TOLERANCE = 1e-4;

describe("whole networks", () => {
  it("agree with onnxruntime-web, and move with their input", async () => {
    for (const [name, definition] of MODELS) {
      const graph = inferShapes(definition, {});
      const [{ type, name: input }] = graph.inputs as [(typeof graph.inputs)[number]];
      const length = type.dims.reduce((product, dim) => product * dim, 1);
      const [first, second] = expected[`./${name}.wasm`]!.map(([text]) => numbersOf(text!));
      const { [input]: data } = inputsOf([{ name: input, length }], 1);
      const inputs = new Map<string, Tensor>([[input, { type, data: data! }]]);
      const [logits] = (await runOnnx(exportOnnx(graph), inputs)).values();
      expect(distance(first!, logits!.data as Float32Array), name).toBeLessThan(TOLERANCE);
      expect(distance(second!, first!), name).toBeGreaterThan(0.1);
    }
  });

  it.skipIf(node24 === undefined)(`give the same bits without relaxed SIMD in ${newer}`, () => {
    const results = resultsOf(node24!);
    for (const name of NAMES) {
      expect(results[`./${name}.wasm`]).toEqual(expected[`./${name}.wasm`]);
      expectFused(results, name);
    }
  });

  it.skipIf(chromium === undefined)(
    `give the same bits without relaxed SIMD in ${browser}`,
    async () => {
      const { results, requested } = await inChromium(chromium!, folder, "index.html", true);
      for (const name of NAMES) {
        expect(results[`./${name}.wasm`]).toEqual(expected[`./${name}.wasm`]);
        expect([...requested]).toContain(`/${name}.weights.bin`);
        expect([...requested]).toContain(`/${name}.relaxed.wasm`);
        expectFused(results, name);
      }
    },
  );
});

/** With relaxed SIMD other bits, and hardly other numbers. */
function expectFused(results: SuiteResults, name: string): void {
  const [fused, plain] = [`./${name}.js`, `./${name}.wasm`].map((key) => results[key]!);
  fused!.forEach(([text], i) => {
    const far = distance(numbersOf(text!), numbersOf(plain![i]![0]!));
    expect(far, name).toBeGreaterThan(0);
    expect(far, name).toBeLessThan(TOLERANCE);
  });
}
