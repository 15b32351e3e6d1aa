/** Kernels over constants alone run once: a module computes with what they made, in every run. */
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { startOf } from "../../compiler/emit/emission.js";
import { parseDefinition } from "../../compiler/graph/text/parse.js";
import { tensor } from "../../compiler/base/tensor.js";
import type { CompileResult } from "../../compiler/compile.js";
import { ENGINES, type Engine } from "../support/engine.js";
import { loadProduct, steadyRun } from "../support/product.js";
import { createRandom } from "../support/random.js";

/** A product of matrices of this size is too long to be folded while shapes are inferred. */
const SIZE = 512;

const random = createRandom(5);
const values = (count: number): Float32Array =>
  Float32Array.from({ length: count }, () => random.int(-8, 8) / 8);
const [w, v] = [values(SIZE * SIZE), values(SIZE * SIZE)];

const definition = {
  ...parseDefinition(`model product(%x: f32[1,${SIZE}], %unread: f32[1,${SIZE}]) {
  %p = matmul(@w, @v)
  %y = matmul(%x, %p)
  return y = %y
}
@w : f32[${SIZE},${SIZE}] = seed 1 center 0 spread 1
@v : f32[${SIZE},${SIZE}] = seed 1 center 0 spread 1
`),
  constants: [["w", w] as const, ["v", v] as const].map(([name, data]) => ({
    name,
    type: { dtype: "f32" as const, dims: [SIZE, SIZE] },
    source: { kind: "data" as const, data },
  })),
};

/** A row times a matrix. */
function times(row: Float64Array, matrix: Float32Array): Float64Array {
  return Float64Array.from({ length: SIZE }, (_, j) =>
    row.reduce((sum, one, k) => sum + one * matrix[k * SIZE + j]!, 0),
  );
}

describe.each(ENGINES)("what runs at load, on %s", (engine) => {
  it("is there in every run", async () => {
    const product = await loadProduct(definition, engine, { weights: "file" });
    const { program, files } = product.result;
    // The values fit 16 bits: both are widened, then multiplied.
    const atLoad = program.kernels.map((kernel) => kernel.atLoad ?? false);
    expect(atLoad).toEqual([true, true, true, false]);
    expect(files.map(({ content }) => content).join("\n")).toContain("(at load) p");
    for (let run = 0; run < 2; run++) {
      const x = values(SIZE);
      const inputs = new Map([
        ["x", tensor("f32", [1, SIZE], x)],
        // It is written in every run all the same, where nothing that was made at load may lie.
        ["unread", tensor("f32", [1, SIZE], values(SIZE))],
      ]);
      const y = steadyRun(product, inputs).get("y")!.data;
      const expected = times(times(Float64Array.from(x), w), v);
      const rms = Math.hypot(...expected) / Math.sqrt(SIZE);
      expected.forEach((one, j) => expect(Math.abs(Number(y[j]) - one)).toBeLessThan(1e-5 * rms));
    }
  });
});

/** Slowly enough for code to be there before most of it. */
function inPieces(bytes: Uint8Array): Response {
  let from = 0;
  const stream = new ReadableStream({
    async pull(controller) {
      await sleep(2);
      controller.enqueue(bytes.slice(from, (from += 100_000)));
      if (from >= bytes.length) controller.close();
    },
  });
  return new Response(stream);
}

describe("constants that are read at load alone", () => {
  const compiled = (engine: Engine, disable: readonly string[]) =>
    loadProduct(definition, engine, { weights: "file", disable });
  const inputs = new Map([
    ["x", tensor("f32", [1, SIZE], values(SIZE))],
    ["unread", tensor("f32", [1, SIZE], values(SIZE))],
  ]);

  it("lie in the arena of WebAssembly, and nothing changes but how much memory there is", async () => {
    const [on, off] = [await compiled("plain", []), await compiled("plain", ["overlay-constants"])];
    const bytesOf = ({ report }: CompileResult): number =>
      report.arenaBytes + report.constantBytes - report.overlaidBytes;
    // Both weights, in 16 bits.
    expect(on.result.report.overlaidBytes).toBe(4 * SIZE * SIZE);
    expect(off.result.report.overlaidBytes).toBe(0);
    expect(bytesOf(on.result)).toBeLessThanOrEqual(bytesOf(off.result) - 4 * SIZE * SIZE);
    for (let run = 0; run < 2; run++) expect(on.run(inputs)).toEqual(off.run(inputs));
    // Whoever has weights at hand keeps them.
    const weights = on.result.files.find(({ path }) => path.endsWith(".bin"))!;
    const code = on.result.files.find(({ path }) => path.endsWith(".wasm"))!;
    const bytes = new Uint8Array(weights.content as Uint8Array);
    for (let time = 0; time < 2; time++) {
      const model = on.module.create(bytes, code.content);
      const given = Object.fromEntries([...inputs].map(([name, { data }]) => [name, data]));
      expect(model.run(given)["y"]).toEqual(on.run(inputs).get("y")!.data);
    }
    expect(Buffer.compare(bytes, weights.content as Uint8Array)).toBe(0);
  });

  it("are used while the others are still on their way, once each, and no sooner", async () => {
    const { result, run } = await compiled("plain", []);
    const contentOf = (ending: string) =>
      result.files.find(({ path }) => path.endsWith(ending))!.content as Uint8Array<ArrayBuffer>;
    const [source, weights] = [String(result.files[0]!.content), contentOf(".bin")];
    const [pages, arena, start] = [/pages: (\d+)/, /ARENA_START = (\d+)/, /start: (\d+)/].map(
      (pattern) => Number(pattern.exec(source)![1]),
    );
    const memory = new WebAssembly.Memory({ initial: pages!, maximum: pages! });
    const module = new WebAssembly.Module(contentOf(".wasm"));
    const { exports } = new WebAssembly.Instance(module, { env: { memory } });
    const load = exports["load"] as (end: number) => void;
    const bytes = new Uint8Array(memory.buffer);
    const changes: boolean[] = [];
    // In quarters: of the first constant of two, all of it, of the second.
    for (let from = 0; from < weights.length; from += SIZE * SIZE) {
      bytes.set(weights.subarray(from, from + SIZE * SIZE), start! + from);
      const before = bytes.slice();
      load(start! + Math.min(weights.length, from + SIZE * SIZE));
      changes.push(Buffer.compare(bytes, before) !== 0);
    }
    expect(changes).toEqual([false, true, false, true]);
    const before = bytes.slice();
    load(-1);
    expect(Buffer.compare(bytes, before)).toBe(0);
    const x = result.program.inputs.find(({ name }) => name === "x")!;
    const place = arena! / 4 + startOf(x, result.program);
    new Float32Array(memory.buffer).set(inputs.get("x")!.data as Float32Array, place);
    (exports["run"] as () => void)();
    const [y] = result.program.outputs;
    const found = new Float32Array(memory.buffer, arena! + 4 * startOf(y!, result.program), SIZE);
    expect(found).toEqual(run(inputs).get("y")!.data);
  });

  it.each([
    [true, []],
    [false, []],
    [true, ["overlay-constants"]],
  ])("arrive piece by piece as all at once; checked: %s, without %s", async (verify, disable) => {
    const { result, module, run } = await compiled("plain", disable);
    const [weights, wasm] = [".bin", ".wasm"].map(
      (ending) => result.files.find(({ path }) => path.endsWith(ending))!.content as Uint8Array,
    );
    const load = (bytes: Uint8Array) =>
      module.load({ weights: inPieces(bytes), wasm: wasm!, verify } as object);
    const model = await load(weights!);
    const given = Object.fromEntries([...inputs].map(([name, { data }]) => [name, data]));
    expect(model.run(given)["y"]).toEqual(run(inputs).get("y")!.data);
    // Code that comes later than much of them.
    let give: (code: Uint8Array) => void;
    const late = await module.load({
      weights: inPieces(weights!),
      wasm: new Promise<Uint8Array>((resolve) => (give = resolve)),
      verify,
      onProgress: ({ loaded, total }: { readonly loaded: number; readonly total: number }) => {
        if (loaded > total / 2) give(wasm!);
      },
    } as object);
    expect(late.run(given)["y"]).toEqual(run(inputs).get("y")!.data);
    const half = weights!.slice(0, weights!.length / 2 + 100);
    await expect(load(half)).rejects.toThrow(`got ${half.length} bytes, expected`);
    const page = new TextEncoder().encode("<!DOCTYPE html>".padEnd(half.length));
    await expect(load(page)).rejects.toThrow("got an HTML page");
    const damaged = weights!.slice();
    damaged[damaged.length - 1]! ^= 1;
    if (verify) await expect(load(damaged)).rejects.toThrow(/of hash .* undamaged\?/);
  });

  it("stay where they are in TypeScript, which reads them where the caller has them", async () => {
    expect((await compiled("ts", [])).result.report.overlaidBytes).toBe(0);
  });
});
