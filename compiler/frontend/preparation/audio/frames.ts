/** How sound is cut into frames: how many there are, and which samples they are made of. */
import { windowOffset } from "./filters.js";
import type { AudioSpec } from "./spec.js";

type Framing = Pick<AudioSpec, "fftSize" | "winLength" | "hopLength" | "padding" | "dropLast">;

/** Samples that are put before and behind: half a transform. */
export function paddingOf({ fftSize, padding }: Framing): number {
  return padding === "none" ? 0 : Math.floor(fftSize / 2);
}

/** Frames of so many samples, as torch.stft counts them; none where a transform has no room. */
export function frameCount(spec: Framing, length: number): number {
  const room = length + 2 * paddingOf(spec) - spec.fftSize;
  if (room < 0) return 0;
  return Math.floor(room / spec.hopLength) + 1 - Number(spec.dropLast);
}

/** The fewest and the most samples that make so many frames; none do where the fewest are more. */
export function lengthsFor(spec: Framing, frames: number): readonly [least: number, most: number] {
  const steps = frames - 1 + Number(spec.dropLast);
  const least = steps * spec.hopLength + spec.fftSize - 2 * paddingOf(spec);
  const needed = spec.padding === "reflect" ? paddingOf(spec) + 1 : 1;
  return [Math.max(needed, least), least + spec.hopLength - 1];
}

/** The samples that windows reach, where those outside are padding. */
export interface Reach {
  /** The first and the end of those that are there. */
  readonly start: number;
  readonly end: number;
  readonly padBefore: number;
  readonly padAfter: number;
}

export function reachOf(spec: Framing, length: number, frames: number): Reach {
  const first = windowOffset(spec.fftSize, spec.winLength) - paddingOf(spec);
  const end = first + (frames - 1) * spec.hopLength + spec.winLength;
  return {
    start: Math.max(0, first),
    end: Math.min(length, end),
    padBefore: Math.max(0, -first),
    padAfter: Math.max(0, end - length),
  };
}
