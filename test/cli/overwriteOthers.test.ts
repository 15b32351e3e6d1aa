/** What verbs other than build may write over, and folders in which nothing can be written. */
import { chmod, mkdir, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { command } from "../support/commandLine.js";
import { expectRefusal, folder, good, modelOf, X } from "./overwritten.js";

describe("other verbs", () => {
  it("run writes over nothing unasked, and over its inputs never", async () => {
    const at = await folder({ "small.tw": modelOf(), "y.npy": X });
    const run = (...args: readonly string[]) =>
      command("run", at("small.tw"), "--input", at("y.npy"), "--out-dir", ...args);
    expectRefusal(await run(at(), "--force"), /y\.npy is what this is made from/);
    expect(await readFile(at("y.npy"))).toEqual(Buffer.from(X));
    expect(await run(at("out"))).toMatchObject(good);
    expectRefusal(await run(at("out")), /y\.npy was not written by Tilewright|is there already/);
    expect(await run(at("out"), "--force")).toMatchObject(good);
  });

  it("export writes over its own file of the same model alone", async () => {
    const at = await folder({
      "a.tw": modelOf(),
      "b.tw": modelOf({ name: "other" }),
      "mine.onnx": "mine",
    });
    const exported = (model: string, ...args: readonly string[]) =>
      command("export", at(model), "--out-file", ...args);
    expect(await exported("a.tw", at("a.onnx"))).toMatchObject(good);
    expect(await exported("a.tw", at("a.onnx"))).toMatchObject(good);
    expectRefusal(await exported("b.tw", at("a.onnx")), /a\.onnx is there already; .*--force/);
    expectRefusal(await exported("a.tw", at("mine.onnx")), /mine\.onnx is there already/);
    expect(await exported("b.tw", at("a.onnx"), "--force")).toMatchObject(good);
    expectRefusal(
      await command("export", at("a.onnx"), "--out-file", at("a.onnx"), "--force"),
      /a\.onnx is what this is made from/,
    );
  });

  it("build --tune writes over schedules alone", async () => {
    const at = await folder({ "small.tw": modelOf(), "small.tune.json": '{"name": "mine"}' });
    const { code, stderr } = await command(
      "build",
      at("small.tw"),
      "--tune",
      "--out-dir",
      at("out"),
    );
    expect(stderr).toMatch(/^error: \[bad-file\] .*small\.tune\.json/);
    expect(code).toBe(1);
    expect(await readFile(at("small.tune.json"), "utf8")).toBe('{"name": "mine"}');
    const weights = ["--weights-from", at("w.npy"), "--schedules", at("w.npy")];
    await writeFile(at("w.npy"), X);
    expect((await command("build", at("small.tw"), "--tune", ...weights)).code).not.toBe(0);
    expect(await readFile(at("w.npy"))).toEqual(Buffer.from(X));
  });

  it("verify --update records nothing through links", async () => {
    const at = await folder({ "model.tw": modelOf() });
    const elsewhere = await folder({ "input_0.npy": X, precious: X });
    await symlink(elsewhere(), at("test_data_set_0"));
    expectRefusal(
      await command("verify", "--update", at()),
      /test_data_set_0 is a link to what lies outside/,
    );
    expect((await readdir(elsewhere())).sort()).toEqual(["input_0.npy", "precious"]);
    await rm(at("test_data_set_0"));
    await mkdir(at("test_data_set_0"));
    await writeFile(at("test_data_set_0", "input_0.npy"), X);
    await symlink(elsewhere("precious"), at("test_data_set_0", "output_0.npy"));
    expectRefusal(await command("verify", "--update", at()), /output_0\.npy is a link, not a file/);
    expect(await readFile(elsewhere("precious"))).toEqual(Buffer.from(X));
  });
});

describe("a folder that cannot be written", () => {
  it("is said to be so", async () => {
    const at = await folder({ "small.tw": modelOf(), file: "" });
    await mkdir(at("closed"));
    await chmod(at("closed"), 0o555);
    const build = (out: string) => command("build", at("small.tw"), "--out-dir", out);
    expectRefusal(
      await build(at("file")),
      /cannot make the folder .*file: something else of this name is there/,
    );
    expectRefusal(
      await build(at("file", "x")),
      /cannot make the folder .*file: something else of this name is there/,
    );
    // Root may write anywhere.
    const closed = await build(at("closed", "x"));
    if (process.getuid?.() === 0) expect(closed).toMatchObject(good);
    else expectRefusal(closed, /cannot make the folder .*: no right to/);
  });
});
