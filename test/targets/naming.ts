/** Finds who knows a target by name: nobody but its own folder and the registry should. */
import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import type { Target } from "../../compiler/targets/target.js";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** Rooms that could tell targets apart; below them names of axes and dims are as short as those of targets. */
const ROOMS = ["analysis", "cli", "emit", "golden", "program", "targets", "tune", "vitest"];

function filesUnder(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts"))
    .map((name) => join(folder, name));
}

function isAbove(path: string): boolean {
  const [, room, ...rest] = path.split("/");
  return rest.length === 0 || ROOMS.includes(room!);
}

/** Lines of others that name a target, one of its variants, or one of its flags. */
export function namings({ name, variants, flags, dump }: Target): string[] {
  const own = join("compiler", "targets", name, "");
  const words = [name, ...variants.map((one) => one.name)];
  const quoted = words.flatMap((word) => [`"${word}"`, `'${word}'`, `\`${word}\``]);
  const usages = [...flags, ...dump.flags].map(
    // --wat is not in --watch.
    ({ usage }) => new RegExp(`${usage.split(" ")[0]!}\\b`),
  );
  const others = filesUnder("compiler").filter((path) => isAbove(path) && !path.startsWith(own));
  return linesOf(others)
    .filter(
      ({ text }) =>
        quoted.some((one) => text.includes(one)) || usages.some((one) => one.test(text)),
    )
    .map(({ where }) => where);
}

/** Lines outside of a folder that import something in it. */
export function importers(folder: string): string[] {
  const files = ["compiler", "runtime", "examples", "test"].flatMap(filesUnder);
  return linesOf(files)
    .filter(({ path, text }) => {
      const from = /from "(\.[^"]*)"|import\("(\.[^"]*)"\)/.exec(text);
      if (from === null || path.startsWith(join(folder, ""))) return false;
      const to = relative(".", join(path, "..", (from[1] ?? from[2])!));
      return to.startsWith(`${folder}/`);
    })
    .map(({ where }) => where);
}

function linesOf(files: readonly string[]) {
  return files.flatMap((path) =>
    readFileSync(join(root, path), "utf8")
      .split("\n")
      .map((text, i) => ({ path, text, where: `${path}:${i + 1}` })),
  );
}
