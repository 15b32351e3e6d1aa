/** What an install brings: packages, bytes, and nothing that runs on its own. */
import { existsSync, lstatSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

export interface Installed {
  readonly packages: number;
  readonly megabytes: number;
  /** Scripts that npm would run. */
  readonly scripts: readonly string[];
}

/** Of a folder in which something was installed. */
export function installedIn(folder: string): Installed {
  const lock = readJson(join(folder, "package-lock.json")) as { packages: Record<string, object> };
  const paths = Object.keys(lock.packages)
    .filter((path) => path !== "")
    .filter((path) => existsSync(join(folder, path)));
  const scripts = paths.flatMap((path) => {
    const manifest = readJson(join(folder, path, "package.json")) as {
      scripts?: Record<string, string>;
    };
    const run = Object.keys(manifest.scripts ?? {}).filter((name) =>
      /^(pre|post)?install$|^prepare$/.test(name),
    );
    // npm compiles what has a binding.gyp.
    const native = existsSync(join(folder, path, "binding.gyp")) ? ["binding.gyp"] : [];
    // Packages from a registry are prepared before they are published.
    const own = path.endsWith("/tilewright") ? run : run.filter((name) => name !== "prepare");
    return [...own, ...native].map((name) => `${path}: ${name}`);
  });
  const megabytes = Math.round(bytesOf(join(folder, "node_modules")) / 1e6);
  return { packages: paths.length, megabytes, scripts };
}

function readJson(path: string): unknown {
  return JSON.parse(readFileSync(path, "utf8"));
}

function bytesOf(folder: string): number {
  return readdirSync(folder, { recursive: true, encoding: "utf8" }).reduce(
    (sum, name) => sum + lstatSync(join(folder, name)).size,
    0,
  );
}
