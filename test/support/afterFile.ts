/** What modules that several test files of a process share have to tidy up after each of them. */

const all: (() => void)[] = [];

/** Has something done at the end of this test file and of all others in the process. */
export function afterFile(run: () => void): void {
  all.push(run);
}

export function tidyUp(): void {
  for (const run of all) run();
}
