/** Threads that start late, are slowed down at random and are more than there are cores: results are the same bits, in bounded time. */
import { spawnSync } from "node:child_process";
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { env, execPath } from "node:process";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { compile } from "../../../compiler/compile.js";
import type { Definition } from "../../../compiler/graph/definition.js";
import { inferShapes } from "../../../compiler/infer/inferShapes.js";
import { loadAssembler } from "../../../compiler/targets/wasm/assemble.js";
import { elementCount } from "../../../compiler/base/tensor.js";
import { writeFiles } from "../../../compiler/emit/writeFiles.js";
import { networks } from "../../../examples/index.js";
import { randomStripGraph } from "../../aliasing/randomStripGraph.js";
import { findNode24 } from "../../engines/engines.js";
import { withPauses } from "../../support/pauses.js";

// That modules are laid out for people is looked at elsewhere.
vi.mock("prettier", () => ({ format: (source: string) => Promise.resolve(source) }));

/** Of each network; 10,000 take some minutes. */
const RUNS = Number(env["TILEWRIGHT_THREAD_RUNS"] ?? 100);
const SEED = Number(env["TILEWRIGHT_THREAD_SEED"] ?? 1);
const MOST_MS = 60_000 + 60 * RUNS;

const small = (name: string): Definition => {
  const { create, small } = networks.find((one) => one.name === name)!;
  return create(small);
};

/** Branches whose kernels share phases, and chains whose rows are in memory while they are read. */
const NETWORKS: Readonly<Record<string, () => Definition>> = {
  branches: () => small("shufflenet_v2_x1_0"),
  strips: () => randomStripGraph(5),
};

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "stress-"));
  await cp(fileURLToPath(new URL("stress", import.meta.url)), folder, { recursive: true });
  await writeFile(join(folder, "package.json"), '{ "type": "module" }');
  for (const [name, create] of Object.entries(NETWORKS)) await emit(name, create());
});
afterAll(() => rm(folder, { recursive: true }));

/** The module of a network, its code once more with pauses, and how many elements its inputs have. */
async function emit(name: string, definition: Definition): Promise<void> {
  const { files } = await compile(definition, {
    ...{
      name,
      target: "wasm",
      simd: "plain",
      standalone: true,
      js: true,
      weights: "inline",
      wasm: "file",
    },
    ...{ threads: true, pieces: { piece: 400 }, wat: true },
  });
  await writeFiles(folder, files);
  const [, control] = /control: (\d+)/.exec(await readFile(join(folder, `${name}.js`), "utf8"))!;
  const text = await readFile(join(folder, `${name}.wat`), "utf8");
  const assemble = await loadAssembler();
  const paused = assemble(withPauses(text, Number(control), SEED));
  await writeFile(join(folder, `${name}.paused.wasm`), paused);
  const { inputs } = inferShapes(definition);
  const sizes = inputs.map(({ name, type }) => [name, elementCount(type.dims)]);
  await writeFile(join(folder, `${name}.json`), JSON.stringify(sizes));
}

it(
  `computes ${RUNS} runs right on threads that pause`,
  () => {
    const node = findNode24() ?? execPath;
    const args = [join(folder, "runs.mjs"), `${RUNS}`, `${SEED}`, ...Object.keys(NETWORKS)];
    const { stdout, stderr } = spawnSync(node, args, { encoding: "utf8", timeout: MOST_MS });
    expect(stdout, stderr).toBe(JSON.stringify({ wrong: 0, most: 7 }));
  },
  MOST_MS,
);
