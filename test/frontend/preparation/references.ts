/** What PIL, torchvision and OpenCV made of pictures of noise: recorded by reference.py, which says how. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { tensor, type Tensor } from "../../../compiler/base/tensor.js";
import type { ImageOptions } from "../../../compiler/frontend/preparation/image/spec.js";

export interface Reference {
  readonly spec: ImageOptions;
  /** [height, width] */
  readonly picture: readonly [number, number];
  readonly model: readonly [number, number];
  readonly channels: number;
  /** Base64 of values [height, width, channels]; or of f32 where they are normalised; or a hash of many. */
  readonly bytes?: string;
  readonly floats?: string;
  readonly sha256?: string;
  /** Decided by how a library rounds positions. */
  readonly rounded?: true;
}

export const references = (
  JSON.parse(readFileSync(new URL("reference.json", import.meta.url), "utf8")) as {
    readonly cases: readonly Reference[];
  }
).cases;

/** The same bytes as `noise` of reference.py has. */
export function noise(dims: readonly number[]): Tensor {
  let state = 1;
  const count = dims.reduce((product, dim) => product * dim, 1);
  const bytes = Uint8Array.from({ length: count }, () => {
    state = (Math.imul(1103515245, state) + 12345) & 0x7fffffff;
    return (state >> 16) & 255;
  });
  return tensor("u8", dims, bytes);
}

/**
 * PIL rounds integers, and so do OpenCV but for its bicubic, which it computes in floats where it can, and
 * `nearest`; torchvision's floats are added up in an order of its own.
 */
export function isExact({ spec: { resize, rule } }: Reference): boolean {
  return rule === "pil" || resize === "nearest" || (rule === "opencv" && resize === "bilinear");
}

/**
 * Throws where values [height, width, channels] differ from the recorded ones by more than the rule may, or by more
 * than `levels` where it is not exact in a run.
 */
export function checkReference(
  reference: Reference,
  values: ArrayLike<number>,
  levels = isExact(reference) ? 0 : 1,
): void {
  const { bytes, floats, sha256 } = reference;
  if (sha256 !== undefined) {
    const found = createHash("sha256").update(Uint8Array.from(values)).digest("hex");
    if (found !== sha256) throw new Error(`the hash is ${found}, expected ${sha256}`);
    return;
  }
  const data = Uint8Array.from(Buffer.from((bytes ?? floats)!, "base64"));
  const expected = floats === undefined ? data : new Float32Array(data.buffer);
  if (values.length !== expected.length)
    throw new Error(`${values.length} values, expected ${expected.length}`);
  // One level of 255 over torchvision's smallest deviation, 0.224.
  const most = floats !== undefined ? 1 / 255 / 0.224 + 1e-6 : levels;
  let worst = 0;
  let off = 0;
  expected.forEach((want, i) => {
    const difference = Math.abs(values[i]! - want);
    if (!(difference <= most)) throw new Error(`value ${i} is ${values[i]}, expected ${want}`);
    worst = Math.max(worst, difference);
    if (difference > 1e-5) off++;
  });
  if (off > 0.05 * expected.length)
    throw new Error(`${off} of ${expected.length} values differ, by up to ${worst}`);
}
