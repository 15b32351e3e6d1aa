/** A bundler takes of `tilewright/postprocess` what is used, and nothing else. */
import { fileURLToPath } from "node:url";
import { build, type Rollup } from "vite";
import { expect, it } from "vitest";
import * as postprocess from "../../postprocess/index.js";

const index = fileURLToPath(new URL("../../postprocess/index.ts", import.meta.url));
const ENTRY = "virtual:entry";

/** Code of a module that exports these. */
async function sizeOf(names: readonly string[]): Promise<number> {
  const built = (await build({
    configFile: false,
    logLevel: "error",
    plugins: [
      {
        name: "entry",
        resolveId: (id) => (id.endsWith(ENTRY) ? ENTRY : undefined),
        load: (id) =>
          id === ENTRY
            ? `export { ${names.join(", ")} } from ${JSON.stringify(index)};`
            : undefined,
      },
    ],
    build: { lib: { entry: ENTRY, formats: ["es"] }, write: false, minify: true },
  })) as Rollup.RollupOutput[];
  return built[0]!.output[0].code.length;
}

it("costs the bytes of what is used", async () => {
  const names = Object.keys(postprocess);
  const all = await sizeOf(names);
  const sizes = await Promise.all(names.map(async (name) => [name, await sizeOf([name])] as const));
  // What several need is counted for each: errors of sizes that do not fit.
  for (const [name, size] of sizes) expect([name, size < all / 3]).toEqual([name, true]);
});
