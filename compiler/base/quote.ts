/** How names from untrusted files are written in texts: plain where they are identifiers, quoted elsewhere. */

/** More characters than a name has that somebody or some exporter gave: paths of modules have some hundreds. */
export const LONGEST_NAME = 2 ** 14;

const PLAIN = /^[A-Za-z_][A-Za-z0-9_.]*$/;
/** What a terminal or an editor could obey, or take for a line's end; JSON leaves these as they are. */

const HIDDEN = /[\u007f-\u009f\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g;

/** `conv1.weight` => conv1.weight, `a "b"` => "a \"b\"" */
export function quoteName(name: string): string {
  return PLAIN.test(name) ? name : quoteString(name);
}

/** A JSON string without invisible characters. */
export function quoteString(text: string): string {
  return JSON.stringify(text).replace(
    HIDDEN,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
