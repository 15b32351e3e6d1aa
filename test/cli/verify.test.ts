/** `tilewright verify` on folders that a test records and then changes. */
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { writeNpy } from "../../compiler/cli/npy.js";
import { exportOnnx } from "../../compiler/onnx-export/export.js";
import { decodeTensor } from "../../compiler/onnx/decode.js";
import { encodeTensor } from "../../compiler/onnx/proto.js";
import { inferShapes } from "../../compiler/infer/inferShapes.js";
import { parseDefinition } from "../../compiler/graph/text/parse.js";
import { TARGET_NAMES } from "../../compiler/targets/index.js";
import { tensor } from "../../compiler/base/tensor.js";
import { readTypedNpy } from "../../compiler/frontend/weights/npy.js";
import { command } from "../support/commandLine.js";

let root = "";
beforeAll(async () => (root = await mkdtemp(join(tmpdir(), "verify-"))));
afterAll(() => rm(root, { recursive: true }));

const MODEL = `model net(%x: f32[2,3], %shape: i64[2]) {
  %t = tanh(%x)
  %y = reshape(%t, %shape)
  return y = %y, t = %t
}
`;

/** A folder with a model and one set of inputs. */
async function folder(name: string, model = MODEL): Promise<string> {
  const dir = join(root, name);
  const set = join(dir, "test_data_set_0");
  await mkdir(set, { recursive: true });
  await writeFile(join(dir, "model.tw"), model);
  const [x, shape] = [tensor("f32", [2, 3], [1, 2, 3, -1, NaN, 0]), tensor("i64", [2], [3, -1])];
  await writeFile(join(set, "input_0.npy"), writeNpy(x.type, x.data));
  await writeFile(join(set, "input_1.npy"), writeNpy(shape.type, shape.data));
  return dir;
}

describe.each(TARGET_NAMES)("verify on %s", (target) => {
  const verify = (...args: string[]) => command("verify", "--target", target, ...args);

  it("records outputs and then finds them again, inputs that decide shapes bound", async () => {
    const dir = await folder(`${target}/recorded`);
    const update = await verify("--update", dir);
    expect(update).toMatchObject({ code: 0, stderr: "" });
    const set = join(dir, "test_data_set_0");
    expect((await readdir(set)).filter((name) => name.startsWith("output"))).toEqual([
      "output_0.npy",
      "output_1.npy",
    ]);
    const { type, data } = readTypedNpy(await readFile(join(set, "output_0.npy")));
    expect(type).toEqual({ dtype: "f32", dims: [3, 2] });
    expect(data[0]).toBeCloseTo(Math.tanh(1), 6);
    const again = await verify(dir);
    expect(again.code).toBe(0);
    expect(again.stdout).toContain("1 of 1 case passed, largest error 0");
  });

  it("says which element differs and by how much, in words and as JSON", async () => {
    const dir = await folder(`${target}/different`);
    await verify("--update", dir);
    const path = join(dir, "test_data_set_0", "output_1.npy");
    const recorded = readTypedNpy(await readFile(path));
    recorded.data[5] = 0.5;
    await writeFile(path, writeNpy(recorded.type, recorded.data));
    const { code, stdout } = await verify(dir);
    expect(code).toBe(1);
    expect(stdout).toContain("fail  largest error 0.5");
    expect(stdout).toContain("'t'[1,2] is 0, expected 0.5");
    const json = await verify("--json", dir);
    expect(JSON.parse(json.stdout)).toEqual({
      cases: [{ dir, status: "fail", maxError: 0.5, reason: "'t'[1,2] is 0, expected 0.5" }],
    });
    expect((await verify("--atol", "0.6", dir)).code).toBe(0);
  });

  it("finds the first node that computes something else than was recorded for it", async () => {
    const net = `model net(%x: f32[2,3], %shape: i64[2]) {
  %half = mul(%x, @scale)
  %t = tanh(%half)
  %u = exp(%t)
  %y = reshape(%u, %shape)
  return y = %y
}
@scale : f32[] = [0.5]
`;
    const dir = await folder("changed", net);
    const path = join(dir, "test_data_set_0", "values.npz");
    const update = await command("verify", "--update", "--bisect", dir);
    expect(update.stdout).toContain("values.npz");
    const before = await readFile(path);
    const set = await readdir(join(dir, "test_data_set_0"));
    expect(set.sort()).toEqual(["input_0.npy", "input_1.npy", "output_0.npy", "values.npz"]);

    await writeFile(join(dir, "model.tw"), net.replace("tanh", "sigmoid"));
    const changed = await command("verify", "--bisect", dir);
    expect(changed.code).toBe(1);
    const line = "first node that differs from its record: sigmoid 't' f32[2,3]";
    expect(changed.stdout).toContain(line);
    expect(changed.stdout).toMatch(/'t'\[0,0\] is 0.62\d+, expected 0.46\d+/);
    const json = await command("verify", "--bisect", "--json", dir);
    const { cases } = JSON.parse(json.stdout) as { cases: { culprit: object }[] };
    expect(cases[0]!.culprit).toMatchObject({
      node: "t",
      type: "f32[2,3]",
      comparedWith: "record",
    });

    // A record is kept up to date once it is there.
    await command("verify", "--update", dir);
    expect((await command("verify", "--bisect", dir)).code).toBe(0);
    await writeFile(join(dir, "model.tw"), net);
    await command("verify", "--update", dir);
    expect(await readFile(path)).toEqual(before);
  });

  it("says where no node is to blame, and what to do then", async () => {
    const dir = await folder("blameless");
    await command("verify", "--update", dir);
    await writeFile(join(dir, "model.tw"), MODEL.replace("tanh", "sin"));
    const { code, stdout } = await command("verify", "--bisect", dir);
    expect(code).toBe(1);
    expect(stdout).toContain("every node computes what its op means; to find the one that changed");
  });

  it("takes several folders, and models that cannot be compiled for what they are", async () => {
    const good = await folder(`${target}/good`);
    const bad = await folder(`${target}/bad`, MODEL.replace("tanh", "tanhh"));
    await verify("--update", good);
    const { code, stdout } = await verify("--json", good, bad);
    expect(code).toBe(1);
    const { cases } = JSON.parse(stdout) as { cases: Record<string, unknown>[] };
    expect(cases.map(({ status }) => status)).toEqual(["pass", "unsupported"]);
    expect(cases[1]!["reason"]).toContain("[unknown-op]");
  });

  it("reads and records .pb files beside a .onnx model", async () => {
    const dir = join(root, target, "onnx");
    const set = join(dir, "test_data_set_0");
    await mkdir(set, { recursive: true });
    const graph = inferShapes(
      parseDefinition("model m(%x: f32[3]) {\n  %y = exp(%x)\n  return y = %y\n}\n"),
    );
    await writeFile(join(dir, "model.onnx"), exportOnnx(graph));
    const proto = (name: string, values: number[]) =>
      encodeTensor({
        name,
        dims: [3],
        dataType: 1,
        rawData: new Uint8Array(new Float32Array(values).buffer),
      });
    await writeFile(join(set, "input_0.pb"), proto("x", [0, 1, 2]));
    await writeFile(join(set, "output_0.pb"), proto("y", [0, 0, 0]));
    expect((await verify(dir)).code).toBe(1);
    expect((await verify("--update", dir)).code).toBe(0);
    const { rawData } = decodeTensor(await readFile(join(set, "output_0.pb")));
    expect(new Float32Array(new Uint8Array(rawData).buffer)[1]).toBeCloseTo(Math.E, 5);
    expect((await verify(dir)).code).toBe(0);
  });

  it("says what is missing", async () => {
    const empty = join(root, target, "empty");
    await mkdir(empty, { recursive: true });
    const noModel = await verify(empty);
    expect(noModel).toMatchObject({ code: 2, stdout: "" });
    expect(noModel.stderr).toContain("has no model");
    const nowhere = await verify(join(root, "nowhere"));
    expect(nowhere).toMatchObject({ code: 2 });
    expect(nowhere.stderr).toContain("there is no folder");
    await writeFile(join(empty, "model.tw"), MODEL);
    expect((await verify(empty)).stderr).toContain("has no test_data_set_0");
    expect((await verify("--rtol", "x", empty)).stderr).toContain("--rtol");
  });
});
