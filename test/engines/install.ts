/** Installs a newer Node beside the one that runs: into this folder, so that it never shadows the other. */
import { spawnSync } from "node:child_process";
import { arch, platform } from "node:process";
import { fileURLToPath } from "node:url";
import { NODE_24 } from "./engines.js";

const folder = fileURLToPath(new URL(".", import.meta.url));
const os = platform === "win32" ? "win" : platform;
const options = ["--prefix", folder, "--no-save", "--no-package-lock", "--no-audit", "--no-fund"];
const { status } = spawnSync("npm", ["install", ...options, `node-${os}-${arch}@${NODE_24}`], {
  stdio: "inherit",
  shell: platform === "win32",
});
process.exitCode = status ?? 1;
