/** `tilewright export`: files that onnxruntime and Tilewright read, after the pass asked for, or no file at all. */
import { mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { decodeModel } from "../../compiler/onnx/decode.js";
import { tensor } from "../../compiler/base/tensor.js";
import { runOnnx } from "../support/onnxRuntime.js";
import { command } from "../support/commandLine.js";

const NET = `model net(%x: f32[N,2,3,3]) {
  %c = conv(%x, @w)
  %d = dropout(%c)
  %b = add(%d, @b)
  %y = relu(%b)
  return y = %y
}
@w : f32[2,2,1,1] = [1, 2, -3, 0.5]
@b : f32[2,1,1] = file "b.bin" 0
`;

let folder = "";
const at = (name: string): string => join(folder, name);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "export-"));
  await writeFile(at("net.tw"), NET);
  await writeFile(at("b.bin"), new Float32Array([0.25, -1]));
  await writeFile(
    at("wide.tw"),
    "model wide(%x: i32[1,2,6,6]) {\n  %a = globalMaxPool(%x)\n  return y = %a\n}\n",
  );
});

afterAll(() => rm(folder, { recursive: true }));

const exporting = (...args: readonly string[]) => command("export", ...args);

async function opsIn(file: string): Promise<string[]> {
  return decodeModel(await readFile(file)).graph!.node.map(({ opType }) => opType);
}

describe("export", () => {
  it("writes the model as it is, in a folder that it makes", async () => {
    const file = at("new/folder/net.onnx");
    const { code, stdout, stderr } = await exporting(
      ...[at("net.tw"), "--out-file", file, "--shape", "x=1,2,3,3"],
    );
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const bytes = await readFile(file);
    expect(stdout).toBe(`${file}  ${bytes.length} bytes, 4 nodes\n`);
    expect(await readdir(at("new/folder"))).toEqual(["net.onnx"]);
    expect(await opsIn(file)).toEqual(["Conv", "Identity", "Add", "Relu"]);
    const x = tensor(
      "f32",
      [1, 2, 3, 3],
      Array.from({ length: 18 }, (_, i) => (i < 9 ? 1 : 2)),
    );
    const { data } = (await runOnnx(bytes, new Map([["x", x]]))).get("y")!;
    expect([Number(data[0]), Number(data[9])]).toEqual([5.25, 0]);
  });

  it("writes what a pass leaves", async () => {
    const shape = ["--shape", "x=1,2,3,3"];
    const after = async (...more: readonly string[]): Promise<string[]> => {
      const file = at("after.onnx");
      const { stderr } = await exporting(at("net.tw"), "--out-file", file, ...shape, ...more);
      expect(stderr).toBe("");
      return opsIn(file);
    };
    expect(await after("--after", "infer-shapes")).toEqual(["Conv", "Identity", "Add", "Relu"]);
    expect(await after("--after", "simplify")).toEqual(["Conv", "Add", "Relu"]);
    expect(await after("--after", "fuse-bias")).toEqual(["Conv", "Relu"]);
    const kept = await after("--after", "fuse-bias", "--disable", "simplify");
    expect(kept).toEqual(["Conv", "Identity", "Add", "Relu"]);
  });

  it("writes what it can read again", async () => {
    const args = ["--out-file", at("again.onnx"), "--shape", "x=1,2,3,3"];
    expect((await exporting(at("net.tw"), ...args)).code).toBe(0);
    const again = await exporting(at("again.onnx"), "--out-file", at("twice.onnx"));
    expect(again.stderr).toBe("");
    expect(await opsIn(at("twice.onnx"))).toEqual(["Conv", "Add", "Relu"]);
  });

  it("writes nothing where something is wrong, and says what", async () => {
    const file = at("nothing.onnx");
    const failing = async (...args: readonly string[]): Promise<readonly [number, string]> => {
      const { code, stdout, stderr } = await exporting(...args);
      expect(stdout).toBe("");
      expect(await readdir(folder)).not.toContain("nothing.onnx");
      return [code, stderr];
    };
    const out = ["--out-file", file];
    const rows = [
      [2, "--out-file is missing", [at("net.tw")]],
      [1, "[unbound-dimension]", [at("net.tw"), ...out]],
      [
        2,
        "the passes are infer-shapes, quantized-sums",
        [at("net.tw"), ...out, "--after", "allocate-buffers"],
      ],
      [
        2,
        "leaves this pass out",
        [at("net.tw"), ...out, "--after", "simplify", "--disable", "simplify"],
      ],
      [1, "[unsupported] globalMaxPool 'a'", [at("wide.tw"), ...out]],
      [2, "is given 2 times", [at("net.tw"), ...out, ...out]],
      [2, "cannot read", [at("absent.tw"), ...out]],
    ] as const;
    for (const [code, message, args] of rows) {
      const [got, stderr] = await failing(...args);
      expect({ got, stderr }).toEqual({
        got: code,
        stderr: expect.stringContaining(message) as string,
      });
    }
    const blocked = join(at("net.tw"), "x.onnx");
    const { code } = await exporting(at("net.tw"), "--out-file", blocked, "--shape", "x=1,2,3,3");
    expect(code).toBe(2);
  });
});
