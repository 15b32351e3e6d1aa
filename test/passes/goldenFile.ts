/** Golden files of passes: sections of input, what fired, and expected output, in one text that can be rewritten. */
import type { RewriteLog } from "../../compiler/graph/rewrite/rule.js";
import { firings } from "../support/firings.js";

/**
 * One section:
 *
 *   // silu: either order             or     // not silu: the gate is read twice
 *   graph g(…) {…}
 *   // --- fires: silu 1
 *   // note: collapse on 'b': …
 *   graph g(…) {…}                    or     // unchanged
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
  readonly section: Section;
  readonly output: string;
  readonly log: RewriteLog;
}

/** The file as it should be. */
export function formatGolden(pass: string, outcomes: readonly Outcome[]): string {
  const sections = outcomes.map(({ section, output, log }) => {
    const fired = [...firings(log)].sort(([a], [b]) => (a < b ? -1 : 1));
    const counts = fired.map(([rule, count]) => `${rule} ${count}`).join(", ") || "nothing";
    const notes = log.notes.map(
      ({ rule, node, reason }) => `// note: ${rule} on '${node}': ${reason}\n`,
    );
    const expected = output === section.input ? "// unchanged\n" : output;
    return `${section.title}\n${section.input}// --- fires: ${counts}\n${notes.join("")}${expected}`;
  });
  return `// pass: ${pass}\n\n${sections.join("// ===\n\n")}`;
}
