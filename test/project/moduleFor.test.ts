/** What an imported model is made from: whatever of it changes, it is made again, and what nobody can see is never kept. */
import { sep } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { openCache } from "../../compiler/project/cache.js";
import { openProject, requestFor } from "../../compiler/project/findConfig.js";
import { moduleFor, type ImportedModule } from "../../compiler/project/moduleFor.js";
import { emptyFolder } from "../support/emptyFolder.js";

const { at, write } = emptyFolder();

const TEXT = `model net(%x: f32[2]) {
  %y = mul(%x, @w)
  return y = %y
}
@w : f32[2] = file "w.bin" 0
`;
const coded = (more: string, size = "2"): string => `import { linear, model } from "tilewright";
${more}
export default model("coded", { x: [1, 3] }, linear({ inFeatures: 3, outFeatures: ${size} }));
`;

interface Loaded extends ImportedModule {
  /** Whether it was compiled for that. */
  readonly made: boolean;
}

async function load(model: string, query = ""): Promise<Loaded> {
  const cache = openCache(at("cache"));
  const read: string[] = [];
  const project = await openProject(at(), cache);
  const request = requestFor(project, at(model), query);
  const module = await moduleFor({ ...request, inline: false }, cache, (path) => read.push(path));
  return { ...module, made: read.length > 0 };
}

/** Makes it of files that are some time old, and says whether it is made again behind a change. */
async function madeAgain(
  model: string,
  files: Readonly<Record<string, string | Uint8Array>>,
  change: () => void,
): Promise<boolean> {
  write(files);
  await sleep(30);
  expect((await load(model)).made).toBe(true);
  change();
  return (await load(model)).made;
}

const NET = { "net.tw": TEXT, "w.bin": new Uint8Array(8) };

describe("a model of text", () => {
  it.each<[string, boolean, () => void]>([
    ["nothing", false, () => undefined],
    ["a file that is none of its", false, () => write({ "other.bin": "" })],
    ["the model", true, () => write({ "net.tw": TEXT.replace("mul", "add") })],
    [
      "its external data",
      true,
      () => write({ "w.bin": new Uint8Array([0, 0, 128, 63, 0, 0, 0, 0]) }),
    ],
    [
      "an option beside it",
      true,
      () => write({ "net.tilewright.json": `{ "disable": ["simplify"] }` }),
    ],
    ["an option of the config", true, () => write({ "tilewright.config.json": `{ "seed": 3 }` })],
    [
      "an option of builds alone",
      false,
      () => write({ "tilewright.config.json": `{ "outDir": "x" }` }),
    ],
  ])("and a change of %s", async (_what, made, change) => {
    expect(await madeAgain("net.tw", NET, change)).toBe(made);
  });

  it("follows the labels and the weights that options name", async () => {
    const options = `{ "labels": "labels.txt" }`;
    const files = { ...NET, "net.tilewright.json": options, "labels.txt": "a\nb\n" };
    expect(await madeAgain("net.tw", files, () => write({ "labels.txt": "a\nc\n" }))).toBe(true);
    expect((await load("net.tw")).code).toContain(`"c"`);
  });

  it("is the same from the cache", async () => {
    write(NET);
    await sleep(30);
    const first = await load("net.tw", "target=wasm");
    const second = await load("net.tw", "target=wasm");
    expect({ ...second, made: true }).toEqual(first);
    expect(second.made).toBe(false);
    expect((await load("net.tw")).made).toBe(true);
  });

  it("names what was read of one that does not compile", async () => {
    write({ ...NET, "net.tw": TEXT.replace("mul", "mal") });
    const read: string[] = [];
    const cache = openCache(at("cache"));
    const request = { model: at("net.tw"), given: {}, inline: false };
    await expect(moduleFor(request, cache, (path) => read.push(path))).rejects.toThrow(/mal/);
    expect(read).toContain(at("net.tw"));
  });
});

describe("a model of code", () => {
  it.each<[string, boolean, string, () => void]>([
    ["nothing", false, "", () => undefined],
    ["a module", true, `import "./part.js";`, () => write({ "part.ts": "export const b = 1;\n" })],
    [
      "a module's module",
      true,
      `import "./part.js";`,
      () => write({ "deep/more.ts": "export {};\n\n" }),
    ],
    ["a table", true, `import t from "./t.json";\nvoid t;`, () => write({ "t.json": "[2]" })],
    ["CommonJS", true, `import "./old.cjs";`, () => write({ "old.cjs": "module.exports = 2;" })],
    ["ECMAScript", true, `import "./new.mjs";`, () => write({ "new.mjs": "export const b = 1;" })],
  ])("and a change of %s", async (_what, made, line, change) => {
    const files = {
      "net.model.ts": coded(line),
      "part.ts": `import "./deep/more.js";\nexport {};\n`,
      "deep/more.ts": "export {};\n",
      "t.json": "[1]",
      "old.cjs": "module.exports = 1;",
      "new.mjs": "export const a = 1;",
    };
    expect(await madeAgain("net.model.ts", files, change)).toBe(made);
  });

  it.each([
    `import { sep } from "node:path";\nvoid sep;`,
    `import {\n  sep,\n} from\n  'node:path';\nvoid sep;`,
    `import "node:fs";`,
    `import size from "sizes";\nvoid size;`,
    `void (await import("node:fs"));`,
    `const name = "fs";\nvoid (await import("node:" + name));`,
    "void (await import(`node:fs`));",
    `void process.env["SIZE"];`,
    `void Math.random();`,
    `const { random } = Math;\nvoid random();`,
    `void Math["random"]();`,
    `void new Date();`,
    `void globalThis;`,
    `void global;`,
    `void performance.now();`,
    `void import.meta.url;`,
    `void __dirname;`,
  ])("that has %j is never kept", async (line) => {
    write({ "net.model.ts": coded(line), "node_modules/sizes/index.js": "module.exports = 2;" });
    await sleep(30);
    expect([(await load("net.model.ts")).made, (await load("net.model.ts")).made]).toEqual([
      true,
      true,
    ]);
  });

  it("is not kept where it is JavaScript that looks elsewhere, or where a module of it does", async () => {
    const elsewhere = `import { join } from "node:path";\nexport default join;\n`;
    for (const files of [
      { "net.model.mjs": coded("void Date;"), "package.json": `{ "type": "module" }` },
      { "net.model.ts": coded(`import "./part.js";`), "part.ts": elsewhere },
    ]) {
      write(files);
      const [model] = Object.keys(files);
      await sleep(30);
      await load(model!);
      write({ "part.ts": `${elsewhere}\n` });
      expect((await load(model!)).made, model).toBe(true);
    }
  });

  it("may compute with Math", async () => {
    const line = "const size = Math.max(2, Math.floor(3.5));";
    const files = { "net.model.ts": coded(line, "size") };
    expect(await madeAgain("net.model.ts", files, () => undefined)).toBe(false);
  });
});

it("a config of code is read again where what it imports changes", async () => {
  const config = (size: number): string => `export const seed = ${size};\n`;
  const files = {
    ...NET,
    "tilewright.config.ts": `import { defineConfig } from "tilewright";
import { seed } from "./seed.js";
export default defineConfig({ seed });
`,
    "seed.ts": config(1),
  };
  expect(await madeAgain("net.tw", files, () => write({ "seed.ts": config(2) }))).toBe(true);
  const { dependencies } = await openProject(at(), openCache(at("cache")));
  expect(dependencies.map((path) => path.split(sep).at(-1)).sort()).toEqual([
    "seed.ts",
    "tilewright.config.ts",
  ]);
});
