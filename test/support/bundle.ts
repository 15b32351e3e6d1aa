/** Makes one file of JavaScript of a source and all that it imports: a process that translates its own sources is slow to start. */
import { createHash, randomUUID } from "node:crypto";
import { mkdir, rename, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build, type Rollup } from "vite";
import { bundleClient } from "../../compiler/report-page/clientFiles.js";

const root = fileURLToPath(new URL("../../", import.meta.url));

const bundles = new Map<string, Promise<string>>();

/** The path of what a source of this repository (`compiler/cli/main.ts`) becomes; made once a process. */
export function bundled(entry: string): Promise<string> {
  const before = bundles.get(entry);
  if (before !== undefined) return before;
  const made = bundle(entry);
  bundles.set(entry, made);
  return made;
}

async function bundle(entry: string): Promise<string> {
  const built = (await build({
    configFile: false,
    logLevel: "error",
    root,
    build: {
      ...{ ssr: entry, target: "node20", minify: false, write: false },
      // One file, also of what is loaded when it is used.
      rollupOptions: { output: { codeSplitting: false } },
    },
  })) as Rollup.RollupOutput;
  // Packages are found from here, and the runtime's sources and the page's script as from the package; other tests may be about to
  // write the same, and other checkouts that have the same packages.
  const checkout = createHash("sha256").update(root).digest("hex").slice(0, 16);
  const folder = join(root, "node_modules/.cache/tilewright", checkout);
  const path = join(folder, "dist", entry.replace(/\.ts$/, ".js"));
  await mkdir(dirname(path), { recursive: true });
  const put = async (to: string, make: (temporary: string) => Promise<void>): Promise<void> => {
    const temporary = `${to}.${randomUUID()}`;
    await make(temporary);
    await rename(temporary, to);
  };
  await put(join(folder, "package.json"), (to) => writeFile(to, '{ "type": "module" }'));
  await put(join(folder, "dist/standalone"), (to) => symlink(join(root, "runtime"), to));
  const { script, style } = await bundleClient();
  await mkdir(join(folder, "dist/page"), { recursive: true });
  await put(join(folder, "dist/page/client.js"), (to) => writeFile(to, script));
  await put(join(folder, "dist/page/client.css"), (to) => writeFile(to, style));
  await put(path, (to) => writeFile(to, built.output[0].code));
  return path;
}
