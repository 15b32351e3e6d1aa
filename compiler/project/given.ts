/** Reads options of the command line: texts that may be one of some words, whole numbers, or pairs. */
import { fail } from "../base/error.js";

/** Options by their names in camelCase: their values, or true of a flag alone. */
export type Given = Readonly<Record<string, readonly string[] | true>>;

/** [`--out-dir <dir>`, what it does] */
export type OptionRows = readonly (readonly [flags: string, description: string])[];

export function isSet(given: Given, name: string): boolean {
  return given[name] === true;
}

/** The only value of an option; throws CompileError `usage` where there are several. */
export function oneText(given: Given, name: string): string | undefined {
  const texts = allTexts(given, name);
  if (texts.length > 1) fail("usage", `${flagOf(name)} is given ${texts.length} times`);
  return texts[0];
}

/** All values of an option that may be repeated. */
export function allTexts(given: Given, name: string): string[] {
  const value = given[name];
  return value === undefined || value === true ? [] : [...value];
}

/** One of the words, or the first where the option is absent. */
export function oneOf<const Word extends string>(
  given: Given,
  name: string,
  words: readonly Word[],
): Word | undefined {
  const text = oneText(given, name);
  if (text === undefined) return undefined;
  const word = words.find((candidate) => candidate === text);
  return word ?? fail("usage", `${flagOf(name)} must be ${words.join(" or ")}, not '${text}'`);
}

/** A whole number that fits 32 bits. */
export function oneInteger(given: Given, name: string): number | undefined {
  const text = oneText(given, name);
  if (text === undefined) return undefined;
  if (!/^\d{1,9}$/.test(text))
    fail("usage", `${flagOf(name)} must be a whole number, not '${text}'`);
  return Number(text);
}

/** `image=x.npy` => ["image", "x.npy"] */
export function splitPair(text: string, flag: string): readonly [string, string] {
  const at = text.lastIndexOf("=");
  if (at < 1) fail("usage", `${flag} ${text}: expected name=value`);
  return [text.slice(0, at), text.slice(at + 1)];
}

/** The pairs of an option that may be repeated, but not for one name; the texts they come from are third. */
export function pairsOf(
  given: Given,
  option: string,
): (readonly [name: string, value: string, text: string])[] {
  const flag = flagOf(option);
  const seen = new Set<string>();
  return allTexts(given, option).map((text) => {
    const [name, value] = splitPair(text, flag);
    if (seen.has(name)) fail("usage", `${flag} is given twice for '${name}'`);
    seen.add(name);
    return [name, value, text];
  });
}

/** outDir => --out-dir */
export function flagOf(name: string): string {
  return `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

/** `--out-dir <dir>` => outDir */
export function nameOfFlag(usage: string): string {
  const [flag] = usage.split(" ");
  return flag!.slice(2).replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
}

/** 1, "node" => 1 node; 2, "copy", "copies" => 2 copies */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}

const NUMBER = "[-+]?(\\d+\\.?\\d*|\\.\\d+)([eE][-+]?\\d+)?";
const NUMBERS = new RegExp(`^(${NUMBER}(,${NUMBER})*|true|false)$`);

/** Whether a text is a number, numbers with commas, `true` or `false`, and so no path. */
export function isNumbers(text: string): boolean {
  return NUMBERS.test(text);
}
