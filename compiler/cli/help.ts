/** What --help says: of all verbs, or of one and its options. */
import { VERSION } from "../base/version.js";
import type { Verb } from "./verb.js";

type Row = readonly [what: string, description: string];

const HELP: Row = ["-h, --help", "Prints this"];

/** A line a verb. */
export function helpOf(verbs: readonly Verb[]): string {
  return page("<command> [options]", [
    ["Commands", verbs.map((verb): Row => [usageOf(verb), verb.description])],
    [
      "Options, of a command with `tilewright <command> --help`",
      [HELP, ["-v, --version", "Prints the version"]],
    ],
  ]);
}

/** A line an option. */
export function helpOfVerb(verb: Verb): string {
  return `${verb.description}\n\n${page(usageOf(verb), [["Options", [...verb.options, HELP]]])}`;
}

export const VERSION_LINE = `tilewright/${VERSION} ${process.platform}-${process.arch} node-${process.version}\n`;

function usageOf({ name, argument = "<model>" }: Verb): string {
  return `${name} ${argument}`;
}

function page(
  usage: string,
  parts: readonly (readonly [title: string, rows: readonly Row[]])[],
): string {
  const tables = parts.map(([title, rows]) => `${title}:\n${tableOf(rows)}`);
  return [`Usage:\n  $ tilewright ${usage}\n`, ...tables].join("\n");
}

function tableOf(rows: readonly Row[]): string {
  const width = Math.max(...rows.map(([what]) => what.length));
  return rows.map(([what, description]) => `  ${what.padEnd(width)}  ${description}\n`).join("");
}
