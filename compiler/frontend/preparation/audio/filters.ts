/** The constants of a front end: windows, Fourier transforms as filters, bands of the mel scale. */
import type { AudioSpec } from "./spec.js";

type Window = AudioSpec["window"];

/** cos(2πi/n) and its multiples: the terms of the windows, from the constant one on. */
const COSINES: Readonly<Record<Window, readonly number[]>> = {
  hann: [0.5, -0.5],
  hamming: [0.54, -0.46],
  blackman: [0.42, -0.5, 0.08],
  rectangular: [1],
};

/** A periodic window of `length` samples: torch.hann_window and its kin. */
export function windowOf(window: Window, length: number): Float64Array {
  return Float64Array.from({ length }, (_, i) =>
    COSINES[window].reduce(
      (sum, term, k) => sum + term * Math.cos((2 * Math.PI * k * i) / length),
      0,
    ),
  );
}

/** Frequencies `first` … `end` − 1 of a transform. */
export interface Bins {
  readonly first: number;
  readonly end: number;
}

/**
 * Windowed Fourier transform as filters of `winLength` taps, [real parts of all bins, imaginary parts of all
 * bins]: tap n of bin k is gain · window[n] · e^(−2πi·k·(n + offset)/fftSize), where the window begins at
 * `offset` of the transform.
 */
export function transformFilters(
  { fftSize, winLength, window }: Pick<AudioSpec, "fftSize" | "winLength" | "window">,
  { first, end }: Bins,
  gain: number,
): Float32Array {
  const taps = windowOf(window, winLength);
  const offset = windowOffset(fftSize, winLength);
  const bins = end - first;
  const filters = new Float32Array(2 * bins * winLength);
  for (let bin = 0; bin < bins; bin++) {
    for (let n = 0; n < winLength; n++) {
      // The turn is taken as a whole number, so that no angle is large.
      const angle = (2 * Math.PI * (((bin + first) * (n + offset)) % fftSize)) / fftSize;
      filters[bin * winLength + n] = gain * taps[n]! * Math.cos(angle);
      filters[(bins + bin) * winLength + n] = -gain * taps[n]! * Math.sin(angle);
    }
  }
  return filters;
}

/** Where the window begins in the transform, as torch.stft puts it. */
export function windowOffset(fftSize: number, winLength: number): number {
  return Math.floor((fftSize - winLength) / 2);
}

interface Scale {
  readonly mel: (hertz: number) => number;
  readonly hertz: (mel: number) => number;
}

/** 200/3 Hz a mel up to 1000 Hz, then 27 mels for a factor of 6.4 (Slaney's Auditory Toolbox). */
const STEP = Math.log(6.4) / 27;
const SCALES: Readonly<Record<AudioSpec["melScale"], Scale>> = {
  htk: {
    mel: (hertz) => 2595 * Math.log10(1 + hertz / 700),
    hertz: (mel) => 700 * (10 ** (mel / 2595) - 1),
  },
  slaney: {
    mel: (hertz) => (hertz < 1000 ? (3 * hertz) / 200 : 15 + Math.log(hertz / 1000) / STEP),
    hertz: (mel) => (mel < 15 ? (200 * mel) / 3 : 1000 * Math.exp(STEP * (mel - 15))),
  },
};

/**
 * What each bin adds to each band, [mels, fftSize / 2 + 1]: triangles between points that are equally far apart
 * on the mel scale, as torchaudio.functional.melscale_fbanks and librosa.filters.mel have them.
 */
export function melBands(spec: AudioSpec & { readonly mels: number }): Float64Array[] {
  const { mels, sampleRate, fftSize, fMin, fMax, melScale, norm } = spec;
  const { mel, hertz } = SCALES[melScale];
  const step = (mel(fMax) - mel(fMin)) / (mels + 1);
  const point = (i: number): number => hertz(mel(fMin) + i * step);
  return Array.from({ length: mels }, (_, band) => {
    const [low, middle, high] = [point(band), point(band + 1), point(band + 2)];
    const height = norm === "slaney" ? 2 / (high - low) : 1;
    return Float64Array.from({ length: binsOf(fftSize) }, (_, bin) => {
      const at = (bin * sampleRate) / fftSize;
      const rising = (at - low) / (middle - low);
      const falling = (high - at) / (high - middle);
      return height * Math.max(0, Math.min(rising, falling));
    });
  });
}

/** Frequencies of a transform of real samples. */
export function binsOf(fftSize: number): number {
  return Math.floor(fftSize / 2) + 1;
}

/** The bins from the first to the last that any band has a part of; all where none has. */
export function usedBins(bands: readonly Float64Array[]): Bins {
  const used = bands[0]!.map((_, bin) => Number(bands.some((band) => band[bin]! > 0)));
  const first = used.indexOf(1);
  if (first < 0) return { first: 0, end: used.length };
  return { first, end: used.lastIndexOf(1) + 1 };
}
