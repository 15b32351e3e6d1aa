/** What many numbers are like: their ends, mean and spread, how many are 0, and how often each size occurs. */

export interface Statistics {
  readonly count: number;
  /** Of those that are finite; 0 where there are none. */
  readonly least: number;
  readonly most: number;
  readonly mean: number;
  readonly deviation: number;
  readonly zeros: number;
  /** NaN and infinities. */
  readonly special: number;
  /** How many lie in each of as many equal parts between the ends. */
  readonly histogram: readonly number[];
}

const PARTS = 40;

export function statisticsOf(values: ArrayLike<number>): Statistics {
  let [least, most, sum, zeros, special] = [Infinity, -Infinity, 0, 0, 0];
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (!Number.isFinite(value)) special++;
    else {
      if (value < least) least = value;
      if (value > most) most = value;
      if (value === 0) zeros++;
      sum += value;
    }
  }
  const finite = values.length - special;
  if (finite === 0) [least, most] = [0, 0];
  const mean = finite === 0 ? 0 : sum / finite;
  const histogram = new Array<number>(PARTS).fill(0);
  const scale = most > least ? PARTS / (most - least) : 0;
  let squares = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (!Number.isFinite(value)) continue;
    squares += (value - mean) ** 2;
    histogram[Math.min(PARTS - 1, Math.floor((value - least) * scale))]!++;
  }
  const deviation = finite === 0 ? 0 : Math.sqrt(squares / finite);
  return { count: values.length, least, most, mean, deviation, zeros, special, histogram };
}

/** Channels, by number, that say nothing for a sample. */
export interface QuietChannels {
  /** All zeros. */
  readonly dead: readonly number[];
  /** At least half of the values are the largest or the least of the whole map, which is not 0. */
  readonly saturated: readonly number[];
}

export function quietChannels(
  values: ArrayLike<number>,
  channels: number,
  { least, most }: Statistics,
): QuietChannels {
  const size = values.length / Math.max(1, channels);
  const [dead, saturated]: [number[], number[]] = [[], []];
  // One value of one element says nothing of a channel.
  if (size < 4 || most === least) return { dead, saturated };
  for (let channel = 0; channel < channels; channel++) {
    let [zeros, low, high] = [0, 0, 0];
    for (let i = channel * size; i < (channel + 1) * size; i++) {
      if (values[i] === 0) zeros++;
      if (values[i] === least) low++;
      if (values[i] === most) high++;
    }
    if (zeros === size) dead.push(channel);
    else if ((least !== 0 && 2 * low >= size) || (most !== 0 && 2 * high >= size))
      saturated.push(channel);
  }
  return { dead, saturated };
}
