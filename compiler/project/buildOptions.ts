/** The options of a build beside those of every model: what its files are, what they are called, and how large they may be. */
import { basename } from "node:path";
import type { CompileOptions } from "../compile.js";
import { fail } from "../base/error.js";
import { fileNameProblem } from "../emit/names.js";
import { stemOf } from "./config.js";
import { isSet, oneOf, oneText, type Given, type OptionRows } from "./given.js";
import { LIMIT_OPTIONS } from "./limits.js";
import { targetOf } from "./modelOptions.js";
import { flagOptions, readFlags } from "./targetFlags.js";

/** Of all targets. */
export const TARGET_OPTIONS: OptionRows = flagOptions((target) => target.flags);

export const BUILD_OPTIONS: OptionRows = [
  ["--out-dir <dir>", "Where the files go; the current folder by default"],
  ["--name <name>", "Of the files, without ending; that of the model's file by default"],
  ["--force", "Replaces files that are not Tilewright's, or are of another model"],
  ["--weights <where>", "inline or file; by default inline under 256 KiB"],
  ...TARGET_OPTIONS,
  ["--standalone", "Puts what the module needs of the runtime into it: it imports nothing then"],
  [
    "--content-names",
    "Names weights and WebAssembly by their hashes, too, so that caches can keep them",
  ],
  ["--js", "Writes .js and .d.ts instead of .ts"],
  ["--format <format>", "cjs: writes .cjs and .d.cts, for require; esm by default"],
  ...LIMIT_OPTIONS,
];

/** What files of a model at a path are called: as --name says, or as the model's file is. */
function nameOf(path: string, given: Given): string {
  const name = oneText(given, "name");
  if (name !== undefined) {
    const problem = fileNameProblem(name);
    return problem === undefined ? name : fail("usage", `--name '${name}': ${problem}`);
  }
  const stem = stemOf(path);
  const problem = fileNameProblem(stem);
  if (problem === undefined) return stem;
  return fail("usage", `files cannot be called '${stem}' as the model's file is: ${problem}`, {
    hint: "give them another name with --name",
  });
}

/** What flags of targets mean for `compile`. Throws CompileError `usage` where they are for another one. */
export function targetOptions(given: Given): object {
  return readFlags(given, targetOf(given), (target) => target.flags);
}

/** What they mean for `compile`. Throws CompileError `usage`. */
export function emissionOptions(path: string, given: Given): CompileOptions {
  const weights = oneOf(given, "weights", ["inline", "file"]);
  const format = oneOf(given, "format", ["esm", "cjs"]);
  return {
    ...targetOptions(given),
    name: nameOf(path, given),
    file: basename(path),
    ...(weights === undefined ? {} : { weights }),
    contentNames: isSet(given, "contentNames"),
    standalone: isSet(given, "standalone"),
    ...(isSet(given, "js") ? { js: true } : {}),
    ...(format === undefined ? {} : { format }),
  };
}
