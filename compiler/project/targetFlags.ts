/** Flags of targets on the command line: all are listed, and those that the chosen target has not are refused. */
import { fail } from "../base/error.js";
import { TARGET_NAMES, targets, type TargetName } from "../targets/index.js";
import type { Flag } from "../targets/flag.js";
import type { Target } from "../targets/target.js";
import { flagOf, isSet, nameOfFlag, oneOf, type Given, type OptionRows } from "./given.js";

/** Which of a target's flags a verb has. */
export type FlagsOf = (target: Target) => readonly Flag[];

/** What help says of the flags of all targets; what several of them have, once. */
export function flagOptions(flagsOf: FlagsOf): OptionRows {
  const all = TARGET_NAMES.flatMap((name) => flagsOf(targets[name]));
  return [...new Map(all.map(({ usage, description }) => [usage, description]))];
}

/** What the flags ask of a target. Throws CompileError `usage` where they are for others. */
export function readFlags(given: Given, chosen: TargetName, flagsOf: FlagsOf): object {
  const own = flagsOf(targets[chosen]);
  const has = (target: TargetName, name: string): boolean =>
    flagsOf(targets[target]).some((flag) => nameOfFlag(flag.usage) === name);
  for (const name of new Set(
    TARGET_NAMES.flatMap((one) => flagsOf(targets[one]).map(({ usage }) => nameOfFlag(usage))),
  )) {
    if (given[name] === undefined || has(chosen, name)) continue;
    const owners = TARGET_NAMES.filter((target) => has(target, name));
    fail("usage", `${flagOf(name)} is for --target ${owners.join(" or ")} alone`);
  }
  return meaningsOf(given, own);
}

/** What is asked of each target, whichever is chosen in the end. */
export function readAllFlags(
  given: Given,
  flagsOf: FlagsOf,
): readonly (readonly [Target, object])[] {
  return Object.values(targets).map((target) => [target, meaningsOf(given, flagsOf(target))]);
}

function meaningsOf(given: Given, flags: readonly Flag[]): object {
  return flags.reduce((options, flag) => ({ ...options, ...meaningOf(flag, given) }), {});
}

function meaningOf(flag: Flag, given: Given): object {
  const name = nameOfFlag(flag.usage);
  if (flag.words.length === 0) return isSet(given, name) ? flag.meaning("") : {};
  const word = oneOf(given, name, flag.words);
  return word === undefined ? {} : flag.meaning(word);
}
