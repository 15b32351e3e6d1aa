/** Finds what somebody probably meant by a name that does not exist. */

const LONGEST = 64;

/** The candidate that is fewest edits away, where that is near enough to be meant. */
export function nearest(name: string, candidates: Iterable<string>): string | undefined {
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
export function suggestion(name: string, candidates: Iterable<string>): { readonly hint?: string } {
  const close = nearest(name, candidates);
  return close === undefined ? {} : { hint: `did you mean '${close}'?` };
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
