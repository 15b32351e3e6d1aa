/** Builds what the package ships into dist/: the compiler, and what emitted modules import, as modules and for require. */
import { spawnSync } from "node:child_process";
import { cpSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { bundleClient } from "./compiler/report-page/clientFiles.js";

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** Emits by a configuration; ends the process where that reports errors. Types are checked by `npm run typecheck`: twice is time. */
function compileBy(config: string): void {
  const compiler = fileURLToPath(import.meta.resolve("typescript/bin/tsc"));
  const { status } = spawnSync(process.execPath, [compiler, "-p", at(config), "--noCheck"], {
    stdio: "inherit",
  });
  if (status !== 0) process.exit(status ?? 1);
}

rmSync(at("dist"), { recursive: true, force: true });
compileBy("tsconfig.build.json");
compileBy("tsconfig.cjs.json");
writeFileSync(at("dist/cjs/package.json"), '{ "type": "commonjs" }\n');
// Not beside what is built from them: whoever resolves `./wasm.js` there takes a `.ts` for it where there is one.
cpSync(at("runtime"), at("dist/standalone"), {
  recursive: true,
  filter: (path) => !path.endsWith(".json"),
});
const { script, style } = await bundleClient();
writeFileSync(at("dist/compiler/report-page/client.js"), script);
writeFileSync(at("dist/compiler/report-page/client.css"), style);
