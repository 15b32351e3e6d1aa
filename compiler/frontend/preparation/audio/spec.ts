/** What may be said of sound: the options of `audio`, as plain data, and the front ends that have names. */
import { z } from "zod";

/** The longest transform: its filters are two numbers for each pair of a sample and a frequency. */
const LONGEST_TRANSFORM = 4096;
const frequency = z.number().min(0).max(1e6);
const number = z.number().min(-1e9).max(1e9);

export const AUDIO_SCHEMA = z.strictObject({
  kind: z.literal("audio"),
  /** Whose rules hold where nothing else is said. */
  preset: z.enum(["whisper", "openWakeWord"]).optional(),
  /** Samples that a run is given: f32 in −1 … 1, or i32 in −32768 … 32767. */
  from: z.enum(["f32", "i32", "i16"]).optional(),
  /** Samples of a run; by default the fewest that make as many frames as the model takes. */
  length: z
    .int()
    .min(1)
    .max(2 ** 26)
    .optional(),
  /** Samples a second. */
  sampleRate: z.number().min(1).max(1e6).optional(),
  /** What the loudest sample is in the formula: 1, or 32768 where a front end reads integers. */
  fullScale: z.number().min(1e-9).max(1e9).optional(),
  /** Samples of a transform, torch.stft's n_fft; there are fftSize / 2 + 1 frequencies. */
  fftSize: z.int().min(2).max(LONGEST_TRANSFORM).optional(),
  /** Samples of the window, in the middle of the transform; as many by default. */
  winLength: z.int().min(1).max(LONGEST_TRANSFORM).optional(),
  /** From one frame to the next; half a window by default. */
  hopLength: z
    .int()
    .min(1)
    .max(2 ** 20)
    .optional(),
  /** Periodic, as torch.hann_window and its kin make them. */
  window: z.enum(["hann", "hamming", "blackman", "rectangular"]).optional(),
  /** Around the sound, so that the first frame has the first sample in its middle; "none" begins with it. */
  padding: z.enum(["reflect", "constant", "none"]).optional(),
  /** Leaves out the last frame. */
  dropLast: z.boolean().optional(),
  /** Of magnitudes: 2 for power. */
  power: z.union([z.literal(1), z.literal(2)]).optional(),
  /** Bands of the mel scale; without it frequencies are left as they are. */
  mels: z.int().min(1).max(512).optional(),
  /** Where the lowest band begins, in Hz. */
  fMin: frequency.optional(),
  /** Where the highest band ends, in Hz; half the sample rate by default. */
  fMax: frequency.optional(),
  melScale: z.enum(["htk", "slaney"]).optional(),
  /** "slaney" divides each band by its width. */
  norm: z.enum(["none", "slaney"]).optional(),
  log: z.enum(["none", "natural", "log10", "db"]).optional(),
  /** The least value that a logarithm is taken of: what is below is raised to it. */
  floor: z.number().min(1e-37).max(1e9).optional(),
  /** Added before the logarithm. */
  offset: z.number().min(0).max(1e9).optional(),
  /** After the logarithm: what lies further below the greatest value is raised to that. */
  dynamicRange: z.number().min(0).max(1e9).optional(),
  /** value · scale + shift, at last. */
  scale: number.optional(),
  shift: number.optional(),
  /** How bands (or frequencies) and frames nest in what the model takes. */
  layout: z.enum(["mels-frames", "frames-mels"]).optional(),
});

export type AudioPreparation = z.input<typeof AUDIO_SCHEMA>;
export type AudioOptions = Omit<AudioPreparation, "kind">;

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
