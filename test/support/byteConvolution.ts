/** Random convolutions of bytes: odd sizes, zero points at both ends, and values that are often the least or the greatest. */
import type { Random } from "./random.js";

export const RANGES = { u8: [0, 255], i8: [-128, 127] } as const;

export interface ByteConvolution {
  /** Of what it reads. */
  readonly of: keyof typeof RANGES;
  readonly dims: readonly number[];
  /** Of the op, as texts have them. */
  readonly attributes: string;
  /** Types and values, as texts have them. */
  readonly weights: string;
  readonly bias: string;
}

/** Numbers of a range, every third the least or the greatest. */
export function extremes(random: Random, [least, most]: readonly [number, number], count: number) {
  return Array.from({ length: count }, () =>
    random.chance(0.3) ? random.pick([least, most]) : random.int(least, most),
  );
}

/** Every second of two channels as near as it can be, so that both come to 128 at most, and often to just that. */
function inPairs(weights: readonly number[], channels: number, taps: number): readonly number[] {
  return weights.map((weight, i) => {
    const first = weights[i - taps]!;
    const isSecond = (Math.floor(i / taps) % channels) % 2 === 1;
    return isSecond ? Math.max(-128 - first, Math.min(128 - first, weight)) : weight;
  });
}

export function byteConvolution(random: Random): ByteConvolution {
  const of = random.pick(["u8", "i8"] as const);
  const range = RANGES[of];
  const isDepthwise = random.chance(0.3);
  const groups = isDepthwise ? random.int(1, 18) : random.pick([1, 1, 2]);
  const ic = isDepthwise ? 1 : random.pick([3, random.int(3, 21)]);
  const [channels, oc] = [ic * groups, groups * (isDepthwise ? 1 : random.int(1, 9))];
  const [h, w] = [random.int(5, 8), random.int(3, 9)];
  const [kh, kw] = [isDepthwise ? random.int(2, 5) : random.int(1, 3), random.int(1, 3)];
  const pads = [kh, kw, kh, kw].map((k) => random.int(0, k - 1));
  const zero = random.pick([...range, 0, random.int(range[0], range[1])]);
  const strides = `[${random.int(1, 2)},${random.int(1, 2)}]`;
  const drawn = extremes(random, RANGES.i8, oc * ic * kh * kw);
  const weights = random.chance(0.6) ? inPairs(drawn, ic, kh * kw) : drawn;
  return {
    of,
    dims: [1, channels, h, w],
    attributes: `{zero=${zero}, groups=${groups}, pads=[${pads.join(",")}], strides=${strides}}`,
    weights: `i8[${oc},${ic},${kh},${kw}] = [${weights.join(",")}]`,
    bias: `i32[${oc}] = [${extremes(random, [-2000, 2000], oc).join(",")}]`,
  };
}
