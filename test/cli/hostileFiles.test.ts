/** Files and flags that are wrong, and models with many faults: everything is said at once, and nothing is written. */
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { zipSync } from "fflate";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { command } from "../support/commandLine.js";

let folder = "";
const at = (name: string): string => join(folder, name);

const MODEL = `model m(%x: f32[1,2,4,4]) {
  %c = conv(%x, @c.weight, @c.bias)
  return y = %c
}
@c.weight : f32[3,2,3,3] = seed 1 center 0 spread 1
@c.bias : f32[3] = seed 2 center 0 spread 1
`;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "hostile-files-"));
  await writeFile(at("m.tw"), MODEL);
  await mkdir(at("folder.ts"));
});

afterAll(() => rm(folder, { recursive: true }));

async function build(...args: readonly string[]): Promise<{ code: number; stderr: string }> {
  const { code, stderr } = await command("build", ...args);
  expect(stderr).not.toMatch(/\n\s+at /);
  expect(stderr).not.toContain("bug of Tilewright");
  return { code, stderr };
}

/** A safetensors file of f32 zeros. */
function safetensors(shapes: Readonly<Record<string, readonly number[]>>): Uint8Array {
  let end = 0;
  const entries = Object.entries(shapes).map(([name, shape]) => {
    const start = end;
    end += 4 * shape.reduce((product, dim) => product * dim, 1);
    return [name, { dtype: "F32", shape, data_offsets: [start, end] }];
  });
  const header = Buffer.from(JSON.stringify(Object.fromEntries(entries)));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  return Buffer.concat([length, header, Buffer.alloc(end)]);
}

/** An .npy file of f32 zeros. */
function npy(shape: readonly number[]): Uint8Array {
  const text = `{'descr': '<f4', 'fortran_order': False, 'shape': (${shape.join(", ")},), }`;
  const header = text.padEnd(117) + "\n";
  const start = Buffer.from([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, header.length, 0]);
  const count = shape.reduce((product, dim) => product * dim, 1);
  return Buffer.concat([start, Buffer.from(header), Buffer.alloc(4 * count)]);
}

describe("a text with many faults", () => {
  it("is told all of them, and nothing is written", async () => {
    const evil = '"*/ process.exit() /*"';
    await writeFile(
      at("many.tw"),
      `model m(%x: f32[1,2,4,4]) {
  %a = rellu(%x)
  %b = leakyRelu(%x) {alpha=nan}
  %c = conv(%x, @w)
  %${evil} = relu(%x, %x)
  %e = concat(%x, %x) {axis=9}
  return y = %c, z = %a, u = %b, v = %${evil}, t = %e
}
@w : f32[3,5,3,3] = seed 1 center 0 spread 1
`,
    );
    const { code, stderr } = await build(at("many.tw"), "--out-dir", at("many"));
    const codes = [...stderr.matchAll(/\[([a-z-]+)\]/g)].map((match) => match[1]);
    expect(new Set(codes)).toEqual(
      new Set(["unknown-op", "bad-attribute", "shape-mismatch", "extra-input"]),
    );
    for (const name of ["rellu", "leakyRelu 'b'", "conv 'c'", "process.exit()", "concat 'e'"])
      expect(stderr).toContain(name);
    expect(code).toBe(1);
    expect(existsSync(at("many"))).toBe(false);
  });
});

describe("a builder model", () => {
  it("with many faults is told all of them", async () => {
    await writeFile(
      at("many.ts"),
      `import { conv2d, leakyRelu, linear, flatten, model, sequential } from "tilewright";
export default model("m", { x: [1, 2, 4, 4] }, sequential([
  conv2d({ inChannels: 2, outChannels: 4, kernelSize: 9 }),
  leakyRelu({ negativeSlope: NaN }),
  flatten(),
  linear({ inFeatures: 7 as number, outFeatures: 3 }),
] as never));
`,
    );
    const { code, stderr } = await build(at("many.ts"), "--out-dir", at("many-ts"));
    expect(stderr).toMatch(/^error: .*conv '0'/m);
    expect(stderr).toMatch(/^error: .*leakyRelu '1'/m);
    expect(code).toBe(1);
    expect(existsSync(at("many-ts"))).toBe(false);
  });

  it.each([
    ["throws", "throw new Error('no luck');", "no luck"],
    ["throws what is no error", "throw undefined;", "cannot be imported"],
    ["has no default export", "export const a = 1;", "its default export is not a model"],
    ["does not parse", "export default {{{", "cannot be imported"],
    ["imports what is not there", "import './absent.js'; export default 1;", "absent"],
    ["exports a number", "export default 7;", "its default export is not a model"],
  ])("that %s is refused", async (name, text, words) => {
    const path = at(`${name.replace(/\W/g, "_")}.ts`);
    await writeFile(path, text);
    const { code, stderr } = await build(path, "--out-dir", at("out-ts"));
    expect(stderr).toContain(words);
    expect(code).toBe(1);
    expect(existsSync(at("out-ts"))).toBe(false);
  });
});

describe("weights", () => {
  it("that are missing, extra and misshapen are all named at once", async () => {
    await writeFile(at("w.safetensors"), safetensors({ "c.weight": [3, 2, 5, 5], other: [2] }));
    const { code, stderr } = await build(
      ...[at("m.tw"), "--weights-from", at("w.safetensors"), "--out-dir", at("w")],
    );
    for (const name of ["c.weight", "c.bias", "other"]) expect(stderr).toContain(name);
    expect(code).toBe(1);
    expect(existsSync(at("w"))).toBe(false);
  });

  const [weight, bias] = [[3, 2, 3, 3], [3]];
  const whole: readonly (readonly [string, () => Uint8Array])[] = [
    ["a.safetensors", () => safetensors({ "c.weight": weight!, "c.bias": bias! })],
    [
      "a.npz",
      () => zipSync({ "c.weight.npy": npy(weight!), "c.bias.npy": npy(bias!) }, { level: 0 }),
    ],
  ];
  it.each(whole)("are read from %s, and refused where it is cut off", async (name, bytesOf) => {
    const bytes = bytesOf();
    await writeFile(at(name), bytes);
    const taken = await build(
      ...[at("m.tw"), "--weights-from", at(name), "--out-dir", at(`${name}.out`)],
    );
    expect(taken).toEqual({ code: 0, stderr: "" });
    for (const part of [0, 0.02, 0.3, 0.7, 0.999]) {
      await writeFile(at(name), bytes.subarray(0, Math.floor(bytes.length * part)));
      const { code, stderr } = await build(
        ...[at("m.tw"), "--weights-from", at(name), "--out-dir", at("cut")],
      );
      expect(stderr, `${part} of ${name}`).toContain(name);
      expect([1, 2]).toContain(code);
      expect(existsSync(at("cut"))).toBe(false);
    }
  });

  it("of one array are refused where it is cut off, too", async () => {
    const bytes = npy([4]);
    for (const length of [0, 5, 9, 60, bytes.length - 1]) {
      await writeFile(at("b.npy"), bytes.subarray(0, length));
      const { code, stderr } = await build(
        ...[at("m.tw"), "--bind", `x=${at("b.npy")}`, "--out-dir", at("cut-npy")],
      );
      expect(stderr, String(length)).toContain("b.npy");
      expect([1, 2]).toContain(code);
      expect(existsSync(at("cut-npy"))).toBe(false);
    }
  });
});

describe("the command line refuses", () => {
  const refused: readonly (readonly [string, () => readonly string[], string])[] = [
    ["a model that is not there", () => [at("absent.tw")], "there is no such file"],
    ["a folder as a model", () => [at("folder.ts")], "it is a folder"],
    ["an ending that it does not know", () => [at("m.xyz")], "expected a model"],
    ["an unknown flag", () => [at("m.tw"), "--out-dirr", at("o")], "did you mean '--out-dir'?"],
    ["an unknown target", () => [at("m.tw"), "--target", "gpu"], "--target"],
    ["weights that are not there", () => [at("m.tw"), "--weights-from", at("no.npz")], "no.npz"],
  ];
  it.each(refused)("%s", async (_, args, words) => {
    const { code, stderr } = await build(...args());
    expect(stderr).toContain(words);
    expect(code).toBe(2);
  });

  it("a file in place of the folder it should write to, which it leaves alone", async () => {
    await writeFile(at("taken"), "mine");
    for (const out of [at("taken"), join(at("taken"), "inside")]) {
      const { code, stderr } = await build(at("m.tw"), "--out-dir", out);
      expect(stderr).toMatch(/^error: .*taken/);
      expect(code).toBe(2);
    }
    expect(await readFile(at("taken"), "utf8")).toBe("mine");
    expect((await readdir(folder)).filter((name) => name.endsWith(".tmp"))).toEqual([]);
  });
});
