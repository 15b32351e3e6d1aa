/** The command as a process: its exit code and its two streams. */
import { spawnSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

const jiti = join(
  dirname(createRequire(import.meta.url).resolve("jiti/package.json")),
  "lib/jiti-cli.mjs",
);
const main = fileURLToPath(new URL("../../compiler/cli/main.ts", import.meta.url));

it("keeps results and problems apart", async () => {
  const folder = await mkdtemp(join(tmpdir(), "process-"));
  try {
    const path = join(folder, "m.tw");
    await writeFile(path, "model m(%x: f32[2]) {\n  %a = relu(%x)\n  return y = %a\n}\n");
    const good = spawnSync(process.execPath, [jiti, main, "check", path], { encoding: "utf8" });
    expect(good.stderr).toBe("");
    expect(good.stdout).toMatch(/^m: ok, 1 node in 1 kernel\n$/);
    expect(good.status).toBe(0);
    const bad = spawnSync(process.execPath, [jiti, main, "chek", path], { encoding: "utf8" });
    expect(bad.stdout).toBe("");
    expect(bad.stderr).toBe("error: there is no verb 'chek'; did you mean 'check'?\n");
    expect(bad.status).toBe(2);
  } finally {
    await rm(folder, { recursive: true });
  }
}, 60_000);
