/** Finds what somebody probably meant by a name that does not exist. */

const LONGEST = 64;

/** The candidate that is fewest edits away, where that is near enough to be meant. */
function nearest(name: string, candidates: Iterable<string>): string | undefined {
  if (name.length > LONGEST) return undefined;
  let best: string | undefined;
  let least = Math.ceil(name.length / 3) + 1;
  for (const candidate of candidates) {
    if (Math.abs(candidate.length - name.length) >= least || candidate === name) continue;
    const distance = editDistance(name.toLowerCase(), candidate.toLowerCase());
    if (distance >= least) continue;
    least = distance;
    best = candidate;
  }
  return best;
}

/** `{ hint: "did you mean 'conv'?" }` for spreading into a problem, or nothing. */
export interface Suggestion {
  readonly hint?: string;
}

/** Of a few candidates, such as the names of options. */
export function suggestion(name: string, candidates: Iterable<string>): Suggestion {
  const close = nearest(name, candidates);
  return close === undefined ? {} : { hint: `did you mean '${close}'?` };
}

/** Candidates looked at for all wrong names of a model together: some tenths of a second of them. */
const MOST_LOOKS = 2 ** 17;

/** Suggests from names that a file chooses: where very many names are wrong, the first of them get suggestions. */
export function suggester(candidates: {
  readonly size: number;
  keys(): Iterable<string>;
}): (name: string) => Suggestion {
  let looks = 0;
  return (name) => {
    looks += candidates.size;
    return looks > MOST_LOOKS ? {} : suggestion(name, candidates.keys());
  };
}

/** Insertions, deletions and replacements that turn a into b (Levenshtein, one row at a time). */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, row[j]! + 1, next[j - 1]! + 1));
    }
    row = next;
  }
  return row[b.length]!;
}
