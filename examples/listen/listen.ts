/** Listens for speech in a recorded sentence, with a trained network that an npm package has, and draws what it hears. */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { platform } from "node:process";
import { fileURLToPath, pathToFileURL } from "node:url";
import { compile, keepStates, readOnnx, writeFiles, type Tensor } from "tilewright";

const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

const RATE = 16000;
/** Samples that the network takes at a time, and those before them that it sees again. */
const STEP = 512;
const CONTEXT = 64;

const PACKAGE = "@ricky0123/vad-web@0.0.31";
const FILE = "dist/silero_vad_v6.onnx";

/** Silero's voice activity detector, version 6: its package is fetched once. */
function fetchModel(): Uint8Array {
  const folder = here("../../out/listen/");
  const path = join(folder, "package", FILE);
  if (!existsSync(path)) {
    mkdirSync(folder, { recursive: true });
    const options = { cwd: folder, encoding: "utf8", shell: platform === "win32" } as const;
    const tarball = execFileSync("npm", ["pack", PACKAGE, "--silent"], options).trim();
    execFileSync("tar", ["-xzf", tarball], options);
  }
  return readFileSync(path);
}

/** Samples from −1 to 1 of a file with 16 bits each, behind a header of 44 bytes. */
function readSound(path: string): Float32Array {
  const bytes = readFileSync(path);
  const count = (bytes.length - 44) / 2;
  return Float32Array.from({ length: count }, (_, i) => bytes.readInt16LE(44 + 2 * i) / 32768);
}

/** Levels from 0 to 1 as bars. */
const bars = (levels: readonly number[]): string =>
  levels.map((level) => " ▁▂▃▄▅▆▇█"[Math.round(8 * Math.min(1, level))]).join("");

/** The greater of each two. */
const halved = (levels: readonly number[]): number[] =>
  levels.flatMap((level, i) => (i % 2 === 0 ? [Math.max(level, levels[i + 1] ?? 0)] : []));

/** From where to where steps are speech, in seconds. */
function partsOf(speech: readonly number[]): [from: number, to: number][] {
  const seconds = (step: number): number => (step * STEP) / RATE;
  const parts: [number, number][] = [];
  speech.forEach((probability, step) => {
    if (probability < 0.5) return;
    const last = parts.at(-1);
    if (last?.[1] === seconds(step)) last[1] = seconds(step + 1);
    else parts.push([seconds(step), seconds(step + 1)]);
  });
  return parts;
}

const model = fetchModel();
const rate: Tensor = { type: { dtype: "i64", dims: [] }, data: BigInt64Array.of(BigInt(RATE)) };
const given = {
  shapes: { input: [1, CONTEXT + STEP], state: [2, 1, 128] },
  values: new Map([["sr", rate]]),
};
const definition = keepStates(readOnnx(model, given), { state: "stateN" });
const { files } = await compile(definition, { ...given, target: "wasm", name: "vad" });
const [module] = await writeFiles(here("../../out/listen/"), files);
const { load } = (await import(pathToFileURL(module!).href)) as {
  load(): Promise<{ run(inputs: object): { output: Float32Array } }>;
};
const vad = await load();

const samples = readSound(here("sentence.wav"));
const sound = new Float32Array(CONTEXT + samples.length);
sound.set(samples, CONTEXT);
const [levels, speech]: [number[], number[]] = [[], []];
const begin = performance.now();
for (let at = 0; at + STEP <= samples.length; at += STEP) {
  const input = sound.subarray(at, at + CONTEXT + STEP);
  const { output } = vad.run({ input });
  speech.push(output[0]!);
  levels.push(3 * Math.sqrt(input.reduce((sum, value) => sum + value * value, 0) / input.length));
}
const took = performance.now() - begin;

const seconds = Array.from({ length: Math.ceil(samples.length / RATE) }, (_, i) => `${i} s`);
const ruler = seconds.map((text) => text.padEnd(Math.round(RATE / STEP / 2))).join("");
console.log(
  `sound   ${bars(halved(levels))}\nspeech  ${bars(halved(speech))}\n        ${ruler.trimEnd()}`,
);
const parts = partsOf(speech);
for (const [from, to] of parts)
  console.log(`speech from ${from.toFixed(2)} s to ${to.toFixed(2)} s`);
console.log(`${(took / speech.length).toFixed(2)} ms for ${(1000 * STEP) / RATE} ms of sound`);
if (parts.length !== 2) process.exitCode = 1;
