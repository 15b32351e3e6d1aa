/** Chooses factors for the channels that a layer reads by what rounding then costs its outputs, as far as means of squares tell. */
import type { Channels } from "./calibrate.js";
import { inputChannelOf } from "./biasCorrection.js";
import { channelOf, type LayerWeights } from "./parameters.js";

/** Channels that are nearly always 0 are not blown up beyond. */
const MOST = 2 ** 10;

/** How far channels are brought together that reach differently far: not at all, or all to the same. */
const POWERS = [0.25, 0.5, 0.75, 1] as const;

/** Of the noise there was, what is to be left at most: less is not worth other weights. */
const WORTH = 0.9;

/**
 * Bytes have one scale for all channels, so all are to reach as far; weights have one for each output, so that of a
 * layer that reads many channels these are to be of one size, too. undefined where neither is better than it was.
 */
export function factorsFor(layer: LayerWeights, seen: Channels): Float64Array | undefined {
  const noiseOf = noiseBy(layer, seen);
  const before = noiseOf(seen.largest.map(() => 1));
  const tried = POWERS.map((power) => {
    const factors = factorsBy(seen.largest, power);
    return { factors, noise: noiseOf(factors) };
  });
  const best = tried.reduce((a, b) => (b.noise < a.noise ? b : a));
  return best.noise < WORTH * before ? best.factors : undefined;
}

function factorsBy(largest: Float64Array, power: number): Float64Array {
  const most = largest.reduce((a, b) => Math.max(a, b), 0);
  // The largest stays as it is, as others may share the scale.
  return largest.map((one) => (one > 0 ? Math.min(MOST, (most / one) ** power) : 1));
}

/** The sum over outputs of their mean squared errors, where bytes and weights are rounded. */
function noiseBy(layer: LayerWeights, { largest, squares }: Channels) {
  const { weight, dims, axis } = layer;
  const input = inputChannelOf(layer);
  const output = channelOf(layer);
  const outputs = axis === undefined ? 1 : dims[axis]!;
  return (factors: Float64Array): number => {
    const reach = largest.reduce((most, one, c) => Math.max(most, one * factors[c]!), 0);
    const sizes = new Float64Array(outputs);
    for (let i = 0; i < weight.length; i++) {
      const size = Math.abs(weight[i]!) / factors[input(i)]!;
      if (size > sizes[output(i)]!) sizes[output(i)] = size;
    }
    let [bytes, weights] = [0, 0];
    for (let i = 0; i < weight.length; i++) {
      const c = input(i);
      bytes += (weight[i]! / factors[c]!) ** 2;
      weights += (sizes[output(i)]! * factors[c]!) ** 2 * squares[c]!;
    }
    return bytes * (reach / 255) ** 2 + weights / 127 ** 2;
  };
}
