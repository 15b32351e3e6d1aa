/** Reads JSON of strangers: every key once, and nothing that recurses, however deep it is nested. */

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;
const OPEN_TABLE = 0x7b;
const CLOSE_TABLE = 0x7d;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;

/**
 * The value of a JSON text in UTF-8. Throws an Error that says what is wrong: no JSON, or a table with a key
 * twice, of which readers take one or the other; `__proto__` is no key, because records lose it.
 */
export function parseJson(bytes: Uint8Array): unknown {
  const text = decode(bytes);
  const value = parse(text);
  checkKeys(text);
  return value;
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new Error("it is not UTF-8");
  }
}

/** The engine's own words show parts of the text. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Error("it is not JSON");
  }
}

/** Of a text that is JSON: there only a key has a colon after it. */
function checkKeys(text: string): void {
  const open: (Set<string> | undefined)[] = [];
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === OPEN_TABLE) open.push(new Set());
    else if (code === OPEN_LIST) open.push(undefined);
    else if (code === CLOSE_TABLE || code === CLOSE_LIST) open.pop();
    else if (code === QUOTE) {
      const end = stringEnd(text, at);
      const keys = open.at(-1);
      if (keys !== undefined && followedByColon(text, end)) takeKey(text, at, end, keys);
      at = end - 1;
    }
  }
}

/** Behind the quote that closes the string. */
function stringEnd(text: string, start: number): number {
  let at = start + 1;
  while (text.charCodeAt(at) !== QUOTE) at += text.charCodeAt(at) === BACKSLASH ? 2 : 1;
  return at + 1;
}

function followedByColon(text: string, from: number): boolean {
  let at = from;
  while (" \t\r\n".includes(text[at] ?? "x")) at++;
  return text.charCodeAt(at) === COLON;
}

function takeKey(text: string, start: number, end: number, keys: Set<string>): void {
  const literal = text.slice(start, end);
  const key = literal.includes("\\") ? (JSON.parse(literal) as string) : literal.slice(1, -1);
  if (key === "__proto__") throw new Error(`a key is __proto__ at character ${start}`);
  if (keys.has(key)) {
    const shown = key.length > 100 ? `${key.slice(0, 100)}…` : key;
    throw new Error(`key '${shown}' is there twice, again at character ${start}`);
  }
  keys.add(key);
}
