/** Two builds of one model are the same bytes, whoever builds where and with what. */
import { createHash } from "node:crypto";
import { mkdir, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { env, execPath } from "node:process";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bundled } from "../support/bundle.js";
import { findNode24, runNode } from "./engines.js";

const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const node24 = findNode24();
const newer = node24 === undefined ? "Node 24 (absent: npm run engines)" : "Node 24";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "builds-"));
});
afterAll(() => rm(folder, { recursive: true }));

/** Hashes of the files of a build in a process of its own, by name. */
async function buildHashes(
  name: string,
  args: readonly string[],
  node: string,
  changed: NodeJS.ProcessEnv,
): Promise<Record<string, string>> {
  const cwd = join(folder, name);
  await mkdir(cwd);
  const main = await bundled("compiler/cli/main.ts");
  runNode(node, [main, "build", ...args, "--out-dir", "out"], {
    cwd,
    env: { ...env, ...changed },
  });
  const hashes: Record<string, string> = {};
  for (const file of (await readdir(join(cwd, "out"))).sort())
    hashes[file] = createHash("sha256")
      .update(await readFile(join(cwd, "out", file)))
      .digest("hex");
  return hashes;
}

describe.each(["ts", "wasm"])("builds for %s", (target) => {
  const model = here("../../examples/lenet5/model.ts");
  const args = [model, "--target", target, "--weights", "file"];
  let first: Record<string, string> = {};

  beforeAll(async () => {
    first = await buildHashes(`first-${target}`, args, execPath, { TZ: "UTC", LANG: "C" });
  });

  it("are the same in another folder, time zone and language", async () => {
    const changed = { TZ: "Asia/Kolkata", LANG: "tr_TR.UTF-8", LC_ALL: "tr_TR.UTF-8" };
    expect(Object.keys(first).length).toBeGreaterThan(1);
    expect(await buildHashes(`second-${target}`, args, execPath, changed)).toEqual(first);
  });

  it.skipIf(node24 === undefined)(`are the same in ${newer}`, async () => {
    expect(await buildHashes(`newer-${target}`, args, node24!, { TZ: "UTC" })).toEqual(first);
  });
});
