/** The command line from arguments to exit code: verdicts, mistakes of the caller, files that are no models, progress. */
import { writeFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { runCommandLine } from "../../compiler/cli/cli.js";
import { command } from "../support/commandLine.js";
import { modelFolder } from "./modelFolder.js";

const at = modelFolder();

describe("check", () => {
  it("says ok", async () => {
    const { code, stdout } = await command("check", at("net.tw"), "--shape", "x=1,3");
    expect(code).toBe(0);
    expect(stdout).toMatch(/^net: ok, 2 nodes/);
  });

  it("lists all problems, as words or as data", async () => {
    const words = await command("check", at("broken.tw"));
    expect(words.code).toBe(1);
    expect(words.stderr.trim().split("\n")).toHaveLength(3);
    const data = await command("check", at("broken.tw"), "--json");
    expect({ code: data.code, stderr: data.stderr }).toEqual({ code: 1, stderr: "" });
    const { ok, problems } = JSON.parse(data.stdout) as {
      ok: boolean;
      problems: { code: string }[];
    };
    expect(ok).toBe(false);
    expect(problems.map(({ code }) => code)).toEqual([
      "unknown-op",
      "unknown-attribute",
      "shape-mismatch",
    ]);
  });

  it("names symbols without a size", async () => {
    const { code, stderr } = await command("check", at("net.tw"));
    expect(code).toBe(1);
    expect(stderr).toContain("[unbound-dimension]");
  });

  it("makes inputs constants", async () => {
    const { code, stdout } = await command("check", at("net.tw"), "--bind", `x=${at("x.npy")}`);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^net: ok, 0 nodes/);
  });
});

describe("mistakes of the caller exit with 2", () => {
  it.each([
    [[], /^$/],
    [["bild", "x.tw"], /did you mean 'build'/],
    [["build"], /build wants a <model>/],
    [["build", "net.tw", "--colour"], /build has no option '--colour'/],
    [["build", "absent.tw"], /cannot read absent\.tw: there is no such file/],
    [["build", "net.pt"], /expected a model in/],
    [["build", "net.tw", "--target", "gpu"], /--target must be ts/],
    [["build", "net.tw", "--simd", "plain"], /--simd is for --target wasm alone/],
    [["build", "net.tw", "--target", "wasm", "--simd", "avx"], /--simd must be both or plain/],
    [["build", "net.tw", "--weights", "cloud"], /--weights must be inline or file/],
    [["build", "net.tw", "--name", "../x"], /--name '\.\.\/x'/],
    [["check", "net.tw", "--disable", "simplfy"], /did you mean 'simplify'/],
    [["dump", "net.tw", "--stage", "loops"], /--stage must be definition or/],
  ])("%j", async (args, expected) => {
    const { code, stderr } = await command(...args);
    expect(stderr.trim()).toMatch(expected);
    expect(code).toBe(2);
  });
});

describe("models that cannot be read exit with 1", () => {
  it("says that a file is no ONNX model", async () => {
    await writeFile(at("x.onnx"), "");
    const { code, stderr } = await command("check", at("x.onnx"));
    expect(code).toBe(1);
    expect(stderr).toContain("[bad-file] not an ONNX model");
  });

  it("refuses files that export no model", async () => {
    const { code, stderr } = await command("check", at("wrong.ts"));
    expect(code).toBe(1);
    expect(stderr).toContain("[bad-file]");
    expect(stderr).toContain("export default model(");
  });

  it("shows control characters instead of obeying them", async () => {
    await writeFile(
      at("evil.tw"),
      'model "\\u001b[2Jm"(%x: f32[2]) {\n  %a = "\\u001b[31mq"(%x)\n  return y = %a\n}\n',
    );
    const { code, stderr } = await command("check", at("evil.tw"));
    expect(code).toBe(1);
    expect(stderr).not.toContain("\u001b");
  });
});

describe("progress and colour", () => {
  it("are for terminals", async () => {
    let drawn = "";
    const streams = {
      stdout: () => undefined,
      stderr: (text: string) => void (drawn += text),
      terminal: true,
      color: true,
    };
    const out = at("progress");
    await runCommandLine(["build", at("model.ts"), "--out-dir", out], streams);
    expect(drawn).toContain("allocate-buffers …");
    expect(drawn.replace(/warning: untrained: .*\n$/, "").endsWith("\u001b[2K")).toBe(true);
    drawn = "";
    await runCommandLine(["check", at("broken.tw")], streams);
    expect(drawn).toContain("\u001b[31merror\u001b[39m: [unknown-op]");
  });
});
