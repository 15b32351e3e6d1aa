/** Compares two pieces of code by turns, so that what else a machine does meets both alike. */

/** Milliseconds since some moment. */
export type Clock = () => number;

/**
 * What this process has computed, all of its threads together: on a machine that others use as well it moves by
 * 1 % where the clock on the wall moves by half.
 */
export const cpuTime: Clock = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};

export interface Comparison {
  /** How many times as fast the second is as the first: the median of the ratios of pairs. */
  readonly ratio: number;
  /** The quarter of ratios that is least is below this. */
  readonly lower: number;
}

export interface Effort {
  /** Milliseconds of either before anything is timed. */
  readonly warmUp: number;
  /** Of one sample, of as many calls as that takes. */
  readonly sample: number;
  readonly pairs: number;
  /** Pairs after which one that is clearly slower is given up. */
  readonly atLeast: number;
}

export const EFFORT: Effort = { warmUp: 3, sample: 1.5, pairs: 11, atLeast: 3 };

/** A candidate whose ratio is below this after a few pairs is given up. */
const HOPELESS = 0.97;

export function compareRuns(
  first: () => void,
  second: () => void,
  now: Clock,
  effort: Effort = EFFORT,
): Comparison {
  const rough = Math.min(settle(first, now, effort), settle(second, now, effort));
  const calls = Math.max(1, Math.min(10_000, Math.ceil(effort.sample / Math.max(rough, 1e-6))));
  const ratios: number[] = [];
  for (let pair = 0; pair < effort.pairs; pair++) {
    const turn = pair % 2 === 0;
    const [a, b] = turn ? [first, second] : [second, first];
    const before = sample(a, calls, now);
    const after = sample(b, calls, now);
    ratios.push(turn ? before / after : after / before);
    if (ratios.length >= effort.atLeast && quantile(ratios, 0.5) < HOPELESS) break;
  }
  return { ratio: quantile(ratios, 0.5), lower: quantile(ratios, 0.25) };
}

/** Milliseconds of one call, once it has run for a while. */
function settle(run: () => void, now: Clock, { warmUp }: Effort): number {
  const start = now();
  let [before, one] = [start, 0];
  for (let call = 0; call < 2 || (call < 1000 && before - start < warmUp); call++) {
    run();
    const after = now();
    [one, before] = [after - before, after];
  }
  return one;
}

function sample(run: () => void, calls: number, now: Clock): number {
  const start = now();
  for (let call = 0; call < calls; call++) run();
  return Math.max(now() - start, 1e-6);
}

/** The value below which a fraction of the values lies, nearest rank. */
function quantile(values: readonly number[], fraction: number): number {
  return [...values].sort((a, b) => a - b)[Math.floor(fraction * (values.length - 1))]!;
}
