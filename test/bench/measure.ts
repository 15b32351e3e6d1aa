/** Runs two engines on one case, by turns in this process, after checking that they compute the same. */
import type { Clock } from "../../compiler/tune/timing.js";
import { exactOutputs, largestError } from "./exact.js";
import type { Arrays, Case, Peer, Prepared } from "./peer.js";
import { compare, quantile, type Comparison, type Pair } from "./statistics.js";

export interface Measured extends Comparison {
  readonly case: string;
  readonly peer: string;
  /** Two per multiply-add. */
  readonly flops: number;
  /** The largest difference between the two engines' outputs, relative to the rms of theirs. */
  readonly difference: number;
  /** The largest error of either's outputs against double precision, relative to the rms; absent of models that have no such meaning. */
  readonly error?: number;
  readonly theirError?: number;
}

export interface Budget {
  /** Spent on the pairs of one comparison, when that many have been run. */
  readonly seconds: number;
  readonly leastPairs: number;
  readonly mostPairs: number;
  /** How far the two may differ, relative to the rms of an output. */
  readonly tolerance: number;
  /**
   * Whether an engine's turn begins when the other's threads sleep, with runs that are not counted, and is the median of
   * some that are: the same for all engines, those of one thread too.
   */
  readonly ofThreads?: boolean;
}

/** One result for each peer that can run the case. Throws an Error where one of them computes something else. */
export async function measureCase(
  one: Case,
  ours: Peer,
  peers: readonly Peer[],
  budget: Budget,
  now: Clock,
): Promise<Measured[]> {
  const exact = await exactOutputs(one.definition, one.inputs);
  const left = await ours.prepare(one);
  if (left === undefined) throw new Error(`${ours.name} cannot run ${one.name}`);
  try {
    const measured: Measured[] = [];
    for (const peer of peers) {
      const right = await peer.prepare(one);
      if (right === undefined) continue;
      try {
        const [own, other] = await outputsOf(left, right);
        const difference = differ(one, own, other);
        if (!(difference <= (one.tolerance ?? budget.tolerance)))
          throw new Error(`${one.name}: ${ours.name} and ${peer.name} differ by ${difference}`);
        const pairs = await alternate(left, right, budget, now);
        const flops = 2 * one.multiplyAdds;
        const errors = exact && {
          error: largestError(own, exact),
          theirError: largestError(other, exact),
        };
        const names = { case: one.name, peer: peer.name };
        measured.push({ ...names, flops, difference, ...errors, ...compare(pairs) });
      } finally {
        await right.dispose?.();
      }
    }
    return measured;
  } finally {
    await left.dispose?.();
  }
}

async function outputsOf(left: Prepared, right: Prepared): Promise<readonly [Arrays, Arrays]> {
  await left.run();
  await right.run();
  return [await left.outputs(), await right.outputs()];
}

function differ({ graph }: Case, ours: Arrays, theirs: Arrays): number {
  return Math.max(...graph.outputs.map(({ name }) => relativeDifference(ours, theirs, name)));
}

function relativeDifference(ours: Arrays, theirs: Arrays, name: string): number {
  const [a, b] = [ours[name], theirs[name]];
  if (a === undefined || b === undefined) throw new Error(`one engine has no output ${name}`);
  if (a.length !== b.length || a.length === 0) return Infinity;
  const rms = Math.sqrt(b.reduce((sum, value) => sum + value * value, 0) / b.length);
  return a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i]!)), 0) / rms;
}

/** Until the engines' compilers have settled, then pairs in turn, first one side first and then the other. */
async function alternate(
  left: Prepared,
  right: Prepared,
  budget: Budget,
  now: Clock,
): Promise<Pair[]> {
  await warmUp(left);
  await warmUp(right);
  const pairs: Pair[] = [];
  const end = performance.now() + budget.seconds * 1000;
  while (
    pairs.length < budget.leastPairs ||
    (pairs.length < budget.mostPairs && performance.now() < end)
  ) {
    const oursFirst = pairs.length % 2 === 0;
    const first = await turn(oursFirst ? left : right, budget, now);
    const second = await turn(oursFirst ? right : left, budget, now);
    pairs.push(oursFirst ? { ours: first, theirs: second } : { ours: second, theirs: first });
  }
  return pairs;
}

/** At least two runs, and more where they are short. */
async function warmUp(prepared: Prepared): Promise<void> {
  const end = performance.now() + 500;
  for (let i = 0; i < 2 || (i < 50 && performance.now() < end); i++) await prepared.run();
}

/** Seconds of a run; of threads the median of some, one after the other, once all are awake and on cores of their own. */
async function turn(prepared: Prepared, { ofThreads }: Budget, now: Clock): Promise<number> {
  if (!ofThreads) return secondsOf(prepared, now);
  await untilIdle();
  const end = performance.now() + AWAKE_MS;
  do await prepared.run();
  while (performance.now() < end);
  const seconds: number[] = [];
  while (seconds.length < RUNS) seconds.push(await secondsOf(prepared, now));
  return quantile(seconds, 0.5);
}

async function secondsOf(prepared: Prepared, now: Clock): Promise<number> {
  const start = now();
  await prepared.run();
  return (now() - start) / 1000;
}

/** In which a kernel moves threads that it has woken on the same core to different ones. */
const AWAKE_MS = 150;

/** Of a turn of threads, of which one now and then is interrupted. */
const RUNS = 5;

/** Longer than a tick of the kernel's clock, by which it counts what threads compute. */
const IDLE_MS = 12;

/**
 * Until this process computes nothing, half a second at most. Threads of onnxruntime-web look for work for some ten
 * milliseconds after a run, and on a machine of two cores whoever is next would share one with them.
 */
async function untilIdle(): Promise<void> {
  const end = performance.now() + 500;
  for (let isIdle = false; !isIdle && performance.now() < end;) {
    const before = process.cpuUsage();
    await new Promise((resolve) => setTimeout(resolve, IDLE_MS));
    const { user, system } = process.cpuUsage(before);
    isIdle = user + system < 1000;
  }
}
