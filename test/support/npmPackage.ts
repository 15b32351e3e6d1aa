/** Files of npm packages that nothing depends on, fetched by name and kept, for tests of what is published. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { platform } from "node:process";
import { fileURLToPath } from "node:url";

const CACHE = fileURLToPath(
  new URL("../../node_modules/.cache/tilewright-packages", import.meta.url),
);
/** A registry that does not answer is as good as none. */
const LONGEST_MS = 60_000;

/** What could not be had in this process, so that it is asked for once. */
const missing = new Set<string>();

/**
 * The paths of some files of a package (`name@1.2.3`), which is fetched where it has not been before; undefined
 * where there is no npm, no registry or no such file.
 */
export function packageFiles(
  spec: string,
  files: readonly string[],
): readonly string[] | undefined {
  const folder = join(CACHE, spec.replace("/", "+"));
  if (!existsSync(folder) && !missing.has(spec) && !fetch(spec, folder)) missing.add(spec);
  const paths = files.map((file) => join(folder, file));
  return paths.every((path) => existsSync(path)) ? paths : undefined;
}

/** Unpacks a package beside its place and moves it there, as another process may do the same. */
function fetch(spec: string, folder: string): boolean {
  mkdirSync(CACHE, { recursive: true });
  const made = mkdtempSync(join(CACHE, "new-"));
  try {
    const packed = ["pack", spec, "--silent", "--ignore-scripts", "--fetch-retries=0"];
    if (!succeeds(made, "npm", packed)) return false;
    const [tarball] = readdirSync(made);
    if (tarball === undefined || !succeeds(made, "tar", ["-xzf", tarball])) return false;
    renameSync(join(made, "package"), folder);
    return true;
  } catch {
    return existsSync(folder);
  } finally {
    rmSync(made, { recursive: true, force: true });
  }
}

function succeeds(cwd: string, command: string, given: readonly string[]): boolean {
  const options = {
    cwd,
    stdio: "ignore",
    timeout: LONGEST_MS,
    shell: platform === "win32",
  } as const;
  return spawnSync(command, given, options).status === 0;
}
