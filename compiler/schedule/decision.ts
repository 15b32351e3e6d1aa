/** What a cost model chose, and what it said of everything else that there was to choose from: for people to read. */

export interface Decision {
  /** What there was to choose: an algorithm, the axis over lanes, a tile. */
  readonly what: string;
  readonly chosen: string;
  /** What each would cost, the least first; empty where a rule decides. */
  readonly candidates: readonly Candidate[];
  /** Of the costs. */
  readonly unit?: string;
  /** What else counted. */
  readonly because?: string;
}

export type Candidate = readonly [name: string, cost: number];

/** Is told each choice where it is made. */
export type Decide = (decision: Decision) => void;

/** As many as anybody reads, and the chosen one. */
const MOST = 5;

/** A choice by costs: the best candidates in order, what cannot be chosen left out. */
export function decisionOf(
  what: string,
  unit: string,
  all: readonly Candidate[],
  chosen: string,
  because?: string,
): Decision {
  const sorted = all
    .filter(([, cost]) => Number.isFinite(cost))
    .toSorted(([, a], [, b]) => a - b)
    .filter(([name], at) => at < MOST || name === chosen);
  const why = because === undefined ? {} : { because };
  return { what, chosen, candidates: sorted, unit, ...why };
}
