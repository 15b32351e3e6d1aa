/** Wrong and hostile models from the command line: coded errors that name the layer, and no output file. */
import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { TARGET_NAMES, type TargetName } from "../../compiler/targets/index.js";
import { command } from "../support/commandLine.js";

let folder = "";

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "hostile-"));
});

afterAll(() => rm(folder, { recursive: true }));

const EVIL = "*/ process.exit() /*";

/** A model as plain data: what a generator without the builder might write. */
function source(changes: Readonly<Record<string, unknown>>): string {
  const base = {
    name: "m",
    inputs: [{ name: "x", dtype: "f32", dims: [1, 2, 4, 4] }],
    nodes: [{ name: "a", op: "relu", inputs: ["%x"], attributes: {} }],
    outputs: [{ name: "y", value: "%a" }],
    constants: [],
  };
  return `export default ${JSON.stringify({ ...base, ...changes }).replace(/"#(-?\w+)"/g, "$1")};\n`;
}

const node = (name: string, op: string, inputs: readonly string[], attributes = {}): object => ({
  name,
  op,
  inputs,
  attributes,
});

const withDims = (dims: readonly unknown[]): object => ({
  inputs: [{ name: "x", dtype: "f32", dims }],
});

const seeded = (dims: readonly number[]): object => ({
  name: "w",
  type: { dtype: "f32", dims },
  source: { kind: "seed", seed: 1, center: 0, spread: 1 },
});

const cases: readonly (readonly [string, object, string, string])[] = [
  [
    "a cycle",
    { nodes: [node("a", "relu", ["%b"]), node("b", "neg", ["%a"])] },
    "cycle",
    "'a' -> 'b' -> 'a'",
  ],
  [
    "two layers of one name",
    { nodes: [node("a", "relu", ["%x"]), node("a", "neg", ["%x"])] },
    "duplicate-name",
    "a",
  ],
  ["an unknown op", { nodes: [node("a", "rellu", ["%x"])] }, "unknown-op", "did you mean 'relu'?"],
  ["an unknown operand", { nodes: [node("a", "relu", ["%q"])] }, "unknown-operand", "%q"],
  ["a negative dimension", withDims([1, 2, -4, 4]), "bad-dimension", "dimension 2 is -4"],
  ["a fractional dimension", withDims([1, 2, 4, 1.5]), "bad-dimension", "dimension 3 is 1.5"],
  ["2^31 elements", withDims([2 ** 16, 2 ** 15]), "too-large", "'x'"],
  [
    "more memory than addresses reach",
    {
      inputs: [1, 2, 3, 4, 5].map((i) => ({ name: `x${i}`, dtype: "f32", dims: [2 ** 28] })),
      nodes: [node("a", "relu", ["%x1"])],
      outputs: [1, 2, 3, 4, 5].map((i) => ({ name: `y${i}`, value: `%x${i}` })),
    },
    "too-large",
    "the most is 4294901760",
  ],
  [
    "weights of the wrong shape",
    { nodes: [node("a", "conv", ["%x", "@w"])], constants: [seeded([3, 5, 3, 3])] },
    "shape-mismatch",
    "conv 'a'",
  ],
  [
    "a NaN attribute",
    { nodes: [node("a", "leakyRelu", ["%x"], { alpha: "#NaN" })] },
    "bad-attribute",
    "leakyRelu 'a'",
  ],
  [
    "a layer whose name is code",
    { nodes: [node(EVIL, "relu", ["%x", "%x"])], outputs: [{ name: "y", value: `%${EVIL}` }] },
    "extra-input",
    EVIL,
  ],
];

async function build(
  name: string,
  text: string,
  target: TargetName,
): Promise<{ code: number; stderr: string; out: string }> {
  const path = join(folder, `${name.replace(/\W/g, "_")}.mjs`);
  const out = `${path}.${target}`;
  await writeFile(path, text);
  const { code, stderr } = await command("build", path, "--target", target, "--out-dir", out);
  return { code, stderr, out };
}

describe.each(TARGET_NAMES)("for %s a model with", (target) => {
  it.each(cases)("%s is refused", async (name, changes, problem, words) => {
    const { code, stderr, out } = await build(name, source({ ...changes }), target);
    expect(stderr).toContain(`[${problem}]`);
    expect(stderr).toContain(words);
    expect(code).toBe(1);
    expect(existsSync(out)).toBe(false);
  });

  it("nothing wrong is built", async () => {
    const { code, stderr, out } = await build("sound", source({}), target);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(existsSync(join(out, "sound.ts"))).toBe(true);
  });
});
