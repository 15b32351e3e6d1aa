/** States on the command line: how they are said, run, judged and verified, and what is said of those that cannot be. */
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { writeNpy } from "../../compiler/cli/npy.js";
import { readNpy, readTypedNpy } from "../../compiler/frontend/weights/npy.js";
import { command } from "../support/commandLine.js";

// That modules are laid out for people is looked at elsewhere.
vi.mock("prettier", () => ({ format: (source: string) => Promise.resolve(source) }));

/** What h becomes shows in the outputs of the next run alone. */
const SUM = `model sum(%x: f32[2], %h: f32[2], %n: f32[3]) {
  %next = add(%x, %h)
  %y = mul(%h, @two)
  %m = relu(%n)
  return y = %y, hn = %next, m = %m
}
@two : f32[] = [2]
`;

let root = "";
const at = (name: string): string => join(root, name);

async function npy(name: string, dims: readonly number[], values: readonly number[]) {
  await writeFile(at(name), writeNpy({ dtype: "f32", dims }, Float32Array.from(values)));
}

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "states-"));
  await writeFile(at("sum.tw"), SUM);
  await npy("x.npy", [3, 2], [1, 2, 3, 4, 5, 6]);
  await npy("n.npy", [3, 3], [1, 2, 3, 4, 5, 6, 7, 8, 9]);
  await npy("n2.npy", [2, 3], [1, 2, 3, 4, 5, 6]);
  await npy("h.npy", [2], [10, 20]);
});
afterAll(() => rm(root, { recursive: true }));

const STEPS = ["--steps", "--input", "x=x.npy", "--input", "n=n.npy"] as const;

/** Paths are relative to the folder. */
const said = (...args: readonly string[]) =>
  command(...args.map((one) => one.replace(/(^|=)(\w+\.(npy|tw))$/, (_, a, b) => `${a}${at(b)}`)));

describe("run", () => {
  it("goes through the steps of its inputs, from the first states on", async () => {
    const out = at("out");
    const { code, stdout } = await said(
      ...["run", "sum.tw", "--state", "h=hn", "--initial", "h=h.npy", ...STEPS, "--out-dir", out],
    );
    expect({ code, stdout: stdout.replaceAll(out, "") }).toEqual({
      code: 0,
      stdout: "y: f32[3,2] in /y.npy\nm: f32[3,3] in /m.npy\n",
    });
    const { type, data } = readNpy(await readFile(join(out, "y.npy")));
    expect(type.dims).toEqual([3, 2]);
    expect(data).toEqual(Float32Array.of(20, 40, 22, 44, 28, 52));
  });

  it("says what no run takes, and steps that do not go together", async () => {
    const base = ["run", "sum.tw", "--state", "h=hn", "--steps", "--input", "x=x.npy"];
    const given = await said(...base, "--input", "h=h.npy");
    expect(given.stderr).toContain("'h' is a state, which no run takes; what it is at first");
    const uneven = await said(...base, "--input", "n=n2.npy");
    expect(uneven.stderr).toContain("input 'x' has 3 steps and 'n' has 2");
    const single = await said("run", "sum.tw", "--state", "h=hn", "--steps", "--input", "x=h.npy");
    expect(single.stderr).toMatch(/h.npy has \[2\], the model wants f32\[2\] for each step/);
  });
});

describe("compare", () => {
  it("judges all runs, from the first state on", async () => {
    const judged = await said("compare", "sum.tw", "--state", "h=hn", "--runs", "3", "--json");
    expect(JSON.parse(judged.stdout)).toMatchObject({
      ...{ agrees: true, runs: 3 },
      outputs: [{ name: "y", varies: true }, { name: "m" }],
    });
  });
});

describe("states that cannot be", () => {
  it.each([
    [["--state", "hh=hn"], "the model has no input 'hh' for a state; did you mean 'h'?"],
    [["--state", "h=hm"], "the model has no output 'hm' for a state; did you mean 'hn'?"],
    [["--state", "h=hn", "--state", "h=y"], "--state is given twice for 'h'"],
    [["--state", "h"], "--state h: expected name=value"],
    [["--initial", "h=h.npy"], "the model has no state 'h'; it has none"],
    [
      ["--state", "h=hn", "--bind", "h=h.npy"],
      "'h': is bound to a value and a state: the same in every run, and another; what a state is at first, --initial h=h.npy says",
    ],
    [["--state", "h=hn", "--preprocess", "h=image"], "'h': is a state, which no run takes"],
    [["--state", "h=hn", "--postprocess", "hn=classes"], "'hn': becomes a state as it is"],
  ])("%j: %s", async (options, message) => {
    const { code, stderr } = await said("check", "sum.tw", ...options);
    expect(stderr).toContain(message);
    expect(code).toBe(2);
  });

  it.each([
    [
      ["--state", "n=y"],
      "[type-mismatch] 'n': is a state of type f32[3], and output 'y' is f32[2]; a state becomes",
    ],
    [
      ["--state", "h=hn", "--initial", "h=n.npy"],
      "[type-mismatch] 'h': is a state of type f32[2], and its first value is f32[3,3]",
    ],
    [
      ["--state", "h=hn", "--state", "x=y", "--state", "n=m"],
      "[no-output] every output becomes a state: the model returns nothing; keep one as an output, too: --expose y",
    ],
  ])("%j: %s", async (options, message) => {
    const { code, stderr } = await said("check", "sum.tw", ...options);
    expect(stderr).toContain(message);
    expect(code).toBe(1);
  });
});

it("an output that becomes a state is returned where it is exposed", async () => {
  const states = ["--state", "h=hn", "--expose", "hn", "--json"];
  const { stdout } = await said("compare", "sum.tw", ...states);
  const { outputs } = JSON.parse(stdout) as { outputs: readonly { readonly name: string }[] };
  expect(outputs.map(({ name }) => name)).toEqual(["y", "hn", "m"]);
});

it("verify takes a set for one run, whose states are inputs and outputs", async () => {
  const text = SUM.replace("  return", "  state %h = hn\n  return");
  await mkdir(at("case/test_data_set_0"), { recursive: true });
  await writeFile(at("case/model.tw"), text);
  for (const [i, dims] of [[2], [2], [3]].entries())
    await npy(`case/test_data_set_0/input_${i}.npy`, dims, [3, 4, 5].slice(0, dims[0]));
  expect((await said("verify", at("case"), "--update")).code).toBe(0);
  const next = await readFile(at("case/test_data_set_0/output_1.npy"));
  expect(readTypedNpy(next).data).toEqual(Float32Array.of(6, 8));
  expect((await said("verify", at("case"))).code).toBe(0);
});

it("export writes states as inputs and outputs", async () => {
  const file = at("sum.onnx");
  const out = ["--out-file", file];
  expect((await said("export", "sum.tw", "--state", "h=hn", ...out)).code).toBe(0);
  const { stdout } = await said("dump", file, "--stage", "definition");
  expect(stdout).toMatch(/^model sum\(%x: f32\[2\], %h: f32\[2\], %n: f32\[3\]\)/);
  expect(stdout).toContain("hn = %next");
});
