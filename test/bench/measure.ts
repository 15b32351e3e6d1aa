/** Runs two engines on one case, by turns in this process, after checking that they compute the same. */
import type { Clock } from "../../compiler/tune/timing.js";
import type { Arrays, Case, Peer, Prepared } from "./peer.js";
import { compare, type Comparison, type Pair } from "./statistics.js";

export interface Measured extends Comparison {
  readonly case: string;
  readonly peer: string;
  /** Two per multiply-add. */
  readonly flops: number;
  /** The largest difference between the two engines' outputs, relative to the rms of theirs. */
  readonly difference: number;
}

export interface Budget {
  /** Spent on the pairs of one comparison, when that many have been run. */
  readonly seconds: number;
  readonly leastPairs: number;
  readonly mostPairs: number;
  /** How far the two may differ, relative to the rms of an output. */
  readonly tolerance: number;
}

/** One result for each peer that can run the case. Throws an Error where one of them computes something else. */
export async function measureCase(
  one: Case,
  ours: Peer,
  peers: readonly Peer[],
  budget: Budget,
  now: Clock,
): Promise<Measured[]> {
  const left = await ours.prepare(one);
  if (left === undefined) throw new Error(`${ours.name} cannot run ${one.name}`);
  try {
    const measured: Measured[] = [];
    for (const peer of peers) {
      const right = await peer.prepare(one);
      if (right === undefined) continue;
      try {
        const difference = await differ(one, left, right);
        if (!(difference <= (one.tolerance ?? budget.tolerance)))
          throw new Error(`${one.name}: ${ours.name} and ${peer.name} differ by ${difference}`);
        const pairs = await alternate(left, right, budget, now);
        const flops = 2 * one.multiplyAdds;
        measured.push({ case: one.name, peer: peer.name, flops, difference, ...compare(pairs) });
      } finally {
        right.dispose?.();
      }
    }
    return measured;
  } finally {
    left.dispose?.();
  }
}

async function differ(one: Case, left: Prepared, right: Prepared): Promise<number> {
  await left.run();
  await right.run();
  const [ours, theirs] = [await left.outputs(), await right.outputs()];
  return Math.max(...one.graph.outputs.map(({ name }) => relativeDifference(ours, theirs, name)));
}

function relativeDifference(ours: Arrays, theirs: Arrays, name: string): number {
  const [a, b] = [ours[name]!, theirs[name]!];
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
    const first = await seconds(oursFirst ? left : right, now);
    const second = await seconds(oursFirst ? right : left, now);
    pairs.push(oursFirst ? { ours: first, theirs: second } : { ours: second, theirs: first });
  }
  return pairs;
}

/** At least two runs, and more where they are short. */
async function warmUp(prepared: Prepared): Promise<void> {
  const end = performance.now() + 500;
  for (let i = 0; i < 2 || (i < 50 && performance.now() < end); i++) await prepared.run();
}

async function seconds(prepared: Prepared, now: Clock): Promise<number> {
  const start = now();
  await prepared.run();
  return (now() - start) / 1000;
}
