/** What may be said of sound: the options of `audio`, as plain data, and the front ends that have names. */
import { z } from "zod";

/** The longest transform: its filters are two numbers for each pair of a sample and a frequency. */
const LONGEST_TRANSFORM = 4096;
const frequency = z.number().min(0).max(1e6);
const number = z.number().min(-1e9).max(1e9);

/** Of what `AudioOptions` says. */
export const AUDIO_SCHEMA = z.strictObject({
  kind: z.literal("audio"),
  preset: z.enum(["whisper", "openWakeWord"]).optional(),
  from: z.enum(["f32", "i32", "i16"]).optional(),
  length: z
    .int()
    .min(1)
    .max(2 ** 26)
    .optional(),
  sampleRate: z.number().min(1).max(1e6).optional(),
  fullScale: z.number().min(1e-9).max(1e9).optional(),
  fftSize: z.int().min(2).max(LONGEST_TRANSFORM).optional(),
  winLength: z.int().min(1).max(LONGEST_TRANSFORM).optional(),
  hopLength: z
    .int()
    .min(1)
    .max(2 ** 20)
    .optional(),
  window: z.enum(["hann", "hamming", "blackman", "rectangular"]).optional(),
  padding: z.enum(["reflect", "constant", "none"]).optional(),
  dropLast: z.boolean().optional(),
  power: z.union([z.literal(1), z.literal(2)]).optional(),
  mels: z.int().min(1).max(512).optional(),
  fMin: frequency.optional(),
  fMax: frequency.optional(),
  melScale: z.enum(["htk", "slaney"]).optional(),
  norm: z.enum(["none", "slaney"]).optional(),
  log: z.enum(["none", "natural", "log10", "db"]).optional(),
  floor: z.number().min(1e-37).max(1e9).optional(),
  offset: z.number().min(0).max(1e9).optional(),
  dynamicRange: z.number().min(0).max(1e9).optional(),
  scale: number.optional(),
  shift: number.optional(),
  layout: z.enum(["mels-frames", "frames-mels"]).optional(),
});

/** What `audio` is told; without a preset, what is left out is as in torchaudio.transforms.MelSpectrogram. */
export interface AudioOptions {
  /** Whose rules hold where nothing else is said. */
  readonly preset?: "whisper" | "openWakeWord";
  /** Samples that a run is given: "f32" in −1 … 1, the default, or "i32" in −32768 … 32767. */
  readonly from?: "f32" | "i32" | "i16";
  /** Samples of a run; by default the fewest that make as many frames as the model takes. */
  readonly length?: number;
  /** Samples a second; 16000 by default. */
  readonly sampleRate?: number;
  /** What the loudest sample is in the formula: 1, the default, or 32768 where a front end reads integers. */
  readonly fullScale?: number;
  /** Samples of a transform, torch.stft's n_fft, 400 by default; there are fftSize / 2 + 1 frequencies. */
  readonly fftSize?: number;
  /** Samples of the window, in the middle of the transform; as many by default. */
  readonly winLength?: number;
  /** Samples from one frame to the next; half a window by default. */
  readonly hopLength?: number;
  /** "hann" by default; periodic, as torch.hann_window and its kin make them. */
  readonly window?: "hann" | "hamming" | "blackman" | "rectangular";
  /** Around the sound, so that the first sample is the middle of the first frame, "reflect" by default; "none" begins with it. */
  readonly padding?: "reflect" | "constant" | "none";
  /** Leaves out the last frame; false by default. */
  readonly dropLast?: boolean;
  /** Of magnitudes: 2, the default, for power. */
  readonly power?: 1 | 2;
  /** Bands of the mel scale; without it frequencies are left as they are. */
  readonly mels?: number;
  /** Where the lowest band begins, in Hz; 0 by default. */
  readonly fMin?: number;
  /** Where the highest band ends, in Hz; half the sample rate by default. */
  readonly fMax?: number;
  /** "htk" by default. */
  readonly melScale?: "htk" | "slaney";
  /** "slaney" divides each band by its width; "none" by default. */
  readonly norm?: "none" | "slaney";
  /** "none" by default. */
  readonly log?: "none" | "natural" | "log10" | "db";
  /** The least value that a logarithm is taken of: what is below is raised to it; 1e-10 by default. */
  readonly floor?: number;
  /** Added before the logarithm; 0 by default. */
  readonly offset?: number;
  /** After the logarithm: what lies further below the greatest value is raised to that; all stays by default. */
  readonly dynamicRange?: number;
  /** value · scale + shift, at last. */
  readonly scale?: number;
  readonly shift?: number;
  /** How bands (or frequencies) and frames nest in what the model takes; "mels-frames" by default. */
  readonly layout?: "mels-frames" | "frames-mels";
}

export interface AudioPreparation extends AudioOptions {
  readonly kind: "audio";
}

/** torchaudio.transforms.MelSpectrogram's, but for the number of mels. */
const DEFAULTS = {
  from: "f32",
  sampleRate: 16000,
  fullScale: 1,
  fftSize: 400,
  window: "hann",
  padding: "reflect",
  dropLast: false,
  power: 2,
  fMin: 0,
  melScale: "htk",
  norm: "none",
  log: "none",
  floor: 1e-10,
  offset: 0,
  scale: 1,
  shift: 0,
  layout: "mels-frames",
} as const satisfies AudioOptions;

const PRESETS: Readonly<Record<NonNullable<AudioOptions["preset"]>, AudioOptions>> = {
  /** whisper/audio.py of OpenAI's Whisper, log_mel_spectrogram; large-v3 has 128 mels. */
  whisper: {
    fftSize: 400,
    hopLength: 160,
    dropLast: true,
    mels: 80,
    melScale: "slaney",
    norm: "slaney",
    log: "log10",
    dynamicRange: 8,
    scale: 0.25,
    shift: 1,
  },
  /** openWakeWord's melspectrogram.onnx, and the x / 10 + 2 that its utils.py does to it. */
  openWakeWord: {
    fullScale: 32768,
    fftSize: 512,
    winLength: 400,
    hopLength: 160,
    padding: "none",
    mels: 32,
    fMin: 60,
    fMax: 3800,
    melScale: "slaney",
    norm: "slaney",
    log: "db",
    dynamicRange: 80,
    scale: 0.1,
    shift: 2,
    layout: "frames-mels",
  },
};

/** All that is to be known of a front end. */
export type AudioSpec = {
  readonly [Name in keyof typeof DEFAULTS]: NonNullable<AudioOptions[Name]>;
} & Pick<AudioOptions, "length" | "mels" | "dynamicRange"> & {
    readonly winLength: number;
    readonly hopLength: number;
    readonly fMax: number;
  };

/** The options with what is left out filled in, by the preset or the defaults. */
export function resolveAudio(given: AudioPreparation): AudioSpec {
  const said = Object.entries(given).filter(([, value]) => value !== undefined);
  const all = {
    ...DEFAULTS,
    ...(given.preset === undefined ? {} : PRESETS[given.preset]),
    ...Object.fromEntries(said),
  } as Omit<AudioSpec, "winLength" | "hopLength" | "fMax"> & AudioOptions;
  const { winLength = all.fftSize } = all;
  const { hopLength = Math.max(1, Math.floor(winLength / 2)), fMax = all.sampleRate / 2 } = all;
  return { ...all, winLength, hopLength, fMax };
}

/**
 * Sound made into what a model takes: cut into frames, their spectra, in bands of the mel scale, as logarithms.
 * Plain data, checked when it meets an input. What is left out is as in torchaudio.transforms.MelSpectrogram, or
 * as in the front end that `preset` names.
 */
export function audio(options: AudioOptions = {}): AudioPreparation {
  return { kind: "audio", ...options };
}
