/** From import to first result in fresh processes, their memory, and the bytes of code that a page would fetch. */
import { execFile } from "node:child_process";
import { createRequire } from "node:module";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { performance } from "node:perf_hooks";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { gzipSync } from "node:zlib";
import { compile } from "../../compiler/compile.js";
import { writeFiles } from "../../compiler/emit/writeFiles.js";
import { exportOnnx } from "../../compiler/onnx-export/export.js";
import { hasRelaxedSimd } from "../../runtime/wasm.js";
import { networkCase } from "./networks.js";
import { compare, quantile } from "./statistics.js";
import { unlimited } from "../support/unlimited.js";

/** Of one engine: medians over its processes. */
export interface Startup {
  /** From import until the model can run, and its first run. */
  readonly loadMilliseconds: number;
  readonly firstRunMilliseconds: number;
  /** Of the whole process, Node's own start included. */
  readonly processMilliseconds: number;
  /** Resident at most; `ownPeakBytes` less what a process takes that does nothing. */
  readonly peakBytes: number;
  readonly ownPeakBytes: number;
  /** JavaScript and WebAssembly without weights, gzipped. */
  readonly codeBytes: number;
}

export interface StartupComparison {
  readonly case: string;
  readonly ours: Startup;
  readonly theirs: Startup;
  /** Theirs / ours from import to first result: the median of pairs and its quartiles. */
  readonly ratio: number;
  readonly spread: readonly [number, number];
  readonly pairs: number;
  /** The largest difference between the first results, relative to the rms of theirs. */
  readonly difference: number;
}

interface Told {
  readonly load: number;
  readonly first: number;
  readonly peakBytes: number;
  readonly output: readonly number[];
  readonly process: number;
}

const CASE = "mobilenet_v2";
/** Rounding grows from layer to layer. */
const TOLERANCE = 2e-3;

/** Throws an Error where the two engines' results differ. */
export async function measureStartup(pairs = 11): Promise<StartupComparison> {
  const folder = await mkdtemp(join(tmpdir(), "startup-"));
  try {
    const files = await prepareFolder(folder);
    const nothing = await runFresh("nothing", folder);
    // Once each before anything counts: files come from the page cache then.
    await runFresh("tilewright", folder);
    await runFresh("onnxruntime", folder);
    const [ours, theirs]: [Told[], Told[]] = [[], []];
    for (let pair = 0; pair < pairs; pair++) {
      const turn = [
        async () => void ours.push(await runFresh("tilewright", folder)),
        async () => void theirs.push(await runFresh("onnxruntime", folder)),
      ];
      for (const run of pair % 2 === 0 ? turn : turn.reverse()) await run();
    }
    const total = ({ load, first }: Told): number => (load + first) / 1000;
    const { ratio, spread } = compare(
      ours.map((one, i) => ({ ours: total(one), theirs: total(theirs[i]!) })),
    );
    const difference = differenceOf(ours[0]!.output, theirs[0]!.output);
    if (!(difference <= TOLERANCE))
      throw new Error(`${CASE}: first results differ by ${difference}`);
    return {
      case: CASE,
      ours: startupOf(ours, nothing, await gzippedBytes(files)),
      theirs: startupOf(theirs, nothing, await gzippedBytes(onnxruntimeFiles())),
      ...{ ratio, spread, pairs, difference },
    };
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** The module, the same model as ONNX, and an image; the paths of our code for this engine. */
async function prepareFolder(folder: string): Promise<string[]> {
  const { definition, graph, inputs } = networkCase(CASE);
  const emission = { target: "wasm", standalone: true, js: true, name: "model" } as const;
  const { files } = await compile(definition, {
    ...emission,
    weights: "file",
    wasm: "file",
    ...unlimited(),
  });
  const image = Buffer.from(inputs["image"]!.buffer);
  await writeFile(join(folder, "model.onnx"), exportOnnx(graph));
  await writeFile(join(folder, "image.bin"), image);
  await writeFile(join(folder, "package.json"), '{ "type": "module" }\n');
  const paths = await writeFiles(folder, files);
  const module = hasRelaxedSimd() ? "model.relaxed.wasm" : "model.wasm";
  return paths.filter((path) => path.endsWith(".js") || basename(path) === module);
}

async function runFresh(engine: string, folder: string): Promise<Told> {
  const script = fileURLToPath(new URL(`./startup/${engine}.mjs`, import.meta.url));
  const start = performance.now();
  const { stdout } = await promisify(execFile)(process.execPath, [script, folder], {
    maxBuffer: 64 * 1024 * 1024,
  });
  const told = JSON.parse(stdout) as Omit<Told, "process">;
  return { ...told, process: performance.now() - start };
}

function startupOf(told: readonly Told[], nothing: Told, codeBytes: number): Startup {
  const median = (of: (one: Told) => number): number => quantile(told.map(of), 0.5);
  const peakBytes = median((one) => one.peakBytes);
  return {
    loadMilliseconds: median(({ load }) => load),
    firstRunMilliseconds: median(({ first }) => first),
    processMilliseconds: median((one) => one.process),
    peakBytes,
    ownPeakBytes: peakBytes - nothing.peakBytes,
    codeBytes,
  };
}

/** What a page fetches that imports `onnxruntime-web/wasm`. */
function onnxruntimeFiles(): string[] {
  const main = createRequire(import.meta.url).resolve("onnxruntime-web");
  const names = ["ort.wasm.bundle.min.mjs", "ort-wasm-simd-threaded.wasm"];
  return names.map((name) => join(dirname(main), name));
}

async function gzippedBytes(paths: readonly string[]): Promise<number> {
  const files = await Promise.all(paths.map((path) => readFile(path)));
  return files.reduce((sum, bytes) => sum + gzipSync(bytes, { level: 9 }).length, 0);
}

function differenceOf(ours: readonly number[], theirs: readonly number[]): number {
  const rms = Math.sqrt(theirs.reduce((sum, x) => sum + x * x, 0) / theirs.length);
  return Math.max(...ours.map((x, i) => Math.abs(x - theirs[i]!))) / rms;
}

export function printStartup(one: StartupComparison): string[] {
  const row = (name: string, { ownPeakBytes, ...of }: Startup): string =>
    [
      `${name}: load ${of.loadMilliseconds.toFixed(1)} ms, first run ${of.firstRunMilliseconds.toFixed(1)} ms`,
      `whole process ${of.processMilliseconds.toFixed(0)} ms`,
      `peak memory ${megabytes(of.peakBytes)} MB (${megabytes(ownPeakBytes)} MB more than Node's own)`,
      `code ${(of.codeBytes / 1024).toFixed(1)} KiB gzipped`,
    ].join(", ");
  return [
    `${one.case}, import to first result in a fresh process: ${one.ratio.toFixed(2)}× as fast as onnxruntime-web (quartiles ${one.spread.map((ratio) => ratio.toFixed(2)).join("–")}, ${one.pairs} pairs)`,
    row("  tilewright-wasm", one.ours),
    row("  onnxruntime-web", one.theirs),
  ];
}

function megabytes(bytes: number): string {
  return (bytes / 2 ** 20).toFixed(0);
}
