/**
 * `npm run soak`: LeNet-5 ten million times in WebAssembly and a million times in TypeScript, in processes of their
 * own, whose memory must not grow. `--wasm N` and `--ts N` are other numbers of runs, 0 for none.
 */
import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { compile } from "../../compiler/compile.js";
import { writeFiles } from "../../compiler/emit/writeFiles.js";
import { TARGET_NAMES, type TargetName } from "../../compiler/targets/index.js";
import { lenet5 } from "../../examples/lenet5/model.js";
import { quantile } from "./statistics.js";

const { values } = parseArgs({
  options: {
    wasm: { type: "string", default: "10000000" },
    ts: { type: "string", default: "1000000" },
  },
});

interface Sample {
  readonly runs: number;
  readonly rss: number;
  readonly heapUsed: number;
  readonly external: number;
  readonly arrayBuffers: number;
}

/** What the last quarter of the samples may have more than the second: engines compile and map pages for a while. */
const MOST_GROWTH = { rss: 8 << 20, heapUsed: 256 << 10, external: 64 << 10, arrayBuffers: 1024 };
const KINDS = Object.keys(MOST_GROWTH) as (keyof typeof MOST_GROWTH)[];

interface Soaked {
  readonly samples: readonly Sample[];
  readonly same: boolean;
  readonly seconds: number;
}

async function soak(target: TargetName, runs: number): Promise<Soaked> {
  const folder = await mkdtemp(join(tmpdir(), "soak-"));
  try {
    const emission = { target, standalone: true, js: true, name: "model" } as const;
    const { files } = await compile(lenet5(), emission);
    const manifest = { path: "package.json", content: '{ "type": "module" }\n' };
    await writeFiles(folder, [...files, manifest]);
    const script = fileURLToPath(new URL("soak/run.mjs", import.meta.url));
    const args = ["--expose-gc", script, folder, String(runs)];
    const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
    const lines: object[] = [];
    for await (const line of createInterface(child.stdout)) {
      process.stderr.write(`${target} ${line}\n`);
      lines.push(JSON.parse(line) as object);
    }
    if (child.exitCode !== 0 && child.exitCode !== null)
      throw new Error(`${target}: ${child.exitCode}`);
    const end = lines.pop() as Omit<Soaked, "samples">;
    return { samples: lines as Sample[], ...end };
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Of every kind of memory how much more there is late than early, in bytes. */
function growthOf(samples: readonly Sample[]): Record<keyof typeof MOST_GROWTH, number> {
  const quarter = Math.floor(samples.length / 4);
  const median = (from: number, kind: (typeof KINDS)[number]): number =>
    quantile(
      samples.slice(from, from + quarter).map((sample) => sample[kind]),
      0.5,
    );
  const late = samples.length - quarter;
  const rows = KINDS.map((kind) => [kind, median(late, kind) - median(quarter, kind)] as const);
  return Object.fromEntries(rows) as Record<keyof typeof MOST_GROWTH, number>;
}

for (const target of TARGET_NAMES) {
  const runs = Number(values[target]);
  if (runs === 0) continue;
  const { samples, same, seconds } = await soak(target, runs);
  const growth = growthOf(samples);
  const grown = KINDS.filter((kind) => growth[kind] > MOST_GROWTH[kind]);
  const text = KINDS.map((kind) => `${kind} ${growth[kind]}`).join(", ");
  console.log(`${target}: ${runs} runs in ${seconds.toFixed(0)} s; growth in bytes: ${text}`);
  if (grown.length > 0) console.log(`${target}: ${grown.join(", ")} grew`);
  if (!same) console.log(`${target}: the first result is another in the end`);
  if (grown.length > 0 || !same) process.exitCode = 1;
}
