/** The command line from arguments to exit code: verdicts, mistakes of the caller, files that are no models, progress. */
import { writeFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { runCommandLine } from "../../compiler/cli/cli.js";
import { onnxModel } from "../support/onnxModel.js";
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

  it("counts what would compile and what would not, by op", async () => {
    const counted = async (path: string): Promise<unknown> => {
      const { stdout } = await command("check", path, "--json");
      return (JSON.parse(stdout) as { ops: unknown }).ops;
    };
    expect(await counted(at("broken.tw"))).toEqual({
      conw: { compile: 0, refused: 1 },
      matmul: { compile: 0, refused: 1 },
      relu: { compile: 0, refused: 1 },
    });
    const side = (op: string) => ({ nodes: [{ op, in: ["t"], out: ["r"] }], outputs: ["r"] });
    await writeFile(
      at("counted.onnx"),
      onnxModel({
        inputs: { x: "f32[2,3]", c: "bool[1]" },
        nodes: [
          { op: "Relu", in: ["x"], out: ["t"] },
          {
            op: "If",
            in: ["c"],
            out: ["u"],
            attributes: { then_branch: side("Relu"), else_branch: side("ImageDecoder") },
          },
          { op: "Softmax", in: ["x"], out: ["v"], attributes: { axis: 7 } },
          { op: "Softmax", in: ["u"], out: ["w"] },
        ],
        outputs: ["v", "w"],
      }),
    );
    expect(await counted(at("counted.onnx"))).toEqual({
      If: { compile: 1, refused: 0 },
      ImageDecoder: { compile: 0, refused: 1 },
      Relu: { compile: 2, refused: 0 },
      Softmax: { compile: 1, refused: 1 },
    });
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
