import { fileURLToPath } from "node:url";
import { configDefaults, defineConfig } from "vitest/config";
import { ALONE, AloneFirst } from "./test/support/testFiles.js";

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** Modules that are evaluated once for many files take a fifth less of all the time. */
const together = {
  name: "together",
  include: ["test/**/*.test.ts"],
  exclude: [...configDefaults.exclude, ...ALONE],
  isolate: false,
};

export default defineConfig({
  resolve: {
    alias: [
      { find: "tilewright/runtime", replacement: here("./runtime/index.ts") },
      { find: "tilewright/postprocess", replacement: here("./postprocess/index.ts") },
      { find: /^tilewright$/, replacement: here("./compiler/index.ts") },
    ],
  },
  test: {
    projects: [
      { extends: true, test: { name: "alone", include: [...ALONE] } },
      { extends: true, test: together },
    ],
    sequence: { sequencer: AloneFirst },
    setupFiles: ["test/support/eachFile.ts", "test/support/countSimd.ts"],
    testTimeout: 180_000,
    hookTimeout: 180_000,
    maxWorkers: 2,
    // Young objects have room: tests that measure time measure work, and not when memory is cleared up.
    execArgv: ["--min-semi-space-size=128", "--max-semi-space-size=128", "--expose-gc"],
  },
});
