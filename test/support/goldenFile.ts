/** Golden files of passes: sections of input, what was done, and expected output, in one text that can be rewritten. */

/**
 * One section:
 *
 *   // silu: either order             or     // not silu: the gate is read twice
 *   graph g(…) {…}
 *   // --- fires: silu 1
 *   // note: collapse on 'b': …
 *   what came of it                   or     // unchanged
 */
export interface Section {
  readonly title: string;
  /** The rule that must fire here, or with `not` must not. */
  readonly rule: string;
  readonly not: boolean;
  readonly input: string;
}

export interface GoldenFile {
  readonly pass: string;
  readonly sections: readonly Section[];
}

const PASS = /^\/\/ pass: ([a-z-]+)\n\n/;
const TITLE = /^\/\/ (not )?([a-z0-9-]+)(: .*)?\n/;

/** Throws an Error on a file that is not of this form. */
export function parseGolden(text: string): GoldenFile {
  const head = PASS.exec(text);
  if (head === null) throw new Error("expected '// pass: name' and a blank line");
  const sections = text.slice(head[0].length).split("// ===\n\n").map(parseSection);
  return { pass: head[1]!, sections };
}

function parseSection(text: string): Section {
  const title = TITLE.exec(text);
  if (title === null) throw new Error(`expected '// rule: …' or '// not rule: …' before\n${text}`);
  const end = text.indexOf("// ---");
  const input = text.slice(title[0].length, end < 0 ? undefined : end);
  return { title: title[0].trim(), rule: title[2]!, not: title[1] !== undefined, input };
}

export interface Outcome {
  /** How often each rule fired. */
  readonly fired: ReadonlyMap<string, number>;
  readonly notes?: readonly string[];
  readonly output: string;
}

/** The file as it should be. */
export function formatGolden({ pass, sections }: GoldenFile, outcomes: readonly Outcome[]): string {
  const texts = sections.map(({ title, input }, i) => {
    const { fired, notes = [], output } = outcomes[i]!;
    const counts = [...fired].sort(([a], [b]) => (a < b ? -1 : 1));
    const fires = counts.map(([rule, count]) => `${rule} ${count}`).join(", ") || "nothing";
    const noted = notes.map((note) => `// note: ${note}\n`).join("");
    const expected = output === input ? "// unchanged\n" : output;
    return `${title}\n${input}// --- fires: ${fires}\n${noted}${expected}`;
  });
  return `// pass: ${pass}\n\n${texts.join("// ===\n\n")}`;
}
