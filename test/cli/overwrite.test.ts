/** What build may write over: what the same model left, and nothing else without leave. */
import { link, mkdir, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { TARGET_NAMES } from "../../compiler/targets/index.js";
import { command } from "../support/commandLine.js";
import { expectRefusal, folder, good, modelOf } from "./overwritten.js";

describe.each(TARGET_NAMES)("build for %s", (target) => {
  const build = (...args: readonly string[]) =>
    command("build", "--target", target, "--weights", "file", ...args);

  it("replaces what the same model left: retrained, of other layers and of another size", async () => {
    const at = await folder({ "small.tw": modelOf() });
    for (const source of [{}, { weights: "3, 4" }, { op: "mul" }]) {
      await writeFile(at("small.tw"), modelOf(source));
      expect(await build(at("small.tw"), "--out-dir", at("out"))).toMatchObject(good);
    }
    await writeFile(at("small.tw"), modelOf().replaceAll("[2]", "[3]").replace("1, 2", "1, 2, 3"));
    expect(await build(at("small.tw"), "--out-dir", at("out"))).toMatchObject(good);
    await rm(at("out", "small.ts"));
    expect(await build(at("small.tw"), "--out-dir", at("out"), "--js")).toMatchObject({ code: 2 });
  });

  it("names files after the model's file, and writes the same bytes in every folder", async () => {
    const [one, other] = [await folder({}), await folder({})];
    for (const at of [one, other]) {
      await writeFile(at("net.tw"), modelOf({ name: "inner" }));
      expect(await build(at("net.tw"), "--out-dir", at())).toMatchObject(good);
    }
    expect(await readFile(one("net.ts"))).toEqual(await readFile(other("net.ts")));
    expect(await readFile(one("net.ts"), "utf8")).toMatch(
      /^\/\*\n \* inner, compiled by Tilewright .*\n \* Source: net\.tw [0-9a-f]{16}\n/,
    );
  });

  it.each([
    ["another name inside", { name: "other" }],
    ["another input", { input: "z" }],
    ["another element type", { dtype: "i32" }],
  ])("refuses the output of a model with %s, and says whose it is", async (_, source) => {
    const [at, elsewhere] = [
      await folder({ "small.tw": modelOf() }),
      await folder({ "small.tw": modelOf(source) }),
    ];
    expect(await build(elsewhere("small.tw"), "--out-dir", at("out"))).toMatchObject(good);
    const before = await readFile(at("out", "small.ts"), "utf8");
    const refused = await build(at("small.tw"), "--out-dir", at("out"));
    expectRefusal(
      refused,
      /small\.ts is of another model, \w+ from small\.tw; .*name.*folder.*--force/,
    );
    expect(await readFile(at("out", "small.ts"), "utf8")).toBe(before);
    expect(await build(at("small.tw"), "--out-dir", at("out"), "--force")).toMatchObject(good);
    expect(await readFile(at("out", "small.ts"), "utf8")).not.toBe(before);
  });

  it("refuses the output of a model of another file under the same name", async () => {
    const at = await folder({ "a.tw": modelOf(), "b.tw": modelOf() });
    expect(await build(at("a.tw"), "--out-dir", at("out"), "--name", "m")).toMatchObject(good);
    const refused = await build(at("b.tw"), "--out-dir", at("out"), "--name", "m");
    expectRefusal(refused, /m\.ts is of another model, small from a\.tw/);
  });

  it.each(["small.ts", "small.weights.bin"])(
    "refuses a %s that somebody else wrote",
    async (name) => {
      const at = await folder({ "small.tw": modelOf(), [name]: "mine" });
      expectRefusal(
        await build(at("small.tw"), "--out-dir", at()),
        /was not written by Tilewright for this model/,
      );
      expect((await readdir(at())).sort()).toEqual([name, "small.tw"].sort());
      expect(await readFile(at(name), "utf8")).toBe("mine");
      expect(await build(at("small.tw"), "--out-dir", at(), "--force")).toMatchObject(good);
    },
  );

  it("refuses what is beside a module and is not of its kind", async () => {
    const at = await folder({ "small.tw": modelOf() });
    const texts = target === "wasm" ? ["small.wat"] : [];
    const js = ["--js", ...(target === "wasm" ? ["--emit", "wat"] : []), "--out-dir", at("out")];
    expect(await build(at("small.tw"), ...js)).toMatchObject(good);
    for (const name of ["small.d.ts", ...texts]) {
      const own = await readFile(at("out", name));
      await writeFile(at("out", name), "export const mine = 1;\n");
      expectRefusal(
        await build(at("small.tw"), ...js),
        new RegExp(`${name.replaceAll(".", "\\.")} was not`),
      );
      await writeFile(at("out", name), own);
    }
    expect(await build(at("small.tw"), ...js)).toMatchObject(good);
  });

  it("never touches what it reads, whatever is forced", async () => {
    const code = `import { model, relu } from "tilewright";\nexport default model("small", { x: [1, 3] }, relu());\n`;
    const at = await folder({ "small.ts": code });
    for (const force of [[], ["--force"]]) {
      expectRefusal(
        await build(at("small.ts"), "--out-dir", at(), ...force),
        /small\.ts is what this is made from/,
      );
      expect(await readFile(at("small.ts"), "utf8")).toBe(code);
    }
    expect(await build(at("small.ts"), "--out-dir", at(), "--name", "net")).toMatchObject(good);
    // The weights of a text are its own, under any name.
    const text = modelOf().replace(/@w :.*/, '@w : f32[2] = file "net.weights.bin" 0');
    const of = await folder({ "net.tw": text, "net.weights.bin": new Uint8Array(8) });
    await link(of("net.weights.bin"), of("linked.weights.bin"));
    for (const name of ["net", "linked"]) {
      const args = ["--out-dir", of(), "--force", "--name", name];
      expectRefusal(await build(of("net.tw"), ...args), /weights\.bin is what this is made from/);
    }
    expect(await readFile(of("net.weights.bin"))).toEqual(Buffer.alloc(8));
  });

  it("replaces no link and no folder", async () => {
    const at = await folder({ "small.tw": modelOf(), precious: "mine" });
    await symlink("precious", at("small.ts"));
    expectRefusal(
      await build(at("small.tw"), "--out-dir", at(), "--force"),
      /small\.ts is a link, not a file/,
    );
    expect(await readFile(at("precious"), "utf8")).toBe("mine");
    await rm(at("small.ts"));
    await mkdir(at("small.ts"));
    expectRefusal(
      await build(at("small.tw"), "--out-dir", at(), "--force"),
      /small\.ts is a folder, not a file/,
    );
    expect((await readdir(at())).sort()).toEqual(["precious", "small.ts", "small.tw"]);
  });
});
