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
import type { GraphInput } from "../../compiler/graph/graph.js";
import { permuted } from "./layout.js";
import { litertFolder } from "./litert.js";
import { networkCase } from "./networks.js";
import { exportTflite } from "./tflite/export.js";
import { channelsLast } from "./tflite/site.js";
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

/** Of one network against one engine. */
export interface StartupComparison {
  readonly case: string;
  readonly peer: string;
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

const CASES = ["mobilenet_v2", "resnet18", "resnet50"];
/** Rounding grows from layer to layer. */
const TOLERANCE = 2e-3;

/** By the name of its script, what a page fetches of its code. */
const PEERS = {
  onnxruntime: { name: "onnxruntime-web", files: onnxruntimeFiles },
  litert: { name: "LiteRT.js", files: litertFiles },
} as const;
type Engine = "tilewright" | keyof typeof PEERS;
const PEER_NAMES = Object.keys(PEERS) as (keyof typeof PEERS)[];

/** What processes are given: the folder of the model, and the clock that they are measured by. */
interface Given {
  readonly folder: string;
  readonly clock: "cpu" | "wall";
}

/** Networks whose names contain the text. Throws an Error where two engines' results differ. */
export async function measureStartup(
  text: string,
  clock: Given["clock"],
  pairs = 9,
): Promise<StartupComparison[]> {
  const comparisons: StartupComparison[] = [];
  for (const name of CASES.filter((one) => one.includes(text))) {
    const folder = await mkdtemp(join(tmpdir(), "startup-"));
    try {
      comparisons.push(...(await measureNetwork(name, { folder, clock }, pairs)));
    } finally {
      await rm(folder, { recursive: true });
    }
  }
  return comparisons;
}

async function measureNetwork(
  name: string,
  given: Given,
  pairs: number,
): Promise<StartupComparison[]> {
  const files = await prepareFolder(name, given.folder);
  const engines: readonly Engine[] = ["tilewright", ...PEER_NAMES];
  const nothing = await runFresh("nothing", given);
  // Once each before anything counts: files come from the page cache then.
  for (const engine of engines) await runFresh(engine, given);
  const told: Record<Engine, Told[]> = { tilewright: [], onnxruntime: [], litert: [] };
  for (let pair = 0; pair < pairs; pair++)
    for (const engine of pair % 2 === 0 ? engines : [...engines].reverse())
      told[engine].push(await runFresh(engine, given));
  const total = ({ load, first }: Told): number => (load + first) / 1000;
  const ours = startupOf(told.tilewright, nothing, await gzippedBytes(files));
  return Promise.all(
    PEER_NAMES.map(async (peer): Promise<StartupComparison> => {
      const difference = differenceOf(told.tilewright[0]!.output, told[peer][0]!.output);
      if (!(difference <= TOLERANCE))
        throw new Error(`${name}: first results differ by ${difference}`);
      const { ratio, spread } = compare(
        told.tilewright.map((one, i) => ({ ours: total(one), theirs: total(told[peer][i]!) })),
      );
      const theirs = startupOf(told[peer], nothing, await gzippedBytes(PEERS[peer].files()));
      const names = { case: name, peer: PEERS[peer].name };
      return { ...names, ours, theirs, ratio, spread, pairs, difference };
    }),
  );
}

/** The module, the same model as ONNX and .tflite, and an image; the paths of our code for this engine. */
async function prepareFolder(name: string, folder: string): Promise<string[]> {
  const { definition, graph, inputs } = networkCase(name);
  const emission = { target: "wasm", standalone: true, js: true, name: "model" } as const;
  const { files } = await compile(definition, {
    ...emission,
    weights: "file",
    wasm: "file",
    ...unlimited(),
  });
  const [{ name: input, type }] = graph.inputs as [GraphInput];
  const image = inputs[input]!;
  const last = permuted(image, type.dims, channelsLast(type.dims.length));
  await writeFile(join(folder, "model.onnx"), exportOnnx(graph));
  await writeFile(join(folder, "model.tflite"), exportTflite(graph)!);
  await writeFile(join(folder, "image.bin"), Buffer.from(image.buffer));
  await writeFile(join(folder, "channelsLast.bin"), Buffer.from(last.buffer));
  await writeFile(join(folder, "package.json"), '{ "type": "module" }\n');
  const paths = await writeFiles(folder, files);
  const module = hasRelaxedSimd() ? "model.relaxed.wasm" : "model.wasm";
  return paths.filter((path) => path.endsWith(".js") || basename(path) === module);
}

async function runFresh(engine: Engine | "nothing", { folder, clock }: Given): Promise<Told> {
  const script = fileURLToPath(new URL(`./startup/${engine}.mjs`, import.meta.url));
  const start = performance.now();
  const args = [script, folder, clock, litertFolder];
  const { stdout } = await promisify(execFile)(process.execPath, args, {
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

function litertFiles(): string[] {
  const main = join(litertFolder, "dist", "index.js");
  const names = ["litert_wasm_internal.js", "litert_wasm_internal.wasm"];
  return [main, ...names.map((name) => join(litertFolder, "wasm", name))];
}

async function gzippedBytes(paths: readonly string[]): Promise<number> {
  const files = await Promise.all(paths.map((path) => readFile(path)));
  return files.reduce((sum, bytes) => sum + gzipSync(bytes, { level: 9 }).length, 0);
}

function differenceOf(ours: readonly number[], theirs: readonly number[]): number {
  const rms = Math.sqrt(theirs.reduce((sum, x) => sum + x * x, 0) / theirs.length);
  return Math.max(...ours.map((x, i) => Math.abs(x - theirs[i]!))) / rms;
}

export function printStartup(comparisons: readonly StartupComparison[]): string[] {
  const row = (name: string, { ownPeakBytes, ...of }: Startup): string =>
    [
      `  ${name}: load ${of.loadMilliseconds.toFixed(1)} ms, first run ${of.firstRunMilliseconds.toFixed(1)} ms`,
      `whole process ${of.processMilliseconds.toFixed(0)} ms`,
      `peak memory ${megabytes(of.peakBytes)} MB (${megabytes(ownPeakBytes)} MB more than Node's own)`,
      `code ${(of.codeBytes / 1024).toFixed(1)} KiB gzipped`,
    ].join(", ");
  return comparisons.flatMap((one, i) => [
    `${one.case}, import to first result in a fresh process: ${one.ratio.toFixed(2)}× as fast as ${one.peer} (quartiles ${one.spread.map((ratio) => ratio.toFixed(2)).join("–")}, ${one.pairs} pairs)`,
    ...(comparisons[i - 1]?.case === one.case ? [] : [row("tilewright-wasm", one.ours)]),
    row(one.peer, one.theirs),
  ]);
}

function megabytes(bytes: number): string {
  return (bytes / 2 ** 20).toFixed(0);
}
