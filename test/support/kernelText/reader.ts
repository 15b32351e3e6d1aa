/** Reads a kernel's text token by token, one token ahead. */
import { fail } from "../../../compiler/base/error.js";
import { quoteString } from "../../../compiler/base/quote.js";

export type TokenKind =
  /** A word, `%name`, `@name` or a quoted name; `bare` tells words apart. */
  "name" | "number" | "symbol" | "end";

export interface Token {
  readonly kind: TokenKind;
  /** A name without quotes but with its sigil, a number's digits, the symbol itself. */
  readonly text: string;
  /** A word without sigil or quotes, which alone can be a keyword. */
  readonly bare: boolean;
  readonly at: number;
  readonly end: number;
}

export interface Reader {
  readonly text: string;
  token: Token;
  /** How deep expressions are nested where it stands. */
  depth: number;
}

const WORD = /[A-Za-z_][A-Za-z0-9_.]*/y;
const STRING = /"(?:[^"\\\n]|\\.)*"/y;
const NUMBER = /[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?(?![A-Za-z0-9_.])/y;
const SYMBOL = /->|<<|>>|<=|>=|==|!=|[(){}[\],:=<>+\-*/&|^!]/y;
const BLANKS = /(?:[ \t\r\n]|\/\/[^\n]*)/y;

export function createReader(text: string): Reader {
  return { text, token: nextToken(text, 0), depth: 0 };
}

/** The current token, which is then behind. */
export function take(reader: Reader): Token {
  const { token } = reader;
  reader.token = nextToken(reader.text, token.end);
  return token;
}

/** The token after the current one. */
export function peek(reader: Reader): Token {
  return nextToken(reader.text, reader.token.end);
}

export function isSymbol(token: Token, symbol: string): boolean {
  return token.kind === "symbol" && token.text === symbol;
}

export function isWord(token: Token, word: string): boolean {
  return token.bare && token.text === word;
}

/** Takes the symbol or keyword where it is next. */
export function accept(reader: Reader, text: string): boolean {
  if (!isSymbol(reader.token, text) && !isWord(reader.token, text)) return false;
  take(reader);
  return true;
}

export function expect(reader: Reader, text: string): void {
  if (!accept(reader, text)) expected(reader, `'${text}'`);
}

export function expectName(reader: Reader, what: string): string {
  if (reader.token.kind !== "name") expected(reader, what);
  return take(reader).text;
}

/** A whole number with an optional sign. */
export function expectInteger(reader: Reader, what: string): number {
  const sign = accept(reader, "-") ? -1 : 1;
  const { kind, text } = reader.token;
  const value = sign * Number(text);
  if (kind !== "number" || !Number.isSafeInteger(value)) expected(reader, what);
  take(reader);
  return value === 0 ? 0 : value;
}

/** Items up to the closing symbol, separated by commas; a last comma is allowed. */
export function listUntil<T>(reader: Reader, close: string, item: () => T): T[] {
  const items: T[] = [];
  while (!accept(reader, close)) {
    items.push(item());
    if (accept(reader, ",")) continue;
    expect(reader, close);
    break;
  }
  return items;
}

/** Throws CompileError "syntax" that says what was expected at the current token. */
export function expected(reader: Reader, what: string): never {
  const { kind, text, at } = reader.token;
  const found = kind === "end" ? "the end of the text" : quoteString(text);
  return syntaxError(reader.text, at, `expected ${what}, found ${found}`);
}

/** Throws CompileError "syntax" with the line and column of `at`, both counted from 1. */
export function syntaxError(text: string, at: number, message: string): never {
  const before = text.slice(0, at);
  const line = before.split("\n").length;
  const column = at - before.lastIndexOf("\n");
  return fail("syntax", `line ${line}:${column}: ${message}`);
}

function nextToken(text: string, from: number): Token {
  let at = from;
  for (let end = endOf(BLANKS, text, at); end !== undefined; end = endOf(BLANKS, text, at))
    at = end;
  if (at >= text.length) return { kind: "end", text: "", bare: false, at, end: at };
  const name = nameToken(text, at);
  if (name !== undefined) return name;
  for (const [kind, pattern] of [
    ["number", NUMBER],
    ["symbol", SYMBOL],
  ] as const) {
    const end = endOf(pattern, text, at);
    if (end !== undefined) return { kind, text: text.slice(at, end), bare: false, at, end };
  }
  const character = quoteString(String.fromCodePoint(text.codePointAt(at)!));
  return syntaxError(text, at, `expected a name, number or symbol, found ${character}`);
}

function nameToken(text: string, at: number): Token | undefined {
  const sigil = text[at] === "%" || text[at] === "@" ? text[at] : "";
  const from = at + sigil.length;
  const word = endOf(WORD, text, from);
  if (word !== undefined)
    return { kind: "name", text: text.slice(at, word), bare: sigil === "", at, end: word };
  const end = endOf(STRING, text, from);
  if (end === undefined) return undefined;
  try {
    const name = `${sigil}${JSON.parse(text.slice(from, end)) as string}`;
    return { kind: "name", text: name, bare: false, at, end };
  } catch {
    return syntaxError(text, from, "expected a string with JSON's escapes");
  }
}

function endOf(pattern: RegExp, text: string, from: number): number | undefined {
  pattern.lastIndex = from;
  return pattern.test(text) ? pattern.lastIndex : undefined;
}
