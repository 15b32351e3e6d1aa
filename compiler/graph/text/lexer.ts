/** Cuts a text into tokens one at a time, so that a hostile text costs time and memory in proportion to its length. */
import { fail } from "../../base/error.js";
import { LONGEST_NAME, quoteString } from "../../base/quote.js";

export type TokenKind =
  | "word"
  | "string"
  | "number"
  /** %name */
  | "value"
  /** @name */
  | "constant"
  | "punctuation"
  | "end";

export interface Token {
  readonly kind: TokenKind;
  /** The name or string without quotes and sigil, the digits of a number, the punctuation itself. */
  readonly text: string;
  /** Where it starts and ends in the text. */
  readonly at: number;
  readonly end: number;
}

/** Texts are written by people or printed by us; weights lie in files of their own. */
export const MAX_TEXT_LENGTH = 2 ** 26;

const WORD = /[A-Za-z_][A-Za-z0-9_.]*/y;
const NUMBER = /-?(?:[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?|inf)(?![A-Za-z0-9_.])/y;
const PUNCTUATION = "(){}[],:=";

/**
 * The token at or after `from`. Throws CompileError "syntax" on characters that begin none, "too-large" on names that
 * nobody gives.
 */
export function nextToken(text: string, from: number): Token {
  const token = tokenAt(text, skipBlanks(text, from));
  if (token.text.length <= LONGEST_NAME) return token;
  const { line, column } = placeOf(text, token.at);
  return fail(
    "too-large",
    `line ${line}:${column}: a word of ${token.text.length} characters: the most is ${LONGEST_NAME}`,
  );
}

function tokenAt(text: string, at: number): Token {
  const first = text[at];
  if (first === undefined) return { kind: "end", text: "", at, end: at };
  if (PUNCTUATION.includes(first)) {
    return { kind: "punctuation", text: first, at, end: at + 1 };
  }
  if (first === '"') return stringToken(text, "string", at, at);
  if (first === "%" || first === "@") return nameToken(text, at);
  const word = endOf(WORD, text, at);
  if (word !== undefined) return { kind: "word", text: text.slice(at, word), at, end: word };
  const number = endOf(NUMBER, text, at);
  if (number !== undefined)
    return { kind: "number", text: text.slice(at, number), at, end: number };
  const character = quoteString(String.fromCodePoint(text.codePointAt(at)!));
  return syntaxError(
    text,
    at,
    `expected a name, number, string or punctuation, found ${character}`,
  );
}

/** A loop, because a pattern with a star inside a star overflows on millions of comments. */
function skipBlanks(text: string, from: number): number {
  let at = from;
  for (;;) {
    if (text.startsWith("//", at)) {
      const newline = text.indexOf("\n", at);
      at = newline < 0 ? text.length : newline;
    } else if (" \t\r\n".includes(text[at] ?? "x")) at++;
    else return at;
  }
}

function endOf(pattern: RegExp, text: string, from: number): number | undefined {
  pattern.lastIndex = from;
  return pattern.test(text) ? pattern.lastIndex : undefined;
}

function nameToken(text: string, at: number): Token {
  const kind = text[at] === "%" ? "value" : "constant";
  if (text[at + 1] === '"') return stringToken(text, kind, at, at + 1);
  const end = endOf(WORD, text, at + 1);
  if (end === undefined) return syntaxError(text, at, `expected a name after ${text[at]!}`);
  return { kind, text: text.slice(at + 1, end), at, end };
}

function stringToken(text: string, kind: TokenKind, at: number, quote: number): Token {
  let end = quote + 1;
  while (text[end] !== '"') {
    if (end >= text.length || text[end] === "\n") {
      return syntaxError(text, at, 'expected a closing " before the end of the line');
    }
    end += text[end] === "\\" ? 2 : 1;
  }
  const literal = text.slice(quote, end + 1);
  try {
    return { kind, text: JSON.parse(literal) as string, at, end: end + 1 };
  } catch {
    return syntaxError(text, at, "expected a string with JSON's escapes");
  }
}

/** Throws CompileError "syntax" with the line and column of `at`, both counted from 1. */
export function syntaxError(text: string, at: number, message: string): never {
  const { line, column } = placeOf(text, at);
  return fail("syntax", `line ${line}:${column}: ${message}`);
}

function placeOf(text: string, at: number): { readonly line: number; readonly column: number } {
  let [line, start] = [1, 0];
  for (;;) {
    const newline = text.indexOf("\n", start);
    if (newline < 0 || newline >= at) return { line, column: at - start + 1 };
    [line, start] = [line + 1, newline + 1];
  }
}
