/** What emitted modules do with states: keep them, make them what they were, and share them with nobody. */
import { describe, expect, it, vi } from "vitest";
import type { TensorData } from "../../compiler/base/tensor.js";
import { parseDefinition } from "../../compiler/graph/text/parse.js";
import { image, prepareModel } from "../../compiler/index.js";
import { compile } from "../../compiler/compile.js";
import { TARGET_NAMES } from "../../compiler/targets/index.js";
import { importCompiled, strictErrors } from "../support/emitted.js";
import { ENGINES } from "../support/engine.js";
import { loadProduct, type ProductModel } from "../support/product.js";
import { byHand } from "./byHand.js";
import { CELL, LINE, TYPES } from "./models.js";

// That modules are laid out for people is looked at elsewhere.
vi.mock("prettier", () => ({ format: (source: string) => Promise.resolve(source) }));

const frame = (i: number): Float32Array =>
  Float32Array.from({ length: 8 }, (_, k) => Math.sin(3 * i + k));

/** Some runs, each with its own frame. */
function stream({ run }: Pick<ProductModel, "run">, from = 0, to = 4): TensorData[] {
  return Array.from({ length: to - from }, (_, i) =>
    run({ frame: frame(from + i) })["grown"]!.slice(),
  );
}

describe.each(ENGINES)("states, on %s", (engine) => {
  it("are kept from run to run, and reset", async () => {
    const hand = await byHand(CELL, engine);
    const { model, module } = await loadProduct(CELL, engine);
    const expected = [0, 1, 2, 3].map((i) => {
      const type = hand.taken[0]!.type;
      return hand.run(new Map([["frame", { type, data: frame(i) }]])).get("grown")!.data;
    });
    expect(module).toHaveProperty("states", {
      hidden: { type: "f32", shape: [1, 8] },
      memory: { type: "f32", shape: [1, 8] },
    });
    expect(stream(model)).toEqual(expected);
    expect(stream(model)).not.toEqual(expected);
    model.reset!();
    expect(stream(model)).toEqual(expected);
  });

  it("are each instance's own", async () => {
    const { module } = await loadProduct(CELL, engine);
    const [one, other] = [await module.load(), module.create()];
    const alone = stream(module.create());
    const first = stream(one, 0, 2);
    expect(stream(other)).toEqual(alone);
    one.run({ frame: frame(9) });
    other.reset!();
    expect(first).toEqual(alone.slice(0, 2));
    expect(stream(one, 2)).not.toEqual(alone.slice(2));
    expect(stream(other)).toEqual(alone);
  });

  it("are as they were after a run that throws", async () => {
    const { model } = await loadProduct(CELL, engine);
    const expected = stream(model);
    model.reset!();
    const first = stream(model, 0, 2);
    expect(() => model.run({ frame: new Float32Array(7) })).toThrow(TypeError);
    expect(() => model.run({})).toThrow(TypeError);
    expect(() => model.run({ frame: frame(7), hidden: frame(7) })).toThrow(
      'there is no input "hidden"; the inputs are "frame"',
    );
    expect([...first, ...stream(model, 2)]).toEqual(expected);
  });

  it("become what they are to be all at once", async () => {
    const { model } = await loadProduct(LINE, engine);
    const sums = [1, 2, 4, 8].map((x) =>
      model.run({ x: new Float32Array(3).fill(x) })["y"]!.slice(),
    );
    expect(sums).toEqual([
      Float32Array.of(1, 1, 1),
      Float32Array.of(3.5, 4, 4.5),
      Float32Array.of(6, 6, 6),
      Float32Array.of(12.5, 13, 13.5),
    ]);
  });

  it("are behind an input that is prepared, and have any name", async () => {
    const [h, next] = ["__proto__", "*/ exit() /*"];
    const plain = parseDefinition(`model camera(%x: f32[1,3,4,4], %"${h}": f32[1,3,4,4]) {
  %y = add(%x, %"${h}")
  state %"${h}" = "${next}"
  return "${next}" = %y, y = %y
}
`);
    const { definition } = prepareModel(plain, { x: image() });
    const { model, module } = await loadProduct(definition, engine);
    expect(Object.keys((module as unknown as { states: object }).states)).toEqual([h]);
    const x = new Uint8Array(64).fill(51);
    const seen = [1, 2, 3].map(() => model.run({ x })["y"]![0] as number);
    expect(seen.map((one) => Math.round(one / seen[0]!))).toEqual([1, 2, 3]);
    model.reset!();
    expect(model.run({ x })["y"]![0]).toBe(seen[0]);
  });

  it("are of any element type", async () => {
    const { model } = await loadProduct(TYPES, engine);
    const x = new Float32Array(2);
    const seen = [model.run({ x }, { copy: true }), model.run({ x }, { copy: true })];
    model.reset!();
    expect(model.run({ x })).toEqual(seen[0]);
    expect(seen.map(({ f: _, ...rest }) => rest)).toEqual([
      {
        ...{ nn: BigInt64Array.of(42n, -42n), ii: Int32Array.of(-1, 1), uu: Uint8Array.of(7, 0) },
        ...{ ss: Int8Array.of(-7, -128), pp: Uint8Array.of(0, 1) },
      },
      {
        ...{ nn: BigInt64Array.of(43n, -43n), ii: Int32Array.of(-2, 2), uu: Uint8Array.of(7, 0) },
        ...{ ss: Int8Array.of(-7, -128), pp: Uint8Array.of(1, 0) },
      },
    ]);
  });
});

describe.each(TARGET_NAMES)("a module with states for %s", (target) => {
  it("stands alone", async () => {
    const { module } = await importCompiled(CELL, { target, weights: "file" });
    const model = (await module.load()) as ProductModel;
    const seen = stream(model);
    model.reset!();
    expect(stream(model)).toEqual(seen);
  });
});

it("a module with states says so in its types", async () => {
  const { files } = await compile(CELL, { format: "cjs", standalone: true });
  const [, types] = files;
  expect(types!.path).toBe("cell.d.cts");
  expect(types!.content).toContain("reset(): void;");
  const use = {
    path: "use.ts",
    content: `import { load, states, type Cell } from "./cell.cjs";
export async function use(frame: Float32Array): Promise<Float32Array> {
  const model: Cell = await load();
  const { grown } = model.run({ frame });
  const shape: readonly [1, 8] = states.hidden.shape;
  if (shape.length > 2) model.reset();
  return grown;
}
// @ts-expect-error: no run takes a state.
export const wrong = (model: Cell, frame: Float32Array) => model.run({ frame, hidden: frame });
`,
  };
  expect(
    strictErrors([types!, use], { isolatedDeclarations: false, lib: ["lib.es2022.d.ts"] }),
  ).toEqual([]);
});
