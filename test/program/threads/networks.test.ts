/** Example networks compute the same bits by one thread and by any number of them, as their users load them. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { env } from "node:process";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { networks } from "../../../examples/index.js";
import type { TensorData } from "../../../compiler/base/tensor.js";
import { compile } from "../../../compiler/compile.js";
import { writeFiles } from "../../../compiler/emit/writeFiles.js";
import { inferShapes } from "../../../compiler/infer/inferShapes.js";
import { randomInputs } from "../../aliasing/reference.js";
import { unlimited } from "../../support/unlimited.js";

// Large modules are emitted: that they are laid out for people is looked at elsewhere.
vi.mock("prettier", () => ({ format: (source: string) => Promise.resolve(source) }));

/** Networks with branches, strips, windows by Winograd's algorithm and small kernels; TILEWRIGHT_THREAD_NETWORKS=all tries all, full. */
const SOME = ["resnet18", "googlenet", "mobilenet_v3_small", "shufflenet_v2_x1_0", "unet"];
const isFull = env["TILEWRIGHT_THREAD_NETWORKS"] === "all";

interface Loaded {
  readonly threads: number;
  run(inputs: object): Readonly<Record<string, TensorData>>;
  dispose(): void;
}

let folder: string;
beforeAll(async () => (folder = await mkdtemp(join(tmpdir(), "threads-"))));
afterAll(() => rm(folder, { recursive: true }));

it.each(
  networks
    .filter(({ name }) => isFull || SOME.includes(name))
    .map((one) => [one.name, one] as const),
)(
  "%s",
  async (name, network) => {
    const definition = network.create(isFull ? {} : network.small);
    const inputs = Object.fromEntries(
      [...randomInputs(inferShapes(definition), 7)].map(([input, { data }]) => [input, data]),
    );
    // Full networks have the code of this engine, and more weights than text can hold.
    const own = isFull
      ? ({ simd: "both", weights: "file" } as const)
      : ({ simd: "plain" } as const);
    const options = { target: "wasm", standalone: true, js: true, ...own } as const;
    const load = async (threads?: number): Promise<Loaded> => {
      const build = threads === undefined ? "alone" : "threads";
      const module = (await import(pathToFileURL(join(folder, `${name}-${build}.js`)).href)) as {
        load(options?: object): Promise<Loaded>;
      };
      return module.load(threads === undefined ? {} : { threads });
    };
    const pieces = { piece: isFull ? 12_000 : 1000 };
    const shared = { threads: true, pieces } as const;
    for (const [build, more] of [
      ["alone", {}],
      ["threads", shared],
    ] as const) {
      const { files } = await compile(definition, {
        ...options,
        ...more,
        ...(isFull ? unlimited() : {}),
        name: `${name}-${build}`,
      });
      await writeFiles(folder, files);
    }
    const expected = (await load()).run(inputs);
    for (const threads of [1, 2, 3, 7]) {
      const model = await load(threads);
      await vi.waitFor(() => expect(model.threads).toBe(threads), 20_000);
      for (let i = 0; i < 3; i++) expect(model.run(inputs)).toEqual(expected);
      model.dispose();
    }
  },
  isFull ? 300_000 : 180_000,
);
