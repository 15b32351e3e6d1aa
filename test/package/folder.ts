/** Fresh folders outside the repository, and npm in them: what a user of the package has. */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { env, platform } from "node:process";
import { fileURLToPath } from "node:url";

export const ROOT = fileURLToPath(new URL("../../", import.meta.url));

const QUIET = ["--no-audit", "--no-fund", "--loglevel=error"];

/** Packs the package, building it, and returns the tarball's path; or takes what lies in TILEWRIGHT_PACKAGE. */
export function pack(folder: string): string {
  const packed = env["TILEWRIGHT_PACKAGE"];
  if (packed === undefined) {
    const args = ["pack", "--pack-destination", folder, ...QUIET];
    execFileSync("npm", args, { cwd: ROOT, stdio: "inherit", shell: platform === "win32" });
  }
  const from = packed ?? folder;
  const tarball = readdirSync(from).find((name) => name.endsWith(".tgz"));
  if (tarball === undefined) throw new Error(`no tarball lies in ${from}`);
  return join(from, tarball);
}

export const newFolder = (): string => mkdtempSync(join(tmpdir(), "package-"));

/** A folder with files by their paths. */
export function project(folder: string, files: Readonly<Record<string, string | object>>): string {
  for (const [name, content] of Object.entries(files)) {
    const path = join(folder, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, typeof content === "string" ? content : JSON.stringify(content));
  }
  return folder;
}

/** Installs packages; false where that does not work, which may be for want of a network. */
export function install(folder: string, packages: readonly string[]): boolean {
  const options = { cwd: folder, stdio: "inherit", shell: platform === "win32" } as const;
  return spawnSync("npm", ["install", ...QUIET, ...packages], options).status === 0;
}

/** What a command prints, and whether it ended well. */
export function run(
  folder: string,
  ...[command, ...given]: readonly [string, ...string[]]
): { readonly ok: boolean; readonly text: string } {
  const options = { cwd: folder, encoding: "utf8", shell: platform === "win32" } as const;
  const { status, stdout, stderr, error } = spawnSync(command, given, options);
  return { ok: status === 0, text: `${stdout}${stderr}${error?.message ?? ""}` };
}
