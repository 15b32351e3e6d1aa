/** What run computes of given inputs, and what it says of those that do not fit. */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readNpy } from "../../compiler/frontend/weights/npy.js";
import { command } from "../support/commandLine.js";
import { modelFolder } from "./modelFolder.js";

const at = modelFolder();

describe("run", () => {
  it("writes one array per output, inside its folder", async () => {
    const out = at("ran");
    const { code, stdout, stderr } = await command(
      ...["run", at("net.tw"), "--shape", "x=1,3", "--input", at("x.npy"), "--out-dir", out],
    );
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const files = await readdir(out);
    expect(files).toHaveLength(2);
    const logits = readNpy(await readFile(join(out, "logits.npy")));
    // 1·1 − 2·2 + 0.5·3 + 0.125 < 0, 3·1 + 0.25·2 − 1·3 − 0.5 = 0
    expect(logits).toEqual({
      type: { dtype: "f32", dims: [1, 2] },
      data: new Float32Array([0, 0]),
    });
    const other = files.find((name) => name !== "logits.npy")!;
    const raw = readNpy(await readFile(join(out, other)));
    expect(raw.data).toEqual(new Float32Array([-1.375, 0]));
    expect(stdout).toContain("logits: f32[1,2]");
  });

  it("runs WebAssembly as well", async () => {
    const out = at("ran-wasm");
    const { code, stderr } = await command(
      ...["run", at("net.tw"), "--target", "wasm", "--shape", "x=1,3"],
      ...["--input", at("x.npy"), "--out-dir", out],
    );
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const raw = readNpy(await readFile(join(out, "__escape.npy")));
    expect(raw.data).toEqual(new Float32Array([-1.375, 0]));
  });

  it("takes sizes that the model leaves open from the values that it is given", async () => {
    const out = at("open");
    const { code, stdout, stderr } = await command(
      ...["run", at("net.tw"), "--input", at("x.npy"), "--out-dir", out],
    );
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toContain("logits: f32[1,2]");
    const said = await command("run", at("net.tw"), "--input", at("x.npy"), "--shape", "x=2,3");
    expect(said.stderr).toMatch(/\[shape-mismatch\].*\[1,3\].*f32\[2,3\]/);
  });

  it("ends where it is told, and binds inputs to numbers", async () => {
    const out = at("ended");
    const base = ["run", at("net.tw"), "--out-dir", out];
    const { code, stdout, stderr } = await command(
      ...[...base, "--bind", "x=1,2,3", "--output", "y", "--output", "z"],
    );
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout.match(/^\w+: f32\[1,2\]/gm)).toHaveLength(2);
    expect(readNpy(await readFile(join(out, "y.npy"))).data).toEqual(new Float32Array([-1.375, 0]));
    const wrong = await command(...base, "--bind", "x=1,2", "--output", "yy");
    expect(wrong.stderr).toContain("[unknown-operand] 'yy'");
    const few = await command(...base, "--bind", "x=1,2");
    expect(few.stderr).toContain("--bind x=1,2 are 2 numbers, the input is f32[N,3]");
  });

  it("shows values inside the model, and names the layers there are", async () => {
    const out = at("exposed");
    const base = ["run", at("net.tw"), "--shape", "x=1,3", "--input", at("x.npy")];
    const { code, stdout } = await command(...base, "--expose", "z", "--out-dir", out);
    expect(code).toBe(0);
    expect(stdout).toContain("z: f32[1,2]");
    const wrong = await command(...base, "--expose", "zz", "--expose", "q", "--out-dir", out);
    expect(wrong.code).toBe(1);
    expect(wrong.stderr.trim().split("\n")).toHaveLength(2);
    expect(wrong.stderr).toContain("[unknown-operand] 'zz': there is no such layer");
  });

  it("takes named inputs, and says what is missing or misshapen", async () => {
    const base = ["run", at("net.tw"), "--out-dir", at("not-ran")];
    const missing = await command(...base, "--shape", "x=1,3");
    expect(missing.code).toBe(2);
    expect(missing.stderr).toContain("inputs without values: x: f32[1,3]");
    const misshapen = await command(...base, "--shape", "x=2,3", "--input", `x=${at("x.npy")}`);
    expect(misshapen.code).toBe(1);
    expect(misshapen.stderr).toMatch(/\[shape-mismatch\].*\[1,3\].*f32\[2,3\]/);
    const unknown = await command(...base, "--shape", "x=1,3", "--input", `q=${at("x.npy")}`);
    expect(unknown.code).toBe(2);
    expect(unknown.stderr).toContain("the inputs are 'x'");
  });
});
