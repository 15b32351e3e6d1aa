/** `tilewright init`: a config that lists a project's models, and a test that runs one of them. */
import { existsSync } from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import { fail } from "../base/error.js";
import { writeFiles } from "../emit/writeFiles.js";
import { quoteString } from "../base/quote.js";
import { SUGGESTED_TARGET } from "../targets/index.js";
import { stemOf } from "../project/config.js";
import { CONFIG_NAMES } from "../project/findConfig.js";
import { findModels } from "../project/findImports.js";
import type { OutputFile } from "../emit/outputFile.js";
import type { Verb } from "./verb.js";

export const init: Verb = {
  name: "init",
  argument: "[folder]",
  description: "Writes tilewright.config.ts with the models of a folder, and an example test",
  options: [],
  run: (folder, _given, { stdout }) => initialize(folder, stdout),
  runAll: (_given, { stdout }) => initialize(".", stdout),
};

async function initialize(folder: string, stdout: (text: string) => void): Promise<number> {
  const found = findModels(folder).map((path) => relative(folder, path).split("\\").join("/"));
  const models = found.length > 0 ? found : [EXAMPLE.path];
  const files: readonly OutputFile[] = [
    ...(found.length > 0 ? [] : [EXAMPLE]),
    { path: "tilewright.config.ts", content: configOf(models) },
    { path: "test/models.test.ts", content: testOf(models[0]!) },
  ];
  const taken = new Set([...CONFIG_NAMES, ...files.map(({ path }) => path)]);
  const there = [...taken].map((path) => join(folder, path)).filter((path) => existsSync(path));
  if (there.length > 0)
    fail("usage", `${there.join(" and ")} ${there.length === 1 ? "is" : "are"} there already`);
  for (const { path, content } of files) {
    const target = join(folder, path);
    await writeFiles(dirname(target), [{ path: basename(path), content }], { isOwn: () => false });
    stdout(`${target}\n`);
  }
  stdout("now: npx tilewright build && npx vitest run\n");
  return 0;
}

const OUT_DIR = "src/generated";

const EXAMPLE: OutputFile = {
  path: "models/example.model.ts",
  content: `import { conv2d, flatten, linear, maxPool2d, model, relu, sequential } from "tilewright";

export default model(
  "example",
  { image: [1, 3, 32, 32] },
  sequential([
    conv2d({ inChannels: 3, outChannels: 10, kernelSize: 5, padding: 2 }),
    relu(),
    maxPool2d({ kernelSize: 2 }),
    flatten(),
    linear({ inFeatures: 2560, outFeatures: 10 }),
  ]),
);
`,
};

function configOf(models: readonly string[]): string {
  const rows = models.map((model) => `    { model: ${quoteString(model)} },`).join("\n");
  return `import { defineConfig } from "tilewright";

export default defineConfig({
  target: "${SUGGESTED_TARGET}",
  outDir: ${quoteString(OUT_DIR)},
  models: [
${rows}
  ],
});
`;
}

function testOf(model: string): string {
  const module = quoteString(`../${OUT_DIR}/${stemOf(model)}.js`);
  return `import { expect, test } from "vitest";
import { inputs, load, outputs } from ${module};

const arrays: Record<string, new (length: number) => ArrayBufferView> = {
  f32: Float32Array,
  i32: Int32Array,
  i64: BigInt64Array,
  u8: Uint8Array,
  i8: Int8Array,
  f64: Float64Array,
  f16: Uint16Array,
  bf16: Uint16Array,
  u16: Uint16Array,
  i16: Int16Array,
  bool: Uint8Array,
};

test("the model runs", async () => {
  const model = await load();
  const zeros = Object.entries(inputs).map(([name, { type, shape }]) => {
    const length = (shape as readonly number[]).reduce((product, dim) => product * dim, 1);
    return [name, new arrays[type]!(length)];
  });
  const results = model.run(Object.fromEntries(zeros) as never);
  expect(Object.keys(results)).toEqual(Object.keys(outputs));
});
`;
}
