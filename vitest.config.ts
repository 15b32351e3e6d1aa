import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  resolve: {
    alias: [
      { find: "tilewright/runtime", replacement: here("./runtime/index.ts") },
      { find: "tilewright/postprocess", replacement: here("./postprocess/index.ts") },
      { find: /^tilewright$/, replacement: here("./compiler/index.ts") },
    ],
  },
  test: {
    include: ["test/**/*.test.ts"],
    setupFiles: ["test/support/countSimd.ts"],
    testTimeout: 180_000,
    hookTimeout: 180_000,
    maxWorkers: 2,
    // Young objects have room: tests that measure time measure work, and not when memory is cleared up.
    execArgv: ["--min-semi-space-size=128", "--max-semi-space-size=128", "--expose-gc"],
  },
});
