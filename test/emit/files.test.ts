/** Files in their place: all or none, and as small as promised. */
import { mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { toJavaScript } from "../../compiler/emit/javascript.js";
import { fileStem, inComment, objectKey, typeKey, typeName } from "../../compiler/emit/names.js";
import { parseDefinition } from "../../compiler/graph/text/parse.js";
import { compile } from "../../compiler/compile.js";
import { writeFiles } from "../../compiler/emit/writeFiles.js";
import { TARGET_NAMES } from "../../compiler/targets/index.js";
import { VERSION } from "../../compiler/base/version.js";

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "files-"));
});
afterEach(() => rm(folder, { recursive: true }));

describe("writeFiles", () => {
  it("makes the folder and replaces what is there", async () => {
    const out = join(folder, "a", "b");
    await writeFiles(out, [{ path: "x.ts", content: "old" }]);
    const paths = await writeFiles(out, [
      { path: "x.ts", content: "new" },
      { path: "x.bin", content: new Uint8Array([1, 2]) },
    ]);
    expect(paths).toEqual([join(out, "x.ts"), join(out, "x.bin")]);
    expect(await readdir(out)).toEqual(["x.bin", "x.ts"]);
    expect(await readFile(join(out, "x.ts"), "utf8")).toBe("new");
  });

  it("leaves nothing behind where one file cannot be written", async () => {
    const files = [
      { path: "good.ts", content: "fine" },
      { path: "missing/bad.ts", content: "there is no such folder" },
    ];
    await expect(writeFiles(folder, files)).rejects.toThrow(/ENOENT/);
    expect(await readdir(folder)).toEqual([]);
  });

  it("says where a folder cannot be made", async () => {
    await writeFile(join(folder, "file"), "");
    await expect(writeFiles(join(folder, "file"), [])).rejects.toThrow(/EEXIST|ENOTDIR/);
  });
});

const RELU = "model r(%x: f32[2]) {\n  %y = relu(%x)\n  return y = %y\n}\n";

describe("the copied runtime", () => {
  it.each(TARGET_NAMES)(
    "for %s has every part once, imports nothing and fits 9 kB",
    async (target) => {
      const { files } = await compile(parseDefinition(RELU), { target, standalone: true });
      const source = String(files.find(({ path }) => path === "r.runtime.ts")!.content);
      expect(source).not.toMatch(/^import /m);
      expect(source).not.toMatch(/ from "\.\//);
      const names = [...source.matchAll(/^(?:export )?(?:async )?function (\w+)/gm)].map(
        (m) => m[1],
      );
      expect(new Set(names).size).toBe(names.length);
      expect(names).toEqual(expect.arrayContaining(["checkWeights", "loadWeights", "writeInputs"]));
      expect(gzipSync(toJavaScript(source)).length).toBeLessThanOrEqual(9000);
    },
  );
});

describe("names", () => {
  it.each([
    ["resnet-18", "Resnet18"],
    ["3 d", "Model3D"],
    ["", "Model"],
    ["日本", "Model"],
  ])("%j is the type %s", (name, type) => expect(typeName(name)).toBe(type));

  it.each([
    ["../../etc/passwd", "____etc_passwd"],
    ["", "model"],
    ["a b", "a_b"],
    [".hidden", "_hidden"],
    ["x".repeat(300), "x".repeat(100)],
  ])("%j is a file without folders", (name, stem) => {
    expect(fileStem(name)).toBe(stem);
  });

  it("are quoted where they must be", () => {
    expect(typeKey("logits")).toBe("logits");
    expect(typeKey("a b")).toBe('"a b"');
    expect(objectKey("__proto__")).toBe('["__proto__"]');
    expect(inComment("*/ x")).not.toContain("*/");
    expect(inComment("a\nb")).not.toContain("\n");
  });
});

it("the version is the package's", async () => {
  const manifest = await readFile(new URL("../../package.json", import.meta.url), "utf8");
  expect((JSON.parse(manifest) as { version: string }).version).toBe(VERSION);
});
