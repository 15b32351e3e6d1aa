/** The table in docs/environments.md: what was tried, with which version, and what came of it. */

export interface Row {
  readonly name: string;
  readonly title: string;
  readonly version: string;
  readonly case: string;
  readonly skipped: boolean;
  /** What went wrong, in full. */
  readonly failure?: string;
}

/** The page with these rows in its table, in place of older ones of the same environments, by the order of titles. */
export function record(page: string, rows: readonly Row[], titles: readonly string[]): string {
  const tried = new Set(rows.filter(({ skipped }) => !skipped).map(({ title }) => title));
  const pattern = /(\| environment [^\n]*\n\| -[^\n]*\n)((?:\|[^\n]*\n)*)/;
  if (!pattern.test(page)) throw new Error("the page has no table of environments");
  return page.replace(pattern, (_, head: string, old: string) => {
    const kept = old.split("\n").filter((line) => line !== "" && !tried.has(titleOf(line)));
    const fresh = rows
      .filter(({ title }) => tried.has(title))
      .map((row) => {
        const result = row.failure === undefined ? "works" : "fails";
        return `| ${row.title} | ${row.version} | ${row.case} | ${result} |`;
      });
    const place = (line: string): number => titles.indexOf(titleOf(line));
    const lines = [...kept, ...fresh].filter((line) => place(line) >= 0);
    return (
      head +
      lines
        .toSorted((a, b) => place(a) - place(b))
        .map((line) => `${line}\n`)
        .join("")
    );
  });
}

const titleOf = (line: string): string => line.split("|")[1]!.trim();
