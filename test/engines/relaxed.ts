/** Runs the tests of WebAssembly again on a newer Node, which has relaxed SIMD: `npm run test:relaxed`. */
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { env, version } from "node:process";
import { hasRelaxedSimd } from "../../runtime/index.js";
import { findNode24 } from "./engines.js";

const SUITES = [
  "test/targets/wasm/compute.test.ts",
  "test/lower/fuzz.test.ts",
  "test/ort",
  "test/emit",
  "test/conformance/conformance.test.ts",
  "test/onnx/trained.test.ts",
  "test/cli/hostile.test.ts",
];

/** Of these some that have nothing to fuse. */
const LEFT_OUT = [
  "metadata",
  "pictures",
  "runtimeSource",
  "standalone",
  "storedTypes",
  "strip",
].map((name) => `test/emit/${name}.test.ts`);

const filesOf = (suite: string): readonly string[] =>
  suite.endsWith(".ts")
    ? [suite]
    : readdirSync(suite)
        .filter((name) => name.endsWith(".test.ts"))
        .map((name) => `${suite}/${name}`);

const node = findNode24();
if (node !== undefined) {
  const vitest = dirname(createRequire(import.meta.url).resolve("vitest/package.json"));
  const files = SUITES.flatMap(filesOf).filter((path) => !LEFT_OUT.includes(path));
  const args = [join(vitest, "vitest.mjs"), "run", ...files];
  const environment = { ...env, TILEWRIGHT_SIMD: "relaxed" };
  process.exitCode = spawnSync(node, args, { stdio: "inherit", env: environment }).status ?? 1;
} else {
  const here = hasRelaxedSimd() ? "" : ", and relaxed SIMD is behind a flag in it";
  console.warn(
    `SKIPPED ${SUITES.length} suites with relaxed SIMD: Node 24 is not installed (npm run engines)\nNode ${version} runs the others${here}`,
  );
}
