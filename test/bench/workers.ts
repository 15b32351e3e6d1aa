/** What workers add to the load of a model: fresh processes by turns, without them and with four. */
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { compile } from "../../compiler/compile.js";
import { writeFiles } from "../../compiler/emit/writeFiles.js";
import { unlimited } from "../support/unlimited.js";
import { networkCase } from "./networks.js";
import { quantile } from "./statistics.js";

/** Medians, in milliseconds. */
export interface WorkersStart {
  readonly case: string;
  readonly workers: number;
  /** From import until `load` is through, on one thread and with workers. */
  readonly alone: number;
  readonly load: number;
  /** How many workers there were then, and when all were there. */
  readonly ready: number;
  readonly all: number;
}

const CASES = ["mobilenet_v2", "resnet50"];
const WORKERS = 4;

/** Of networks whose names contain the text. */
export async function measureWorkers(
  text: string,
  clock: "cpu" | "wall",
  pairs = 15,
): Promise<WorkersStart[]> {
  const found: WorkersStart[] = [];
  for (const name of CASES.filter((one) => one.includes(text))) {
    const folder = await mkdtemp(join(tmpdir(), "workers-"));
    try {
      found.push(await measureNetwork(name, folder, clock, pairs));
    } finally {
      await rm(folder, { recursive: true });
    }
  }
  return found;
}

async function measureNetwork(
  name: string,
  folder: string,
  clock: string,
  pairs: number,
): Promise<WorkersStart> {
  const { files } = await compile(networkCase(name).definition, {
    ...{ name: "model", target: "wasm", threads: true, standalone: true, js: true },
    ...{ weights: "file", wasm: "file", ...unlimited() },
  });
  await writeFiles(folder, files);
  await writeFile(join(folder, "package.json"), '{ "type": "module" }\n');
  const load = async (threads: number): Promise<Record<"loaded" | "ready" | "all", number>> => {
    const script = fileURLToPath(new URL("./startup/workers.mjs", import.meta.url));
    const args = [script, folder, clock, String(threads)];
    return JSON.parse((await promisify(execFile)(process.execPath, args)).stdout);
  };
  // Once before anything counts: files come from the page cache then.
  await load(1);
  const [alone, together]: Awaited<ReturnType<typeof load>>[][] = [[], []];
  for (let pair = 0; pair < pairs; pair++) {
    alone!.push(await load(1));
    together!.push(await load(1 + WORKERS));
  }
  const median = (of: readonly number[]): number => quantile(of, 0.5);
  return {
    case: name,
    workers: WORKERS,
    alone: median(alone!.map(({ loaded }) => loaded)),
    load: median(together!.map(({ loaded }) => loaded)),
    ready: median(together!.map(({ ready }) => ready)),
    all: median(together!.map(({ all }) => all)),
  };
}

export function printWorkers(starts: readonly WorkersStart[]): string[] {
  const ms = (value: number): string => `${value.toFixed(1)} ms`;
  return starts.map(
    (one) =>
      `${one.case}: ${one.workers} workers add ${ms(one.load - one.alone)} to the load (${ms(one.alone)} without them); ` +
      `${one.ready} were there then, and all after ${ms(one.all)}`,
  );
}
