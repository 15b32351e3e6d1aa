/** Modules take pictures as canvases and decoders have them: in their types, and when they run. */
import { describe, expect, it } from "vitest";
import { image, model, relu, type ImageOptions } from "../../compiler/index.js";
import { compile } from "../../compiler/compile.js";
import type { Definition } from "../../compiler/graph/definition.js";
import { parseDefinition } from "../../compiler/graph/text/parse.js";
import { importCompiled, strictErrors } from "../support/emitted.js";

const net = (options: ImageOptions): Definition =>
  model("net", { photo: { dims: [1, 3, 2, 3], prepare: image(options) } }, ({ photo }) => ({
    y: relu(photo),
  }));

const bytes = parseDefinition(
  "model bytes(%x: u8[4]) {\n  %y = identity(%x)\n  return y = %y\n}\n",
);

function expectAll(values: ArrayLike<number | bigint> | undefined, value: number): void {
  expect(Array.from(values!, (one) => Number(one).toFixed(6))).toEqual(
    new Array<string>(18).fill(value.toFixed(6)),
  );
}

/** What the strictest compiler says of an application that calls `run` with this. */
async function errorsOf(definition: Definition, given: string): Promise<string[]> {
  const { files } = await compile(definition, { standalone: true, name: "net" });
  const content = `import { load } from "./net.js";\nexport const run = async (image: ImageData): Promise<void> => {
  void (await load()).run(${given});\n  void image;\n};\n`;
  return strictErrors([...files, { path: "app.ts", content }]);
}

describe("types", () => {
  it.each([
    ["{ photo: image }"],
    ["{ photo: image.data }"],
    ["{ photo: new Uint8Array(24) }"],
    ["{ photo: { data: new Uint8Array(24), width: 3, height: 2 } }"],
  ])("take %s", async (given) => {
    expect(await errorsOf(net({}), given)).toEqual([]);
    expect(await errorsOf(net({ size: { upTo: [9, 9] } }), given)).toEqual([]);
  });

  it("refuse what is no picture", async () => {
    expect(await errorsOf(net({}), "{ photo: new Float32Array(24) }")).not.toEqual([]);
    expect(await errorsOf(net({}), "{ photo: { data: image.data, width: 3 } }")).not.toEqual([]);
    expect(await errorsOf(bytes, "{ x: image }")).not.toEqual([]);
  });

  it("take the bytes of a canvas for any bytes", async () => {
    expect(await errorsOf(bytes, "{ x: image.data }")).toEqual([]);
  });
});

describe.each(["ts", "wasm"] as const)("a run of %s", (target) => {
  const photo = { data: new Uint8ClampedArray(24).fill(51), width: 3, height: 2 };

  it("takes one size", async () => {
    const { module } = await importCompiled(net({}), { target });
    const { run } = module.create();
    expectAll(run({ photo } as never)["y"], 0.2);
    expectAll(run({ photo: photo.data } as never)["y"], 0.2);
    expect(() => run({ photo: { ...photo, width: 2 } } as never)).toThrow(
      'run: picture "photo" must be 2 × 3 (height × width), got 2 × 2',
    );
  });

  it("takes any size up to one, after larger ones", async () => {
    const { module } = await importCompiled(net({ size: { upTo: [5, 4] } }), { target });
    const { run } = module.create();
    const large = { data: new Uint8Array(80).fill(255), width: 4, height: 5 };
    expectAll(run({ photo: large } as never)["y"], 1);
    expectAll(run({ photo } as never)["y"], 0.2);
    const size = Int32Array.of(5, 4);
    expectAll(run({ photo: large.data, "photo.size": size })["y"], 1);
    // Whatever is said there, no run looks outside.
    for (const wrong of [Int32Array.of(-7, 2 ** 31 - 1), Int32Array.of(0, 0)])
      expectAll(run({ photo: large.data, "photo.size": wrong })["y"], 1);
    expect(() => run({ photo: large.data })).toThrow('or "photo" { data, width, height }');
  });
});
