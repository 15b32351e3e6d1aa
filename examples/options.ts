/** What every example network can be asked for: a narrower or smaller version of itself, for tests. */

export interface NetworkOptions {
  /** Factor on channel counts. */
  readonly width?: number;
  /** Height and width of the image (or length of the sound). */
  readonly size?: number;
  readonly classes?: number;
}

/** Channels times a factor, a multiple of 8 where it was one, at least 4. */
export function scaled(channels: number, width: number): number {
  if (width === 1) return channels;
  const unit = channels % 8 === 0 ? 8 : 1;
  return Math.max(unit === 8 ? 8 : 4, Math.round((channels * width) / unit) * unit);
}

/** The nearest multiple of 8 that is not more than a tenth below: torchvision's _make_divisible. */
export function multipleOf8(channels: number): number {
  const nearest = Math.max(8, Math.floor((channels + 4) / 8) * 8);
  return nearest < 0.9 * channels ? nearest + 8 : nearest;
}
