/** Files in their place: all or none, and as small as promised. */
import { mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { fileStem, inComment, objectKey, typeKey, typeName } from "../../compiler/emit/names.js";
import { parseDefinition } from "../../compiler/graph/text/parse.js";
import { compile } from "../../compiler/compile.js";
import { writeFiles } from "../../compiler/emit/writeFiles.js";
import { VERSION } from "../../compiler/base/version.js";

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "files-"));
});
afterEach(() => rm(folder, { recursive: true }));

describe("writeFiles", () => {
  it("makes the folder and replaces what is there where it is asked to", async () => {
    const out = join(folder, "a", "b");
    await writeFiles(out, [{ path: "x.ts", content: "old" }]);
    const files = [
      { path: "x.ts", content: "new" },
      { path: "x.bin", content: new Uint8Array([1, 2]) },
    ];
    await expect(writeFiles(out, files)).rejects.toThrow(/x\.ts was not written by Tilewright/);
    const paths = await writeFiles(out, files, { force: true });
    expect(paths).toEqual([join(out, "x.ts"), join(out, "x.bin")]);
    expect(await readdir(out)).toEqual(["x.bin", "x.ts"]);
    expect(await readFile(join(out, "x.ts"), "utf8")).toBe("new");
  });

  it.each([
    ["a folder in a name", "missing/bad.ts", /no name of a file/],
    ["a name that is too long", `${"x".repeat(255)}.ts`, /the name is too long/],
  ])("leaves nothing behind after %s", async (_, path, reason) => {
    const files = [
      { path: "good.ts", content: "fine" },
      { path, content: "never" },
    ];
    await expect(writeFiles(join(folder, "new", "er"), files)).rejects.toThrow(reason);
    expect(await readdir(folder)).toEqual([]);
  });

  it("says where a folder cannot be made", async () => {
    await writeFile(join(folder, "file"), "");
    await expect(writeFiles(join(folder, "file"), [])).rejects.toThrow(
      /cannot make the folder .*file: something else of this name is there/,
    );
  });
});

const RELU = "model r(%x: f32[2]) {\n  %y = relu(%x)\n  return y = %y\n}\n";

describe("names", () => {
  it.each(["", "../x", "a b", "a..b", "con", "x.weights", "x.d", "x".repeat(181), "é"])(
    "that are asked for are refused where no file can be called so: %j",
    async (name) => {
      const compiled = compile(parseDefinition(RELU), { name });
      await expect(compiled).rejects.toThrow(/^\[usage\] the name '/);
    },
  );

  it("that are asked for are kept as they are", async () => {
    const name = "x".repeat(180);
    const { files } = await compile(parseDefinition(RELU), { name, target: "wasm", wasm: "file" });
    expect(files.map(({ path }) => path)).toContain(`${name}.relaxed.wasm`);
    expect(await writeFiles(folder, files)).toHaveLength(files.length);
  });

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
    ["con", "_con"],
    ["net.weights", "_net_weights"],
    ["net.worker", "_net_worker"],
  ])("%j is a file without folders", (name, stem) => {
    expect(fileStem(name)).toBe(stem);
  });

  it("that are long are not cut to the same", () => {
    const [one, other] = [fileStem(`${"x".repeat(300)}1`), fileStem(`${"x".repeat(300)}2`)];
    expect(one).not.toBe(other);
    expect(one).toHaveLength(100);
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
