/** The command as a process: its exit code and its two streams. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { commandProcess } from "../support/commandProcess.js";

it("keeps results and problems apart", async () => {
  const folder = await mkdtemp(join(tmpdir(), "process-"));
  try {
    const path = join(folder, "m.tw");
    await writeFile(path, "model m(%x: f32[2]) {\n  %a = relu(%x)\n  return y = %a\n}\n");
    const good = await commandProcess("check", path);
    expect(good.stderr).toBe("");
    expect(good.stdout).toMatch(/^m: ok, 1 node in 1 kernel\n$/);
    expect(good.code).toBe(0);
    const bad = await commandProcess("chek", path);
    expect(bad.stdout).toBe("");
    expect(bad.stderr).toBe("error: [usage] there is no verb 'chek'; did you mean 'check'?\n");
    expect(bad.code).toBe(2);
  } finally {
    await rm(folder, { recursive: true });
  }
}, 60_000);
