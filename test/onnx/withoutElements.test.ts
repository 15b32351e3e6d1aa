/** Tensors without elements as inputs, outputs and values: what is emitted agrees with onnxruntime-web. */
import { describe, expect, it, vi } from "vitest";
import { sameType } from "../../compiler/base/tensor.js";
import { readOnnx } from "../../compiler/frontend/onnx/import.js";
import { SIMDS } from "../support/simd.js";
import { runOnnx } from "../support/onnxRuntime.js";
import { loadProduct } from "../support/product.js";
import { emptyGraph } from "./emptyGraph.js";

// What is laid out for people is looked at elsewhere.
vi.mock("prettier", () => ({ format: (source: string) => Promise.resolve(source) }));

/** TILEWRIGHT_RANDOM_GRAPHS=500 runs more. */
const GRAPHS = Number(process.env["TILEWRIGHT_RANDOM_GRAPHS"] ?? 20);
const NODES = 8;

async function wrongOutputs(seed: number): Promise<string[] | undefined> {
  const { bytes, inputs, text } = emptyGraph(seed, NODES);
  const theirs = await runOnnx(bytes, inputs).catch(() => undefined);
  if (theirs === undefined) return undefined;
  const shapes = Object.fromEntries([...inputs].map(([name, { type }]) => [name, type.dims]));
  const engine = seed % 5 === 0 ? SIMDS[0]! : "ts";
  const product = await loadProduct(readOnnx(bytes, { shapes }), engine, { shapes });
  return [...product.run(inputs)].flatMap(([name, own]) => {
    const expected = theirs.get(name)!;
    const agree =
      sameType(own.type, expected.type) &&
      own.data.every((value, i) => {
        const [got, want] = [Number(value), Number(expected.data[i])];
        return Object.is(got, want) || Math.abs(got - want) <= 1e-5 * Math.max(1, Math.abs(want));
      });
    return agree
      ? []
      : [`${seed} ${name}: ${own.data.join()}, not ${expected.data.join()}\n${text}`];
  });
}

describe("values without elements", () => {
  it("agree with onnxruntime-web in random graphs", async () => {
    let refused = 0;
    for (let seed = 0; seed < GRAPHS; seed++) {
      const wrong = await wrongOutputs(seed);
      if (wrong === undefined) refused++;
      else expect(wrong).toEqual([]);
    }
    console.log(`${GRAPHS} graphs, ${refused} of them refused by onnxruntime`);
    expect(refused).toBeLessThanOrEqual(GRAPHS / 3);
  });
});
