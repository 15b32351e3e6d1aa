/** Whole networks of bytes, in both forms that quantisers write: every integer between layers is onnxruntime's. */
import { describe, expect, it, vi } from "vitest";
import { mobilenetV2 } from "../../examples/mobilenetV2.js";
import { resnet18 } from "../../examples/resnet18.js";
import { readOnnx } from "../../compiler/frontend/onnx/import.js";
import type { Tensor } from "../../compiler/base/tensor.js";
import { ENGINES, type Engine } from "../support/engine.js";
import { floatBytes, floatModel, noise } from "../support/floatModel.js";
import { openOnnx } from "../support/onnxRuntime.js";
import { loadProduct } from "../support/product.js";
import { quantize, type Quantization } from "../support/quantizer.js";
import { createRandom } from "../support/random.js";
import { SIMDS } from "../support/simd.js";

// Large modules are emitted: that they are laid out for people is looked at elsewhere.
vi.mock("prettier", () => ({ format: (source: string) => Promise.resolve(source) }));

/** TILEWRIGHT_FULL_SIZE=1 takes the networks at their full width, on every engine. */
const FULL = process.env["TILEWRIGHT_FULL_SIZE"] === "1";
const WASM = SIMDS.at(-1)!;

const networks = { mobilenetV2, resnet18 } as const;

interface Case extends Quantization {
  readonly network: keyof typeof networks;
  readonly engine: Engine;
}

const CASES: readonly Case[] = [
  { network: "mobilenetV2", dtype: "u8", form: "operators", engine: WASM },
  { network: "mobilenetV2", dtype: "u8", form: "qdq", engine: "ts" },
  { network: "resnet18", dtype: "i8", form: "operators", engine: "ts" },
  { network: "resnet18", dtype: "i8", form: "qdq", engine: WASM },
];

type Values = ReadonlyMap<string, Tensor>;

/** A quantised network and what onnxruntime makes of an image. */
async function prepare({ network, dtype, form }: Case) {
  const model = floatModel(networks[network]({ width: FULL ? 1 : 0.25, size: 32, classes: 10 }), 1);
  const image = noise(createRandom(3), model.dims);
  const quantized = await quantize(model, image, { dtype, form });
  const bytes = floatBytes(quantized, [...quantized.integers, quantized.output]);
  const inputs: Values = new Map([[model.input, image]]);
  // With all optimisations layers between DequantizeLinear and QuantizeLinear are sums of integers.
  const session = await openOnnx(bytes);
  const theirs = await session.run(inputs);
  await session.release();
  return { quantized, bytes, inputs, theirs };
}

const known = new Map<Case, ReturnType<typeof prepare>>();

function prepared(one: Case): ReturnType<typeof prepare> {
  const before = known.get(one) ?? prepare(one);
  known.set(one, before);
  return before;
}

/** Names of values with an element that is another one, and how many there are. */
function different(names: readonly string[], own: Values, theirs: Values): string[] {
  return names.flatMap((name) => {
    const [a, b] = [own.get(name)!.data, theirs.get(name)!.data];
    const count = Array.from(b, Number).filter((value, i) => value !== Number(a[i])).length;
    return count === 0 ? [] : [`${name}: ${count} of ${b.length}`];
  });
}

/** Whether a value says something: most are many numbers, not the ends of the range alone. */
function levels({ data }: Tensor): number {
  return new Set(Array.from(data, Number)).size;
}

describe("quantised networks have onnxruntime's integers", () => {
  it.each(CASES)(
    "$network as $form of $dtype on $engine",
    async (one) => {
      const { quantized, bytes, inputs, theirs } = await prepared(one);
      const { integers, output } = quantized;
      const large = integers.filter((name) => theirs.get(name)!.data.length > 256);
      expect(large.length).toBeGreaterThan(10);
      expect(large.filter((name) => levels(theirs.get(name)!) < 30)).toEqual([]);
      for (const engine of FULL ? ENGINES : [one.engine]) {
        const { run } = await loadProduct(readOnnx(bytes), engine);
        expect(different([...integers, output], run(inputs), theirs), engine).toEqual([]);
      }
    },
    600_000,
  );

  it("where nothing between the layers is looked at, too", async () => {
    const { quantized, inputs, theirs } = await prepared(CASES[2]!);
    const names = [quantized.output];
    const { run } = await loadProduct(readOnnx(floatBytes(quantized, names)), "ts");
    expect(different(names, run(inputs), theirs)).toEqual([]);
  }, 120_000);
});
