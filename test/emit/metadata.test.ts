/** What modules say of themselves: the same in every language they are written in, typed exactly, and with any text in it. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startBudget } from "../../compiler/base/budget.js";
import { compile, type CompileOptions } from "../../compiler/compile.js";
import { writeFiles } from "../../compiler/emit/writeFiles.js";
import { parseDefinition } from "../../compiler/graph/text/parse.js";
import { TARGET_NAMES } from "../../compiler/targets/index.js";
import { strictErrors } from "../support/emitted.js";

const model =
  parseDefinition(`model net(%image: f32[1,4,8,8], %picture: u8[8,8,3], %picture.size: i32[2]) {
  %a = conv(%image, @w)
  %b = conv(%a, @v)
  %flat = reshape(%b) {shape=[256]}
  %p = cast(%picture) {to="f32"}
  return b = %b, flat = %flat, p = %p, picture = %picture, picture.size = %picture.size
}
@w : f32[4,4,1,1] = seed 1 center 0 spread 1
@v : f32[4,4,1,1] = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1]
`);

/** Every way in which a text could leave a string, a comment, a line or a terminal. */
const LABELS = [
  "tench",
  '"; throw 1; "',
  "*/ throw 2 /*",
  "`${throw3}`",
  "a\nb\r\u2028\u2029",
].concat(["\\", "\u001b[31m", "\u202egnp.js", "</script>", "__proto__", "", "日本 🎉", "\ud800"]);

interface Metadata {
  readonly inputs: object;
  readonly outputs: object;
  readonly labels: readonly string[];
  readonly hash: string;
  readonly memory: Readonly<Record<string, number>>;
  readonly untrained: readonly string[];
}

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "metadata-"));
  await writeFile(join(folder, "package.json"), '{ "type": "module" }');
});
afterAll(() => rm(folder, { recursive: true }));

let count = 0;
async function built(options: CompileOptions, definition = model) {
  const name = `net${count++}`;
  const all = { ...options, name, standalone: true, js: true };
  const { files, report } = await compile(definition, all);
  const [path] = await writeFiles(folder, files);
  const metadata = (
    path!.endsWith(".cjs")
      ? createRequire(import.meta.url)(path!)
      : await import(/* @vite-ignore */ pathToFileURL(path!).href)
  ) as Metadata;
  return { metadata, report, text: String(files[0]!.content) };
}

const USE = `import { inputs, outputs, labels, hash, memory, untrained } from "./net.js";
export const type: "f32" = inputs.image.type;
export const shape: readonly [1, 4, 8, 8] = inputs.image.shape;
export const layout: "NCHW" = inputs.image.layout;
export const sizeOf: "picture" = inputs["picture.size"].sizeOf;
export const flat: readonly [256] = outputs.flat.shape;
export const texts: readonly string[] = [...labels, ...untrained, hash];
export const bytes: number = memory.total + memory.arena + memory.weights;
// @ts-expect-error nothing is known of it
export const unknown: string = outputs.flat.layout;
// @ts-expect-error it is said in words that cannot be changed
inputs.image.shape[0] = 2;
`;

describe.each(TARGET_NAMES)("a module of %s", (target) => {
  it.each(["esm", "cjs"] as const)("says what it is, as %s", async (format) => {
    const { metadata, report } = await built({ target, format, labels: LABELS });
    expect(metadata.inputs).toEqual({
      image: { type: "f32", shape: [1, 4, 8, 8], layout: "NCHW" },
      picture: { type: "u8", shape: [8, 8, 3], layout: "HWC", upTo: true },
      "picture.size": { type: "i32", shape: [2], sizeOf: "picture" },
    });
    expect(metadata.outputs).toEqual({
      b: { type: "f32", shape: [1, 4, 8, 8], layout: "NCHW" },
      flat: { type: "f32", shape: [256] },
      p: { type: "f32", shape: [8, 8, 3], layout: "HWC" },
      picture: { type: "u8", shape: [8, 8, 3], layout: "HWC" },
      "picture.size": { type: "i32", shape: [2] },
    });
    expect(metadata.labels).toEqual(LABELS);
    expect(metadata.untrained).toEqual(["w"]);
    expect(metadata.hash).toBe(report.modelHash);
    const { weights, arena, total, pages } = metadata.memory;
    expect({ weights, arena }).toEqual({ weights: report.constantBytes, arena: report.arenaBytes });
    expect(total).toBe(target === "wasm" ? 65536 * pages! : weights! + arena!);
    expect(total).toBeGreaterThanOrEqual(weights! + arena!);
  });

  it("holds no text that is more than a text", async () => {
    const { text } = await built({ target, labels: LABELS });
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e]/);
    const names = ["__proto__", "constructor", "1", "0", 'a"b', "*/", "a\nb"];
    const inputs = names.map((name) => ({ name, dtype: "f32" as const, dims: [2] }));
    const outputs = names.map((name) => ({ name, value: `%${name}` as const }));
    const hostile = { name: "net", inputs, nodes: [], outputs, constants: [] };
    const { metadata } = await built({ target }, hostile);
    expect(Object.keys(metadata.inputs).sort()).toEqual(names.toSorted());
    expect(Object.keys(metadata.outputs).sort()).toEqual(names.toSorted());
    const module = metadata as unknown as { load(): Promise<{ run(given: object): object }> };
    const given = names.map((name, i) => [name, Float32Array.of(i, i + 0.5)] as const);
    expect((await module.load()).run(Object.fromEntries(given))).toEqual(Object.fromEntries(given));
  });

  it("has types that say the same, in TypeScript and declarations", async () => {
    for (const js of [false, true]) {
      const options = { target, standalone: true, js, name: "net", labels: LABELS };
      const { files } = await compile(model, options);
      const seen = files.filter(({ path }) => path.endsWith(js ? ".d.ts" : ".ts"));
      expect(strictErrors([...seen, { path: "use.ts", content: USE }])).toEqual([]);
    }
  });

  it("has no more labels than there is room for code", async () => {
    const labels = Array.from({ length: 1000 }, () => "x".repeat(1000));
    const budget = startBudget({ code: 100_000 });
    await expect(compile(model, { target, labels, budget })).rejects.toThrow(/\[over-budget\]/);
  });
});
