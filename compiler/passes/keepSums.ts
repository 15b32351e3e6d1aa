/**
 * Rounds a few integers the other way, so that what the weights of a channel are wrong by hardly adds up: what they are
 * multiplied with mostly has one sign, as behind a ReLU, and then the sum of errors is most of what comes of them.
 */

/** Goes through runs of neighbouring values of one channel, in order. */
export type EachRun = (visit: (from: number, to: number, channel: number) => void) => void;

/** Of numbers behind a ReLU: the square of their mean by their variance, about. */
const MEAN = 0.5;
/** Candidates for each that is wanted: rounded by nearly half. */
const [MORE, FEWEST] = [2, 8];
const MOST = 127;

/**
 * Changes values by one, those first that were rounded by most, while the square of the sum of a channel's errors,
 * times MEAN, falls by more than the sum of their squares grows.
 */
export function keepSums(
  data: Float32Array,
  values: Int8Array,
  scale: Float32Array,
  eachRun: EachRun,
): void {
  const each = data.length / scale.length;
  const sums = new Float64Array(scale.length);
  const errorAt = (i: number, by: number): number => values[i]! - data[i]! / by;
  eachRun((from, to, channel) => {
    const by = scale[channel]!;
    for (let i = from; i < to; i++) sums[channel]! += errorAt(i, by);
  });
  const candidates = Array.from(sums, (): number[] => []);
  eachRun((from, to, channel) => {
    const [by, sum, own] = [scale[channel]!, sums[channel]!, candidates[channel]!];
    const sign = Math.sign(sum);
    const least = Math.max(0, 0.5 - (MORE * Math.abs(sum) + FEWEST) / each);
    for (let i = from; i < to; i++) if (sign * errorAt(i, by) > least) own.push(i);
  });
  candidates.forEach((own, channel) => {
    const by = scale[channel]!;
    const sign = Math.sign(sums[channel]!);
    let sum = Math.abs(sums[channel]!);
    const ranked = own
      .map((i) => ({ i, error: sign * errorAt(i, by) }))
      .sort((a, b) => b.error - a.error || a.i - b.i);
    for (const { i, error } of ranked) {
      if (MEAN * (2 * sum - 1) <= 1 - 2 * error) break;
      if (Math.abs(values[i]! - sign) > MOST) continue;
      values[i]! -= sign;
      sum--;
    }
  });
}
