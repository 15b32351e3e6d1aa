/** The comment that opens an emitted module: what it came from, and what it runs. */
import { describeUntrained } from "../base/untrained.js";
import { describeFlushed } from "../program/subnormals.js";
import { weightsFileName, type Emission } from "./emission.js";
import { inComment } from "./names.js";
import { originLines } from "./origin.js";

const MOST_SHOWN = 6;

/** Version, origin, model hash, options (`flags` are the target's own), memory, and a table of kernels with their shapes and the nodes they cover. */
export function headerComment(emission: Emission, flags: readonly string[]): string {
  const { program, modelHash } = emission;
  const untrained = describeUntrained(emission.untrained, inComment);
  const flushed = describeFlushed(emission.flushed, inComment);
  return inBlock([
    ...originLines(emission),
    "",
    `Model: sha256 ${modelHash}`,
    ...(untrained === undefined ? [] : [`Untrained: ${untrained}`]),
    ...(flushed === undefined ? [] : [`Flushed: ${flushed}`]),
    `Options: ${optionsOf(emission, flags)}`,
    `Memory: arena ${bytes(program.arenaBytes ?? 0)}, weights ${weightsOf(emission)}`,
    "",
    "Kernels in the order they run: function, shapes, nodes of the model they cover.",
    "",
    ...kernelRows(emission).map((row) => `  ${row}`),
  ]);
}

/** The comment that opens what lies beside a module: of which model it is. */
export function originComment(emission: Emission): string {
  return inBlock(originLines(emission));
}

function inBlock(lines: readonly string[]): string {
  return `/*\n${lines.map((line) => ` * ${line}`.trimEnd()).join("\n")}\n */`;
}

function optionsOf(emission: Emission, flags: readonly string[]): string {
  const { target, weights, weightsType, subnormals, contentNames, standalone } = emission;
  const { js, format, disabled, winograd, arithmetic, keep } = emission;
  return [
    `--target ${target}`,
    `--weights ${weights}`,
    ...(weightsType === undefined ? [] : [`--weights-type ${weightsType}`]),
    ...(arithmetic === undefined ? [] : [`--arithmetic ${arithmetic}`]),
    ...keep.map((layer) => `--keep ${inComment(layer)}`),
    ...flags,
    ...(subnormals === "keep" ? ["--subnormals keep"] : []),
    ...(contentNames ? ["--content-names"] : []),
    ...(standalone ? ["--standalone"] : []),
    ...(format === "cjs" ? ["--format cjs"] : js ? ["--js"] : []),
    ...(winograd === "auto" ? [] : [`--winograd ${winograd}`]),
    ...disabled.map((pass) => `--disable ${inComment(pass)}`),
  ].join(" ");
}

function weightsOf(emission: Emission): string {
  const { constants, weights } = emission;
  if (constants.length === 0) return "none";
  const where = weights === "inline" ? "in this file" : `in ${weightsFileName(emission)}`;
  return `${bytes(constants.length)} ${where}`;
}

/** 12544 => 12,544 bytes, in every locale */
function bytes(count: number): string {
  return `${String(count).replace(/\B(?=(\d{3})+$)/g, ",")} bytes`;
}

function kernelRows({ program, lowered }: Emission): string[] {
  const summaries = new Map(lowered.functions.map(({ name, code }) => [name, code.summary]));
  const rows = program.kernels.map(({ role, covers, atLoad, when, algorithm }, i) => {
    const name = lowered.calls[i]!.function;
    const shown = covers.slice(0, MOST_SHOWN).map(inComment).join(", ");
    const more = covers.length > MOST_SHOWN ? ` and ${covers.length - MOST_SHOWN} more` : "";
    const what = shown === "" ? "" : `${shown}${more}`;
    const kind = [
      ...(role === "compute" ? [] : [role]),
      ...(algorithm === undefined ? [] : [algorithm]),
      ...(atLoad === true ? ["at load"] : []),
      ...(when === undefined ? [] : ["of one branch"]),
    ];
    const said = kind.length === 0 ? what : `(${kind.join(", ")}) ${what}`;
    return [name, shapesOf(summaries.get(name)!), said];
  });
  const width = (column: number): number =>
    rows.reduce((most, row) => Math.max(most, row[column]!.length), 0);
  const [names, shapes] = [width(0), width(1)];
  return rows.map(([name, shape, what]) =>
    `${name!.padEnd(names)}  ${shape!.padEnd(shapes)}  ${what!}`.trimEnd(),
  );
}

/** `1×6 → 1×6 (6 elements)` => `1×6 → 1×6` */
function shapesOf(summary: string): string {
  return summary.replace(/ \(\d+ elements\)$/, "").replace(/\*\//g, "* /");
}
