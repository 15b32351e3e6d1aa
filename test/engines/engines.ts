/** The engines that emitted modules are tried on: this Node, a newer one, and a browser, where they are installed. */
import { spawn, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { arch, env, execPath, platform } from "node:process";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The version that `npm run engines` installs: the first line with V8 13. */
export const NODE_24 = "24.21.0";

/** The newer Node, where `npm run engines` put it. */
export function findNode24(): string | undefined {
  const os = platform === "win32" ? "win" : platform;
  const file = platform === "win32" ? "node.exe" : "bin/node";
  const path = new URL(`./node_modules/node-${os}-${arch}/${file}`, import.meta.url);
  return existsSync(path) ? fileURLToPath(path) : undefined;
}

/** A Chromium on the PATH, or the one that CHROMIUM names. */
export function findChromium(): string | undefined {
  const names = [env["CHROMIUM"], "chromium", "chromium-browser", "google-chrome"];
  return names.find(
    (name) =>
      name !== undefined && spawnSync(name, ["--version"], { timeout: 20_000 }).status === 0,
  );
}

/** What a script prints, run by a Node of some version. Throws with its errors where it fails. */
export function runNode(
  node: string = execPath,
  args: readonly string[] = [],
  options: { readonly cwd?: string; readonly env?: NodeJS.ProcessEnv } = {},
): string {
  const result = spawnSync(node, args, { encoding: "utf8", maxBuffer: 2 ** 28, ...options });
  if (result.status !== 0) throw new Error(`${node} ${args.join(" ")}\n${result.stderr}`);
  return result.stdout;
}

/** Without a window, and without talk to anybody. */
export const CHROMIUM_FLAGS: readonly string[] = [
  ..."--headless --no-sandbox --disable-gpu --disable-quic --no-first-run".split(" "),
  ..."--disable-background-networking --disable-component-update --disable-sync".split(" "),
];

/** Opens an address without a window until `done` settles, and closes it again. */
export async function withChromium<T>(
  chromium: string,
  address: string,
  done: Promise<T>,
): Promise<T> {
  const profile = await mkdtemp(join(tmpdir(), "chromium-"));
  const flags = [...CHROMIUM_FLAGS, `--user-data-dir=${profile}`];
  const browser = spawn(chromium, [...flags, address], { stdio: "ignore", detached: true });
  const closed = new Promise<void>((resolve) => browser.once("close", () => resolve()));
  try {
    return await done;
  } finally {
    // Its own group: a browser is many processes.
    process.kill(-browser.pid!, "SIGKILL");
    await closed;
    await rm(profile, { recursive: true, force: true, maxRetries: 5 });
  }
}
