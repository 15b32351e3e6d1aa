/** What a build says: its files, what clients download, kernels and memory. */
import type { ArenaUse } from "../analysis/arena.js";
import { printable, shortened } from "../base/error.js";
import { describeFlushed } from "../program/subnormals.js";
import type { Report } from "../report.js";
import type { BuiltModel } from "../project/buildModel.js";
import { counted } from "../project/given.js";
import { grouped } from "../project/limits.js";

/** For people. `paths`: of the files, in their order. */
export function buildReport(
  { result: { report }, download }: BuiltModel,
  paths: readonly string[],
): string {
  const gzipped = new Map(download.files.map((file) => [file.path, file.gzipped]));
  const files = report.files.map(({ path, bytes }, i) => {
    const small = gzipped.get(path);
    return `${paths[i]!}  ${bytes} bytes${small === undefined ? "" : `, ${small} gzipped`}\n`;
  });
  const { sizes } = download;
  const total = `a client downloads ${grouped(sizes.size)} bytes, ${grouped(sizes.download)} gzipped\n`;
  const copies =
    report.copies.length === 0 ? "no copies" : counted(report.copies.length, "copy", "copies");
  const kernels = `${counted(report.kernels.length, "kernel")}, ${copies}`;
  const flushed = describeFlushed(report.flushed, (name) => printable(shortened(name, 100)));
  const said = flushed === undefined ? "" : `${flushed}; --subnormals keep leaves them\n`;
  return `${files.join("")}${total}${kernels}; weights ${report.constantBytes} bytes${typesText(report.constantTypes)}${overlaidText(report.overlaidBytes)}\n${said}${threadsLine(report)}${arenaLines(report.arena)}`;
}

/** Nothing of a module for one thread. */
function threadsLine({ threads }: Report): string {
  if (threads === undefined) return "";
  const { phases, shared, scratchBytes } = threads;
  return `threads share ${counted(shared, "kernel")} in ${counted(phases, "phase")}, each with ${scratchBytes} bytes of its own\n`;
}

/** `, of which i8 61092864, f32 84512`; nothing where all of them are of 32 bits. */
function typesText(types: Readonly<Record<string, number>>): string {
  const rows = Object.entries(types).sort(([, a], [, b]) => b - a);
  if (rows.every(([type]) => type === "f32" || type === "i32" || type === "bool")) return "";
  return `, of which ${rows.map(([type, bytes]) => `${type} ${bytes}`).join(", ")}`;
}

/** `; 4096 of them are read at load alone, and lie in the arena`. */
function overlaidText(bytes: number): string {
  return bytes === 0 ? "" : `; ${bytes} of them are read at load alone, and lie in the arena`;
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
    ["constants read at load", arena.constants],
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
