/** A process that writes a set of files into a folder as a build does, so that it can be killed: `writeSet.js FROM OUT [--force]`. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { writeFiles } from "../../compiler/emit/writeFiles.js";

/** FROM has the contents, and an `order.json` with their names, the module's first. */
const [from, out, force] = process.argv.slice(2);
const names = JSON.parse(readFileSync(join(from!, "order.json"), "utf8")) as string[];
const files = names.map((path) => {
  const bytes = readFileSync(join(from!, path));
  return { path, content: /\.(bin|wasm)$/.test(path) ? bytes : bytes.toString("utf8") };
});
await writeFiles(out!, files, { force: force === "--force" });
