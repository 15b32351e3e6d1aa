/** Changes words of texts: models in text, JSON, and the header of .npy files are all made of the same few kinds. */
import { quoteString } from "../../compiler/base/quote.js";
import type { Random } from "../support/random.js";
import { NAMES, NUMBERS } from "./family.js";

const TOKEN =
  /"(?:[^"\\\n]|\\.)*"|'[^'\n]*'|[%@]?[A-Za-z_][\w.]*|[%@]"(?:[^"\\\n]|\\.)*"|-?\d[\d.]*(?:[eE][+-]?\d+)?|\s+|[^]/g;

const isBlank = (token: string): boolean => token.trim() === "";
const isNumber = (token: string): boolean => /^-?\d/.test(token);
const isName = (token: string): boolean => /^[%@]?["'A-Za-z_]/.test(token);

interface Text {
  readonly tokens: string[];
  /** Positions of what is not blank. */
  readonly places: readonly number[];
}

type Change = (text: Text, place: number, random: Random) => void;

/** A token of the same kind: one of the text itself, or one that somebody thought of. */
const revalue: Change = ({ tokens, places }, place, random) => {
  const token = tokens[place]!;
  if (isNumber(token)) {
    const value = Number(token);
    const near = random.pick([value + 1, value - 1, value * 2, -value, value / 2]);
    const numbers = places.map((i) => tokens[i]!).filter(isNumber);
    tokens[place] = random.pick([String(near), String(random.pick(NUMBERS)), random.pick(numbers)]);
  } else if (isName(token)) {
    const first = token[0]!;
    const sigil = first === "%" || first === "@" ? first : "";
    const alike = places.map((i) => tokens[i]!).filter((other) => other[0] === first);
    const thought = `${sigil}${quoteString(random.pick(NAMES))}`;
    tokens[place] = random.chance(0.85) ? random.pick(alike) : thought;
  } else tokens[place] = random.pick([...'{}[](),:="%@_-']);
};

const other: Change = ({ tokens, places }, place, random) => {
  tokens[place] = tokens[random.pick(places)]!;
};

const swap: Change = ({ tokens, places }, place, random) => {
  const with_ = random.pick(places);
  [tokens[place], tokens[with_]] = [tokens[with_]!, tokens[place]!];
};

const drop: Change = ({ tokens }, place) => void (tokens[place] = "");

const repeat: Change = ({ tokens }, place, random) => {
  const times = random.pick([2, 2, 2, 3, 40]);
  tokens[place] = new Array<string>(times).fill(tokens[place]!).join(random.pick(["", " ", ", "]));
};

const CHANGES: readonly Change[] = [
  ...[revalue, revalue, revalue, revalue, revalue, revalue, other, swap, drop, repeat],
];

/** Whole lines. */
const LINES: readonly ((lines: string[], at: number, random: Random) => void)[] = [
  (lines, at) => void lines.splice(at, 1),
  (lines, at) => void lines.splice(at, 0, lines[at]!),
  (lines, at, random) => void lines.splice(random.int(0, lines.length), 0, lines[at]!),
  (lines, at, random) => {
    const to = random.int(0, lines.length - 1);
    [lines[at], lines[to]] = [lines[to]!, lines[at]!];
  },
  (lines, at) => void lines.splice(at),
];

/** The text with one word changed, or (one in eight) one line; one time in eight two to four of them. */
export function mutatedText(text: string, random: Random): string {
  let changed = text;
  for (let i = random.chance(1 / 8) ? random.int(2, 4) : 1; i > 0; i--) {
    changed = random.chance(1 / 8) ? withLine(changed, random) : withWord(changed, random);
  }
  return changed;
}

function withLine(text: string, random: Random): string {
  const lines = text.split("\n");
  random.pick(LINES)(lines, random.int(0, lines.length - 1), random);
  return lines.join("\n");
}

function withWord(text: string, random: Random): string {
  const tokens = text.match(TOKEN) ?? [];
  const places = [...tokens.keys()].filter((i) => !isBlank(tokens[i]!));
  if (places.length === 0) return text;
  random.pick(CHANGES)({ tokens, places }, random.pick(places), random);
  return tokens.join("");
}
