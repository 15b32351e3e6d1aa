/** The command line from arguments to exit code: results, problems, files, and the files there must not be. */
import { existsSync } from "node:fs";
import { mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runCommandLine } from "../../compiler/cli/cli.js";
import { writeNpy } from "../../compiler/cli/npy.js";
import { PASS_NAMES } from "../../compiler/compile.js";
import { parseKernel } from "../../compiler/compute/text/parse.js";
import { printKernel } from "../../compiler/compute/text/print.js";
import { readNpy } from "../../compiler/frontend/weights/npy.js";
import { command } from "../support/commandLine.js";

const NET = `model net(%x: f32[N,3]) {
  %y = matmul(%x, @w, @b) {axis=1}
  %z = relu(%y)
  return logits = %z, "../escape" = %y
}
@w : f32[2,3] = [1, -2, 0.5, 3, 0.25, -1]
@b : f32[2] = [0.125, -0.5]
`;

const BROKEN = `model broken(%x: f32[2,3]) {
  %a = conw(%x)
  %b = relu(%x) {alpha=3}
  %c = matmul(%x, @w)
  return y = %a, z = %b, w = %c
}
@w : f32[5,7] = seed 1 center 0 spread 1
`;

let folder = "";
const at = (name: string): string => join(folder, name);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "command-line-"));
  await writeFile(at("net.tw"), NET);
  await writeFile(at("broken.tw"), BROKEN);
  await writeFile(
    at("x.npy"),
    writeNpy({ dtype: "f32", dims: [1, 3] }, new Float32Array([1, 2, 3])),
  );
  await writeFile(
    at("model.ts"),
    `import { linear, model } from "tilewright";
export default model("coded", { x: [1, 3] }, linear({ inFeatures: 3, outFeatures: 2 }));
`,
  );
  await writeFile(at("wrong.ts"), "export default 3;\n");
  await writeFile(
    at("boundary.tw"),
    `model outside(%x: f32[2]) {
  %y = add(%x, @w)
  return y = %y
}
@w : f32[2] = file "../secret.bin" 0
`,
  );
});

afterAll(() => rm(folder, { recursive: true }));

describe("build", () => {
  it("writes the module and says how large it is", async () => {
    const out = at("built");
    const { code, stdout, stderr } = await command(
      ...["build", at("net.tw"), "--shape", "x=1,3", "--out-dir", out],
      ...["--weights", "file", "--standalone"],
    );
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(await readdir(out)).toEqual(["net.runtime.ts", "net.ts", "net.weights.bin"]);
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
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(await readdir(out)).toEqual(["coded.ts"]);
  });

  it("makes other values of another seed", async () => {
    const out = at("seeds");
    for (const seed of ["1", "2"]) {
      const args = ["build", at("model.ts"), "--out-dir", out, "--name", `s${seed}`];
      expect((await command(...args, "--seed", seed)).code).toBe(0);
    }
    const weightsOf = async (name: string): Promise<string | undefined> =>
      /WEIGHTS =\s+"([^"]+)"/.exec(await readFile(join(out, name), "utf8"))?.[1];
    expect(await weightsOf("s1.ts")).not.toBe(await weightsOf("s2.ts"));
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
});

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

describe("dump", () => {
  const base = (): string[] => ["dump", at("net.tw"), "--shape", "x=1,3"];

  it.each([
    ["definition", /^model net\(%x: f32\[N,3\]\)/],
    ["graph", /^graph net\(%x: f32\[1,3\]\)/],
    ["program", /^program net \{\n {2}arena \d+ bytes, of which \d+ are live at once\n/],
    ["program", /kernel matmul.* covers y/],
    ["program", /\n {2}copies: /],
    [
      "kernels",
      /\n\/\/ {3}for .*k<3.*\n\/\/ {3}.*multiply-adds.*\n\/\*\* .* \*\/\nfunction matmul/,
    ],
    [
      "kernels --target wasm",
      /\n\/\/ {3}for .*4 lanes.*\n\/\/ {3}.* of 4 lanes.*\n\/\/ .*\nmatmul\(.*\) \{\n {2}var acc: f32x4/,
    ],
    [
      "kernels --target wasm --kernel y",
      /^\/\/ matmul.*\(.*y.*\)\n\/\/ {3}for .*\n\/\/ {3}.*: \d+ multiply-adds? of 4 lanes, .* read\n/,
    ],
    ["kernels --target wasm --wat --simd plain", /\(func \$matmul(?![^]*relaxed)[^]*f32x4\.mul/],
    [
      "kernels --target wasm --wat",
      /\n\/\/ {3}for .*\n\/\/ {3}.*\n;; .*\n\(func \$matmul[^]*f32x4\.relaxed_madd/,
    ],
  ])("shows the %s as %s", async (stage, expected) => {
    const { code, stdout } = await command(...base(), "--stage", ...stage.split(" "));
    expect(code).toBe(0);
    expect(stdout).toMatch(expected);
  });

  it("shows what kernels compute as text that is read back", async () => {
    const { code, stdout } = await command(...base(), "--stage", "computes");
    expect(code).toBe(0);
    expect(stdout).toMatch(/^\/\/ matmul.*\(y\)\nkernel\(/);
    for (const text of stdout.split(/(?<=^}\n)/m)) {
      const printed = text.replace(/^\s*\/\/.*\n/, "");
      expect(printKernel(parseKernel(printed))).toBe(printed);
    }
    const one = await command(...base(), "--stage", "computes", "--kernel", "z");
    expect(one.stdout).toMatch(/^\/\/ relu.*\(z\)\n/);
    expect(one.stdout).not.toContain("matmul");
    const none = await command(...base(), "--stage", "computes", "--kernel", "matmull");
    expect({ code: none.code, stdout: none.stdout }).toEqual({ code: 2, stdout: "" });
    expect(none.stderr).toContain("did you mean 'matmul'?");
  });

  it("shows what every pass leaves, in order", async () => {
    const { stdout } = await command(...base(), "--print-after-all");
    const passes = [...stdout.matchAll(/^\/\/ after (.*)$/gm)].map((match) => match[1]);
    expect(passes).toEqual(PASS_NAMES);
    expect(passes.slice(0, 7)).toEqual([
      "infer-shapes",
      "simplify",
      "fold-batch-norm",
      "fuse-bias",
      "collapse-linear-convs",
      "rewrite-pointwise-convs",
      "fuse-kernels",
    ]);
    expect(passes.length).toBeGreaterThan(7);
    for (const pass of PASS_NAMES) {
      const { code, stdout: alone } = await command(...base(), "--print-after", pass);
      expect({ code, first: alone.split("\n")[0] }).toEqual({ code: 0, first: `// after ${pass}` });
    }
    const unchanged = [...stdout.matchAll(/after (.*)\n\/\/ {3}nothing changed$/gm)];
    expect(unchanged.map((match) => match[1])).toContain("fold-batch-norm");
    const one = await command(...base(), "--print-after", "fold-batch-norm");
    expect(one.stdout).toContain("graph ");
    const without = await command(...base(), "--print-after-all", "--disable", "fuse-bias");
    expect(without.stdout).not.toContain("// after fuse-bias");
  });

  it("names the kernels there are, and refuses what is for another target", async () => {
    const kernels = [...base(), "--stage", "kernels"];
    const wrong = await command(...kernels, "--kernel", "matmull");
    expect(wrong.code).toBe(2);
    expect(wrong.stderr).toContain("did you mean 'matmul'?");
    const plain = await command(...kernels, "--simd", "plain");
    expect(plain.code).toBe(2);
    expect(plain.stderr).toContain("--simd is for --target wasm alone");
  });

  it("names the passes there are", async () => {
    const { code, stderr } = await command(...base(), "--print-after", "fuse-biass");
    expect(code).toBe(2);
    expect(stderr).toContain("did you mean 'fuse-bias'?");
  });
});

describe("mistakes of the caller exit with 2", () => {
  it.each([
    [[], /^$/],
    [["bild", "x.tw"], /did you mean 'build'/],
    [["build"], /missing required args/],
    [["build", "net.tw", "--colour"], /Unknown option `--colour`/],
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
    expect(drawn).toContain("plan-memory …");
    expect(drawn.endsWith("\u001b[2K")).toBe(true);
    drawn = "";
    await runCommandLine(["check", at("broken.tw")], streams);
    expect(drawn).toContain("\u001b[31merror\u001b[39m: [unknown-op]");
  });
});
