/** `tilewright compare`, and `verify --update`, which records nothing that compare finds wrong. */
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { writeNpy } from "../../compiler/cli/npy.js";
import type * as runModule from "../../compiler/cli/runModule.js";
import { readTypedNpy } from "../../compiler/frontend/weights/npy.js";
import { TARGET_NAMES } from "../../compiler/targets/index.js";
import { matchers } from "../../compiler/vitest/index.js";
import { command } from "../support/commandLine.js";

/** The op that is compiled as another one, as a faulty compiler would. */
const planted = vi.hoisted(() => ({ fault: undefined as readonly [string, string] | undefined }));

vi.mock("../../compiler/cli/runModule.js", async (original) => {
  const actual = await original<typeof runModule>();
  const buildModule: typeof actual.buildModule = (definition, options) => {
    const [from, to] = planted.fault ?? ["", ""];
    const nodes = definition.nodes.map((node) => (node.op === from ? { ...node, op: to } : node));
    return actual.buildModule({ ...definition, nodes }, options);
  };
  return { ...actual, buildModule };
});

const NET = `model net(%x: f32[N,2,5]) {
  %a = tanh(%x)
  %b = mul(%a, @scale)
  %c = exp(%b)
  return y = %c, "odd\\u0007name" = %a
}
@scale : f32[] = [0.5]
`;

let root = "";
beforeAll(async () => (root = await mkdtemp(join(tmpdir(), "compare-"))));
afterAll(() => rm(root, { recursive: true }));
beforeEach(() => (planted.fault = undefined));

describe.each(TARGET_NAMES)("compare on %s", (target) => {
  const compare = async (...args: string[]) => {
    const path = join(root, "net.tw");
    await writeFile(path, NET);
    return command("compare", path, "--target", target, "--shape", "x=3,2,5", ...args);
  };

  it("gives the largest error of each output beside what is allowed", async () => {
    const { code, stdout, stderr } = await compare();
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(/^y: f32\[3,2,5\] {2}largest error \S+, \S+ allowed\n/);
    expect(stdout).toContain("odd\\u0007name: f32[3,2,5]");
    expect(stdout).toContain("the module computes what the model means: 2 runs, inputs of seed 1");
  });

  it("says the same as JSON, of as many runs as asked for", async () => {
    const { code, stdout } = await compare("--json", "--runs", "3", "--input-seed", "7");
    expect(code).toBe(0);
    const report = JSON.parse(stdout) as { outputs: { error: number; allowed: number }[] };
    expect(report).toMatchObject({ agrees: true, runs: 3 });
    for (const { error, allowed } of report.outputs) expect(error).toBeLessThanOrEqual(allowed);
  });

  it("names the first node that is compiled wrong, and exits with 1", async () => {
    planted.fault = ["mul", "add"];
    const { code, stdout } = await compare();
    expect(code).toBe(1);
    expect(stdout).toContain("first node that is compiled wrong: mul 'b' f32[3,2,5]");
    expect(stdout).toMatch(/'b'\[0,0,0\] is \S+, expected \S+ within /);
    expect(stdout).toContain("the module is wrong: 1 run, inputs of seed 1");
    const json = JSON.parse((await compare("--json")).stdout) as object;
    expect(json).toMatchObject({ agrees: false, culprit: { node: "b", op: "mul" } });
  });
});

describe("compare", () => {
  it("refuses to run less than once", async () => {
    const { code, stderr } = await command("compare", join(root, "net.tw"), "--runs", "0");
    expect(code).toBe(2);
    expect(stderr).toContain("--runs must be at least 1");
  });
});

describe.each(TARGET_NAMES)("recording on %s", (target) => {
  const folder = async (name: string): Promise<{ dir: string; set: string }> => {
    const dir = join(root, `${name}-${target}`);
    const sets = [0, 1].map((i) => join(dir, `test_data_set_${i}`));
    await mkdir(dir, { recursive: true });
    await writeFile(join(dir, "model.tw"), NET);
    for (const [i, set] of sets.entries()) {
      await mkdir(set, { recursive: true });
      const x = Float32Array.from({ length: 10 }, (_, k) => (k - 4) / (i + 2));
      await writeFile(join(set, "input_0.npy"), writeNpy({ dtype: "f32", dims: [1, 2, 5] }, x));
    }
    return { dir, set: sets[1]! };
  };

  it("refuses what the model does not mean, and leaves every file as it is", async () => {
    const { dir, set } = await folder("refused");
    expect((await command("verify", "--update", "--target", target, dir)).code).toBe(0);
    const before = await readFile(join(set, "output_0.npy"));
    planted.fault = ["exp", "sinh"];
    const { code, stdout } = await command("verify", "--update", "--target", target, dir);
    expect(code).toBe(1);
    expect(stdout).toContain("not recorded: the compiled module computes something else than");
    expect(stdout).toContain("first node that is compiled wrong: exp 'c' f32[1,2,5]");
    expect(await readFile(join(set, "output_0.npy"))).toEqual(before);
    // What was recorded is what the model means, so the fault shows without it, too.
    expect((await command("verify", "--target", target, dir)).code).toBe(1);
    planted.fault = undefined;
    expect((await command("verify", "--target", target, dir)).code).toBe(0);
  });

  it("writes nothing of any set where one is wrong", async () => {
    const { dir, set } = await folder("partial");
    planted.fault = ["tanh", "softsign"];
    expect((await command("verify", "--update", "--target", target, dir)).code).toBe(1);
    expect(await readdir(set)).toEqual(["input_0.npy"]);
    expect(await readdir(join(dir, "test_data_set_0"))).toEqual(["input_0.npy"]);
    const { pass, message } = await matchers.toReproduceOutputs.call({}, dir, {
      update: true,
      plan: { target },
    });
    expect(pass).toBe(false);
    expect(message()).toContain("first node that is compiled wrong: tanh 'a'");
  });

  it("records the values that inference by hand gives", async () => {
    const { dir, set } = await folder("right");
    await command("verify", "--update", "--bisect", "--target", target, dir);
    const { data } = readTypedNpy(await readFile(join(set, "output_0.npy")));
    expect(data[9]).toBeCloseTo(Math.exp(Math.tanh(5 / 3) / 2), 5);
    expect(await readdir(set)).toContain("values.npz");
  });
});
