/** What build writes and says, and what it does not write. */
import { existsSync } from "node:fs";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { writeNpy } from "../../compiler/cli/npy.js";
import { command } from "../support/commandLine.js";
import { modelFolder } from "./modelFolder.js";

const at = modelFolder();

describe("build", () => {
  it("writes the module and says how large it is", async () => {
    const out = at("built");
    const { code, stdout, stderr } = await command(
      ...["build", at("net.tw"), "--shape", "x=1,3", "--out-dir", out],
      ...["--weights", "file", "--standalone"],
    );
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(await readdir(out)).toEqual(["net.ts", "net.weights.bin"]);
    expect(stdout).toContain(`net.ts  ${(await readFile(join(out, "net.ts"))).length} bytes`);
    expect(stdout).toMatch(/2 kernels|3 kernels/);
  });

  it("names files and writes JavaScript when asked", async () => {
    const out = at("named");
    const { code, stdout } = await command(
      ...["build", at("net.tw"), "--shape", "x=2,3", "--out-dir", out],
      ...["--name", "other", "--js", "--json"],
    );
    expect(code).toBe(0);
    expect(await readdir(out)).toEqual(["other.d.ts", "other.js"]);
    const report = JSON.parse(stdout) as { arenaBytes: number; files: unknown[] };
    expect(report.arenaBytes).toBeGreaterThan(0);
    expect(report.files).toHaveLength(2);
  });

  it("says what each step took", async () => {
    const args = ["build", at("net.tw"), "--shape", "x=2,3", "--out-dir", at("timed"), "--json"];
    const started = performance.now();
    const { stdout } = await command(...args);
    const elapsed = (performance.now() - started) / 1000;
    const { steps } = JSON.parse(stdout) as { steps: { name: string; seconds: number }[] };
    const names = [...new Set(steps.map(({ name }) => name))];
    const known = ["infer-shapes", "passes", "fuse-kernels", "lower", "pack-weights", "emit"];
    expect(names.filter((name) => known.includes(name))).toEqual(known);
    expect(steps.every(({ seconds }) => seconds >= 0)).toBe(true);
    expect(steps.reduce((sum, { seconds }) => sum + seconds, 0)).toBeLessThanOrEqual(elapsed);
  });

  it("reads models in TypeScript that import tilewright", async () => {
    const out = at("coded");
    const { code, stderr } = await command("build", at("model.ts"), "--out-dir", out);
    expect(code).toBe(0);
    expect(stderr).toMatch(
      /^warning: untrained: 2 of 2 parameters are random \(weight, bias\).*\n$/,
    );
    expect(await readdir(out)).toEqual(["model.ts"]);
  });

  it("makes other values of another seed", async () => {
    const out = at("seeds");
    for (const seed of ["1", "2"]) {
      const args = ["build", at("model.ts"), "--out-dir", out, "--name", `s${seed}`];
      expect((await command(...args, "--seed", seed)).code).toBe(0);
    }
    const weightsOf = async (name: string): Promise<string | undefined> =>
      /WEIGHTS_BASE64 =\s+"([^"]+)"/.exec(await readFile(join(out, name), "utf8"))?.[1];
    expect(await weightsOf("s1.ts")).not.toBe(await weightsOf("s2.ts"));
  });

  it("names files by what is in them where it is told to", async () => {
    const out = at("hashed");
    const args = ["--weights", "file", "--content-names", "--out-dir", out];
    expect((await command("build", at("model.ts"), ...args)).code).toBe(0);
    const [weights, module] = (await readdir(out)).sort();
    expect(weights).toMatch(/^model\.[0-9a-f]{16}\.weights\.bin$/);
    expect(await readFile(join(out, module!), "utf8")).toContain(`"./${weights}"`);
  });

  it("takes weights from a file, and reports all that do not fit", async () => {
    await writeFile(at("weight.npy"), writeNpy({ dtype: "f32", dims: [2] }, new Float32Array(2)));
    const out = at("weightless");
    const { code, stderr } = await command(
      ...["build", at("model.ts"), "--weights-from", at("weight.npy"), "--out-dir", out],
    );
    expect(code).toBe(1);
    expect(stderr).toMatch(/\[missing-weight\].*\n.*\[missing-weight\]|\[misshapen-weight\]/);
    expect(existsSync(out)).toBe(false);
  });

  it("writes nothing for a broken model, and reports everything at once", async () => {
    const out = at("nothing");
    const { code, stdout, stderr } = await command("build", at("broken.tw"), "--out-dir", out);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toContain("[unknown-op] conw 'a'");
    expect(stderr).toContain("[unknown-attribute] relu 'b'");
    expect(stderr).toContain("[shape-mismatch] matmul 'c'");
    expect(existsSync(out)).toBe(false);
  });

  it("reads no file outside the model's folder", async () => {
    const { code, stderr } = await command("build", at("boundary.tw"), "--out-dir", at("boundary"));
    expect(code).toBe(1);
    expect(stderr).toContain("[bad-file]");
    expect(stderr).toContain("outside the folder of the model");
    expect(existsSync(at("boundary"))).toBe(false);
  });
});

describe("build --target wasm", () => {
  it("writes code beside the module or into it, and its text when asked", async () => {
    const build = ["build", at("net.tw"), "--target", "wasm", "--shape", "x=1,3"];
    const beside = ["--out-dir", at("beside"), "--wasm", "file", "--emit", "wat"];
    const { code, stdout } = await command(...build, ...beside);
    expect(code).toBe(0);
    expect(stdout).toMatch(/net\.relaxed\.wasm {2}\d+ bytes/);
    expect(await readdir(at("beside"))).toEqual([
      "net.relaxed.wasm",
      "net.relaxed.wat",
      "net.ts",
      "net.wasm",
      "net.wat",
    ]);
    await command(...build, "--out-dir", at("inside"), "--simd", "plain");
    expect(await readdir(at("inside"))).toEqual(["net.ts"]);
    const source = await readFile(at("inside/net.ts"), "utf8");
    expect(source).toContain("const PLAIN =");
    expect(source).not.toContain("RELAXED");
  });

  it("makes code for threads, says what they share, and writes what workers run", async () => {
    const build = ["build", at("net.tw"), "--target", "wasm", "--threads", "--shape", "x=1,3"];
    const { code, stdout } = await command(...build, "--content-names", "--out-dir", at("threads"));
    expect(code).toBe(0);
    expect(stdout).toMatch(/^threads share \d+ kernels? in \d+ phases?, each with \d+ bytes/m);
    const [worker, source, ...more] = await readdir(at("threads"));
    expect([source, more]).toEqual(["net.ts", []]);
    expect(worker).toMatch(/^net\.[0-9a-f]{16}\.worker\.js$/);
    expect(await readFile(at("threads/net.ts"), "utf8")).toContain(
      `new Worker(new URL("./${worker}", import.meta.url), {`,
    );
    const { stdout: json } = await command(
      ...build,
      "--json",
      "--out-dir",
      at("threads"),
      "--force",
    );
    const { threads } = JSON.parse(json) as { threads: Readonly<Record<string, number>> };
    expect(Object.keys(threads)).toEqual(["phases", "shared", "scratchBytes"]);
    const refused = await command("build", at("net.tw"), "--threads", "--shape", "x=1,3");
    expect(refused.stderr).toContain("--threads is for --target wasm alone");
  });
});
