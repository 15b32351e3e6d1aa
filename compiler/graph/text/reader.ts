/** One token of lookahead over a text, and the words for what was expected instead. */
import type { Budget } from "../../base/budget.js";
import { fail } from "../../base/error.js";
import { quoteString } from "../../base/quote.js";
import { nextToken, syntaxError, MAX_TEXT_LENGTH, type Token, type TokenKind } from "./lexer.js";

/** Where parsing has got to; `token` is the next one. */
export interface Reader {
  readonly text: string;
  readonly budget: Budget;
  token: Token;
  /** Names, numbers and words so far, but not the values of constants. */
  items: number;
}

/** As many as an ONNX file may have. */
const MOST_ITEMS = 2 ** 20;

/** Throws CompileError "too-large" on a text that no person and no printer writes. */
export function openReader(text: string, budget: Budget): Reader {
  budget.receive("the model", text.length);
  if (text.length > MAX_TEXT_LENGTH) {
    fail("too-large", `the text has ${text.length} characters: the most is ${MAX_TEXT_LENGTH}`);
  }
  return { text, budget, token: nextToken(text, 0), items: 0 };
}

/** Takes the next token. Throws CompileError "too-large" where there are more than any network takes to say. */
export function take(reader: Reader): Token {
  if (reader.token.kind !== "punctuation" && ++reader.items > MOST_ITEMS) {
    fail("too-large", `the text has more than ${MOST_ITEMS} names, words and numbers`);
  }
  return takeValue(reader);
}

/** Takes the next token, which is one of a constant's values: only the text itself limits those. */
export function takeValue(reader: Reader): Token {
  const token = reader.token;
  reader.token = nextToken(reader.text, token.end);
  return token;
}

/** Whether the next token is of this kind and, where given, this text. */
export function isNext(reader: Reader, kind: TokenKind, text?: string): boolean {
  return reader.token.kind === kind && (text === undefined || reader.token.text === text);
}

/** Takes the next token if it is this punctuation or word. */
export function accept(reader: Reader, kind: TokenKind, text: string): boolean {
  if (!isNext(reader, kind, text)) return false;
  take(reader);
  return true;
}

/** Takes this punctuation. */
export function expectPunctuation(reader: Reader, text: string): void {
  if (!accept(reader, "punctuation", text)) expected(reader, `'${text}'`);
}

/** Takes a token of this kind and returns its text. */
export function expectKind(reader: Reader, kind: TokenKind, what: string): string {
  return isNext(reader, kind) ? take(reader).text : expected(reader, what);
}

/** A plain or quoted name without sigil. */
export function expectName(reader: Reader, what: string): string {
  if (isNext(reader, "word") || isNext(reader, "string")) return take(reader).text;
  return expected(reader, what);
}

/** What stands between commas until `close`, which is taken too. */
export function listUntil<T>(reader: Reader, close: string, item: (reader: Reader) => T): T[] {
  const items: T[] = [];
  eachUntil(reader, close, (at) => items.push(item(at)));
  return items;
}

/** Reads each of what stands between commas until `close`, which is taken too. */
export function eachUntil(reader: Reader, close: string, item: (reader: Reader) => unknown): void {
  for (let first = true; !accept(reader, "punctuation", close); first = false) {
    if (!first && !accept(reader, "punctuation", ",")) expected(reader, `',' or '${close}'`);
    item(reader);
  }
}

/** Throws CompileError "syntax": expected `what`, found the next token. */
export function expected(reader: Reader, what: string): never {
  const { at, end, kind } = reader.token;
  const raw = reader.text.slice(at, Math.min(end, at + 40));
  const found = kind === "end" ? "the end of the text" : quoteString(raw);
  return syntaxError(reader.text, at, `expected ${what}, found ${found}`);
}
