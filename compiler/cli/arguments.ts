/** Reads the words of a command line: a verb, paths, and options whose values stay the texts that they are. */
import { parseArgs } from "node:util";
import { fail } from "../base/error.js";
import { suggestion } from "../base/suggest.js";
import { flagOf, type Given } from "../project/given.js";
import type { Verb } from "./verb.js";

export interface Arguments {
  readonly paths: readonly string[];
  readonly given: Given;
  readonly help: boolean;
}

/** Options by their camelCase names, and whether they take a value. */
function optionsOf({ options }: Verb): ReadonlyMap<string, boolean> {
  return new Map(
    options.map(([flags]) => {
      const [flag, value] = flags.split(" ");
      return [flag!.slice(2), value !== undefined];
    }),
  );
}

/** What comes after the verb. Throws CompileError `usage` where it is not what the verb takes. */
export function readArguments(verb: Verb, args: readonly string[]): Arguments {
  const known = optionsOf(verb);
  const { tokens } = parseArgs({
    args: [...args],
    options: Object.fromEntries(
      [...known].map(([name, takes]) => [name, { type: takes ? "string" : "boolean" }]),
    ),
    allowPositionals: true,
    strict: false,
    tokens: true,
  });
  const paths: string[] = [];
  const values = new Map<string, true | string[]>();
  let help = false;
  for (const token of tokens) {
    if (token.kind === "positional") paths.push(token.value);
    if (token.kind !== "option") continue;
    if (token.rawName === "--help" || token.rawName === "-h") help = true;
    else {
      const value = valueOf(token, verb, known);
      const before = values.get(token.name);
      values.set(
        token.name,
        value === true ? true : [...(before === true ? [] : (before ?? [])), value],
      );
    }
  }
  const given = [...values].map(([name, value]) => [camelCase(name), value] as const);
  return { paths, given: Object.fromEntries(given), help };
}

interface OptionToken {
  readonly name: string;
  /** As it was written. */
  readonly rawName: string;
  readonly value?: string | undefined;
  readonly inlineValue?: boolean | undefined;
}

function valueOf(
  token: OptionToken,
  verb: Verb,
  known: ReadonlyMap<string, boolean>,
): true | string {
  const { name, rawName, value, inlineValue } = token;
  const takes = rawName === `--${name}` ? known.get(name) : undefined;
  if (takes === undefined) {
    const flags = [...known.keys()].map((one) => `--${one}`);
    return fail("usage", `${verb.name} has no option '${rawName}'`, suggestion(rawName, flags));
  }
  if (!takes) return value === undefined ? true : fail("usage", `${rawName} takes no value`);
  if (value === undefined) return fail("usage", `${rawName} wants a value`);
  // Rather an option whose value was forgotten than a value.
  if (inlineValue !== true && value.startsWith("-"))
    return fail("usage", `${rawName} wants a value, not the option '${value}'`, {
      hint: `a value that begins so is written ${rawName}=${value}`,
    });
  return value === "" ? fail("usage", `the value of ${rawName} is empty`) : value;
}

/** out-dir => outDir; the other way around: flagOf */
function camelCase(name: string): string {
  const key = name.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
  return flagOf(key) === `--${name}` ? key : name;
}
