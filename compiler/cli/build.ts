/** `tilewright build`: a model in, the files of its module out. */
import { basename } from "node:path";
import type { ArenaUse } from "../analysis/arena.js";
import { compile, type CompileResult } from "../compile.js";
import { fileNameProblem } from "../emit/names.js";
import { writeFiles } from "../emit/writeFiles.js";
import { fail, MOST_PROBLEMS, printable, shortened } from "../base/error.js";
import { MODEL_OPTIONS, openModel, targetOf } from "../project/modelOptions.js";
import { counted, isSet, oneOf, oneText, type Given } from "../project/given.js";
import { targetNamed } from "../targets/index.js";
import type { TunedKernel } from "../tune/file.js";
import { renewed } from "./runModule.js";
import { startProgress } from "./progress.js";
import { flagOptions, readFlags } from "../project/targetFlags.js";
import { tuneFile, tuneModel, type Tuning } from "./tune.js";
import { warnOfUntrained } from "./untrained.js";
import type { Verb } from "./verb.js";

export const build: Verb = {
  name: "build",
  description: "Compiles a model to a typed module",
  options: [
    ["--out-dir <dir>", "Where the files go; the current folder by default"],
    ["--name <name>", "Of the files, without ending; that of the model's file by default"],
    ["--force", "Replaces files that are not Tilewright's, or are of another model"],
    ["--weights <where>", "inline or file; by default inline under 256 KiB"],
    ...flagOptions((target) => target.flags),
    ["--standalone", "Writes a copy of the runtime beside the module"],
    [
      "--content-names",
      "Names weights and WebAssembly by their hashes, too, so that caches can keep them",
    ],
    ["--js", "Writes .js and .d.ts instead of .ts"],
    ["--tune", "Times schedules on this machine, for --schedules (by default <model>.tune.json)"],
    ["--json", "Prints the report, and the time that each step took, as JSON"],
    ...MODEL_OPTIONS,
  ],
  engineFlags: (given) =>
    isSet(given, "tune")
      ? targetNamed(targetOf(given)).variants.flatMap(({ tuner }) => tuner?.engineFlags ?? [])
      : [],
  async run(path, given, streams) {
    const emission = emissionOptions(path, given);
    const { definition, options, files } = await openModel(path, given);
    const { end, ...progress } = startProgress(streams);
    const all = { ...options, ...emission, ...progress };
    try {
      const tuning = isSet(given, "tune")
        ? await tuneModel(
            definition,
            all,
            oneText(given, "schedules") ?? tuneFile(path),
            files.read,
          )
        : undefined;
      const result = await compile(definition, {
        ...(tuning === undefined ? all : renewed(all)),
        ...tuning?.use,
      });
      const writing = { force: isSet(given, "force"), keep: files.read };
      const paths = await writeFiles(oneText(given, "outDir") ?? ".", result.files, writing);
      end();
      warnOfUntrained(definition, streams);
      for (const line of unusedLines(result.unused)) streams.stderr(`warning: ${line}\n`);
      if (isSet(given, "json")) streams.stdout(jsonReport(result, tuning));
      else streams.stdout(`${textReport(result, paths)}${tuning?.text ?? ""}`);
    } finally {
      end();
    }
    return 0;
  },
};

/** What files of a model at a path are called: as --name says, or as the model's file is. */
function nameOf(path: string, given: Given): string {
  const name = oneText(given, "name");
  if (name !== undefined) {
    const problem = fileNameProblem(name);
    return problem === undefined ? name : fail("usage", `--name '${name}': ${problem}`);
  }
  const stem = basename(path).replace(/\.[A-Za-z]+$/, "");
  const problem = fileNameProblem(stem);
  if (problem === undefined) return stem;
  return fail("usage", `files cannot be called '${stem}' as the model's file is: ${problem}`, {
    hint: "give them another name with --name",
  });
}

function emissionOptions(path: string, given: Given) {
  const weights = oneOf(given, "weights", ["inline", "file"]);
  return {
    ...readFlags(given, targetOf(given), (target) => target.flags),
    name: nameOf(path, given),
    file: basename(path),
    ...(weights === undefined ? {} : { weights }),
    contentNames: isSet(given, "contentNames"),
    standalone: isSet(given, "standalone"),
    js: isSet(given, "js"),
  };
}

function jsonReport({ report, steps }: CompileResult, tuning: Tuning | undefined): string {
  const tuned = tuning === undefined ? {} : { tuned: tuning.report };
  return `${JSON.stringify({ ...report, steps, ...tuned }, undefined, 2)}\n`;
}

/** The compiler or the model has changed since. */
function unusedLines(unused: readonly TunedKernel[]): string[] {
  const lines = unused
    .slice(0, MOST_PROBLEMS)
    .map(
      ({ key, kernel, engine }) =>
        `schedule ${key} (${engine}, ${printable(shortened(kernel, 300))}) is for no kernel of the model: tune again`,
    );
  const more = unused.length - MOST_PROBLEMS;
  return more > 0 ? [...lines, `${more} more schedules are for no kernel of the model`] : lines;
}

function textReport({ report }: CompileResult, paths: readonly string[]): string {
  const files = report.files.map(({ bytes }, i) => `${paths[i]!}  ${bytes} bytes\n`).join("");
  const copies =
    report.copies.length === 0 ? "no copies" : counted(report.copies.length, "copy", "copies");
  const kernels = `${counted(report.kernels.length, "kernel")}, ${copies}`;
  return `${files}${kernels}; weights ${report.constantBytes} bytes\n${arenaLines(report.arena)}`;
}

/** Buffers listed of those in use when the arena is fullest. */
const LISTED = 5;

/** `arena 8192 bytes (at least 8000): values 8000, margins 128, alignment 64`, and what is in use then. */
function arenaLines(arena: ArenaUse): string {
  const parts = [
    ["values", arena.values],
    ["waiting parts of concats", arena.waiting],
    ["relayout", arena.copies],
    ["scratch", arena.scratch],
    ["margins", arena.margins],
    ["alignment", arena.alignment],
    ["gaps", arena.gaps],
  ] as const;
  const used = parts.filter(([, bytes]) => bytes > 0).map(([what, bytes]) => `${what} ${bytes}`);
  const total = `arena ${arena.bytes} bytes (values at least ${arena.values})`;
  const rest = arena.buffers.length - LISTED;
  const buffers = [
    ...arena.buffers
      .slice(0, LISTED)
      .map(({ name, bytes }) => `${printable(shortened(name, 100))} ${bytes}`),
    ...(rest > 0 ? [`${rest} more`] : []),
  ];
  const when = arena.fullestIn === undefined ? "" : ` in ${arena.fullestIn}`;
  return `${total}: ${used.join(", ")}\n  fullest${when}: ${buffers.join(", ")}\n`;
}
