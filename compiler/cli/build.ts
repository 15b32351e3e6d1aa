/** `tilewright build`: a model in, the files of its module out. */
import type { ArenaUse } from "../analysis/arena.js";
import { compile, type CompileResult } from "../compile.js";
import { writeFiles } from "../emit/writeFiles.js";
import { MOST_PROBLEMS, printable, shortened } from "../base/error.js";
import { BUILD_OPTIONS, emissionOptions } from "../project/buildOptions.js";
import { MODEL_OPTIONS, openModel } from "../project/modelOptions.js";
import { counted, isSet, oneText } from "../project/given.js";
import type { TunedKernel } from "../tune/file.js";
import { renewed } from "./runModule.js";
import { startProgress } from "./progress.js";
import { tuneFile, tuneModel, type Tuning } from "./tune.js";
import type { Verb } from "./verb.js";

export const build: Verb = {
  name: "build",
  description: "Compiles a model to a typed module",
  options: [
    ...BUILD_OPTIONS,
    ["--tune", "Times schedules on this machine, for --schedules (by default <model>.tune.json)"],
    ["--json", "Prints the report, and the time that each step took, as JSON"],
    ...MODEL_OPTIONS,
  ],
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
      for (const line of unusedLines(result.unused)) streams.stderr(`warning: ${line}\n`);
      if (isSet(given, "json")) streams.stdout(jsonReport(result, tuning));
      else streams.stdout(`${textReport(result, paths)}${tuning?.text ?? ""}`);
    } finally {
      end();
    }
    return 0;
  },
};

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
