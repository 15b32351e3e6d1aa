/** Counts what became of mutants, by kind of file. */

export interface Counts {
  drawn: number;
  accepted: number;
  /** Compiled for every target, run and compared. */
  run: number;
  /** By onnxruntime-web, too. */
  peer: number;
  /** What onnxruntime-web says otherwise. */
  readonly differing: string[];
  /** In seconds of CPU, all together and the one that took longest. */
  seconds: number;
  slowest: number;
  readonly codes: Map<string, number>;
}

export interface Tally {
  of(family: string): Counts;
  readonly families: ReadonlyMap<string, Counts>;
}

export function newTally(): Tally {
  const families = new Map<string, Counts>();
  return {
    families,
    of(family) {
      const known = families.get(family) ?? {
        ...{ drawn: 0, accepted: 0, run: 0, peer: 0, seconds: 0, slowest: 0 },
        ...{ differing: [], codes: new Map<string, number>() },
      };
      families.set(family, known);
      return known;
    },
  };
}

/** So many differences from onnxruntime-web are shown. */
const SHOWN = 20;

/** One line a family. */
export function reportOf({ families }: Tally): string {
  const lines = [...families].map(
    ([name, { drawn, accepted, run, peer, seconds, slowest, codes, differing }]) => {
      const known = [...codes].sort(([, a], [, b]) => b - a).map(([code, n]) => `${code} ${n}`);
      const theirs = peer === 0 ? "" : `, ${peer} by onnxruntime-web, ${differing.length} differ`;
      const words = differing.slice(0, SHOWN).map((one) => `\n  onnxruntime-web: ${one}`);
      return (
        `${name}: ${drawn} mutants, ${accepted} accepted, ${run} run${theirs}; ` +
        `${seconds.toFixed(1)} s, the slowest ${slowest.toFixed(2)} s; ${known.join(", ")}${words.join("")}`
      );
    },
  );
  return lines.sort().join("\n");
}
