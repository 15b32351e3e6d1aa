/** What dump shows of every stage and after every pass. */
import { describe, expect, it } from "vitest";
import { PASS_NAMES } from "../../compiler/compile.js";
import { parseKernel } from "../support/kernelText/parse.js";
import { printKernel } from "../../compiler/compute/text/print.js";
import { command } from "../support/commandLine.js";
import { modelFolder } from "./modelFolder.js";

const at = modelFolder();

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
    ["kernels --target wasm --simd wide", /\n\/\/ {3}for .*4 lanes.*; vectors stored two by two\n/],
    [
      "kernels --target wasm --wat",
      /\n\/\/ {3}for .*\n\/\/ {3}.*\n;; .*\n\(func \$matmul[^]*f32x4\.relaxed_madd/,
    ],
  ])("shows the %s as %s", async (stage, expected) => {
    const { code, stdout } = await command(...base(), "--stage", ...stage.split(" "));
    expect(code).toBe(0);
    expect(stdout).toMatch(expected);
  });

  it("shows what threads share, and what runs at the same time", async () => {
    const threads = ["dump", at("net.tw"), "--shape", "x=20000,3", "--target", "wasm", "--threads"];
    const { stdout } = await command(...threads, "--stage", "kernels");
    expect(stdout).toMatch(
      /^\/\/ \d phases: .*\n(\/\/ {3}\d: .*\n)*\/\/ {3}\d: matmul\w* \(\d+ tiles in \d+ pieces\)\n/,
    );
    expect(stdout).toMatch(/\n {2,}parallel from tile 0 /);
    const one = await command(...threads, "--stage", "kernels", "--kernel", "y");
    expect(one.stdout).toMatch(/^\/\/ \d phases: .*\n\/\/ {3}\d: matmul.*\n\n\/\/ matmul/);
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
    expect(passes.slice(0, 12)).toEqual([
      "infer-shapes",
      "quantized-sums",
      "fold-constants",
      "simplify",
      "fold-batch-norm",
      "fuse-bias",
      "collapse-linear-convs",
      "rewrite-pointwise-convs",
      "quantize-dynamically",
      "narrow-sums",
      "narrow-weights",
      "fuse-kernels",
    ]);
    expect(passes.length).toBeGreaterThan(10);
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
