/** The matcher for users' own tests, on a folder that is recorded and then changed. */
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { writeNpy } from "../../compiler/cli/npy.js";
import { matchers } from "../../compiler/vitest/index.js";
import { TARGET_NAMES } from "../../compiler/targets/index.js";
import { readTypedNpy } from "../../compiler/frontend/weights/npy.js";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "matcher-"));
  await mkdir(join(folder, "test_data_set_0"));
  await writeFile(
    join(folder, "model.tw"),
    "model m(%x: f32[2]) {\n  %y = relu(%x)\n  return y = %y\n}\n",
  );
  const input = writeNpy({ dtype: "f32", dims: [2] }, new Float32Array([-1, 2]));
  await writeFile(join(folder, "test_data_set_0", "input_0.npy"), input);
});
afterAll(() => rm(folder, { recursive: true }));

const match = (state: object, options = {}) =>
  matchers.toReproduceOutputs.call(state, folder, options);

it.each(TARGET_NAMES)(
  "records under vitest -u, passes, and says what differs, %s",
  async (target) => {
    const plan = { target };
    await rm(join(folder, "test_data_set_0", "output_0.npy"), { force: true });
    expect((await match({}, { plan })).pass).toBe(false);
    expect((await match({ snapshotState: { _updateSnapshot: "all" } }, { plan })).pass).toBe(true);
    expect((await match({}, { plan })).pass).toBe(true);
    const path = join(folder, "test_data_set_0", "output_0.npy");
    const { type, data } = readTypedNpy(await readFile(path));
    expect([...data]).toEqual([0, 2]);
    data[1] = 3;
    await writeFile(path, writeNpy(type, data));
    const wrong = await match({}, { plan });
    expect(wrong.pass).toBe(false);
    expect(wrong.message()).toContain("'y'[1] is 2, expected 3");
    expect((await match({}, { plan, tolerance: { rtol: 1, atol: 0 } })).pass).toBe(true);
  },
);

it("is a matcher of vitest's own expect, types included", async () => {
  const record = { update: true };
  await expect(folder).toReproduceOutputs(record);
  await expect(folder).toReproduceOutputs();
  await expect(join(folder, "none")).not.toReproduceOutputs();
  await expect(expect(join(folder, "none")).toReproduceOutputs()).rejects.toThrow("has no model");
  // @ts-expect-error there is no such option
  await expect(folder).toReproduceOutputs({ tolerances: 1 });
  // @ts-expect-error there is no such matcher
  expect(() => expect(folder).toReproduceOutput()).toThrow();
});

it("says what is missing", async () => {
  const { pass, message } = await matchers.toReproduceOutputs.call({}, join(folder, "none"));
  expect(pass).toBe(false);
  expect(message()).toContain("has no model");
});
