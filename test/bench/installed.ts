/** Installs the heavy peers into a folder of their own, and imports them from there. */
import { spawnSync } from "node:child_process";
import { copyFileSync, existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

export const peerFolder = fileURLToPath(new URL("./peers/", import.meta.url));
const require = createRequire(`${peerFolder}package.json`);

/** Does nothing where what the lock asks for is there. Throws an Error where npm fails. */
export function installPeers(): void {
  const lock = `${peerFolder}package-lock.json`;
  const stamp = `${peerFolder}node_modules/.installed-lock.json`;
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === readFileSync(lock, "utf8")) return;
  process.stderr.write("installing what the benchmark compares with …\n");
  // Their install scripts would fetch binaries that nothing here uses.
  const args = ["ci", "--prefix", peerFolder, "--ignore-scripts", "--no-audit", "--no-fund"];
  const { status } = spawnSync("npm", args, { stdio: ["ignore", 2, 2] });
  if (status !== 0) throw new Error(`npm ${args.join(" ")} failed`);
  copyFileSync(lock, stamp);
}

/** An installed package; its types are the caller's to know. */
export function requirePeer(name: string): unknown {
  return require(name);
}

/** What its manifest says. */
export function versionOfPeer(name: string): string {
  const manifest = JSON.parse(
    readFileSync(`${peerFolder}node_modules/${name}/package.json`, "utf8"),
  ) as {
    readonly version: string;
  };
  return manifest.version;
}
