/** What a build came to, as data: sizes, kernels and the copies that remain. */
import { arenaUse, type ArenaUse } from "./analysis/arena.js";
import type { Emission } from "./emit/emission.js";
import { bytesOf } from "./loop/storage.js";
import type { OutputFile } from "./emit/outputFile.js";
import { pieceCount, type LoweredProgram } from "./program/lowered.js";
import { arenaLowerBound } from "./program/memory/lifetimes.js";
import type { Flushed } from "./program/subnormals.js";
import type { Program, Role } from "./program/program.js";

export interface Report {
  readonly model: string;
  /** SHA-256, hex. */
  readonly modelHash: string;
  readonly arenaBytes: number;
  /** The most bytes live at once: no plan can do with less. */
  readonly arenaLowerBound: number;
  /** What those bytes are for when the most of them are in use. */
  readonly arena: ArenaUse;
  readonly constantBytes: number;
  /** Of these so many lie in the arena: kernels at load alone read them. */
  readonly overlaidBytes: number;
  /** Those bytes by how elements lie: f32, i8, f16 … */
  readonly constantTypes: Readonly<Record<string, number>>;
  /** How large weights were asked to be kept. */
  readonly weightsType: string;
  /** Names of parameters that are random, because nobody gave them values. */
  readonly untrained: readonly string[];
  /** Which weights are zeros because they were subnormal. */
  readonly flushed: Flushed;
  /** Of a module for several threads. */
  readonly threads?: ThreadsReport;
  readonly kernels: readonly KernelReport[];
  /** Names of kernels that only move values. */
  readonly copies: readonly string[];
  readonly files: readonly { readonly path: string; readonly bytes: number }[];
}

export interface ThreadsReport {
  /** What runs between two barriers. */
  readonly phases: number;
  /** Kernels that threads share. */
  readonly shared: number;
  /** Bytes of scratch memory of each thread after the first. */
  readonly scratchBytes: number;
}

export interface KernelReport {
  readonly name: string;
  readonly function: string;
  readonly role: Role;
  /** How it computes what its nodes mean, where that is not what they say. */
  readonly algorithm?: string;
  /** Runs once, when a module loads. */
  readonly atLoad?: true;
  /** Into how many pieces threads divide it. */
  readonly pieces?: number;
  /** Graph nodes. */
  readonly covers: readonly string[];
  /** Dims of what it reads and writes. */
  readonly summary: string;
}

/** One row per kernel, in order of execution. */
function kernelReports(program: Program, lowered: LoweredProgram): KernelReport[] {
  const functions = new Map(lowered.functions.map(({ name, code }) => [name, code]));
  return program.kernels.map(({ name, role, covers, algorithm, atLoad }, i): KernelReport => {
    const call = lowered.calls[i]!;
    const { summary } = functions.get(call.function)!;
    const how = algorithm === undefined ? {} : { algorithm };
    const when = atLoad === undefined ? {} : { atLoad };
    const shared = call.pieces === undefined ? {} : { pieces: pieceCount(call) };
    return { name, function: call.function, role, ...how, ...when, ...shared, covers, summary };
  });
}

function threadsReport({ calls, phases }: LoweredProgram): ThreadsReport | undefined {
  return (
    phases && {
      phases: phases.length,
      shared: calls.filter((call) => pieceCount(call) > 1).length,
      scratchBytes: Math.max(0, ...calls.map(({ scratchBytes = 0 }) => scratchBytes)),
    }
  );
}

export function reportOf(
  program: Program,
  lowered: LoweredProgram,
  files: readonly OutputFile[],
  {
    modelHash,
    untrained,
    flushed,
    weightsType = "f32",
  }: Pick<Emission, "modelHash" | "untrained" | "flushed" | "weightsType">,
): Report {
  const threads = threadsReport(lowered);
  return {
    model: program.name,
    modelHash,
    arenaBytes: program.arenaBytes ?? 0,
    arenaLowerBound: arenaLowerBound(program),
    arena: arenaUse(program),
    constantBytes: program.constantBytes ?? 0,
    overlaidBytes: program.overlaidBytes ?? 0,
    constantTypes: constantTypes(program),
    weightsType,
    untrained: untrained.names,
    flushed,
    ...(threads === undefined ? {} : { threads }),
    kernels: kernelReports(program, lowered),
    copies: program.kernels.filter(({ role }) => role === "copy").map(({ name }) => name),
    files: files.map(({ path, content }) => ({ path, bytes: byteLength(content) })),
  };
}

/** Without what fills up cache lines. */
function constantTypes({ buffers, constants }: Program): Readonly<Record<string, number>> {
  const types: Record<string, number> = {};
  const inWords = new Map(constants.map(({ constant, place }) => [place.buffer, constant.fields]));
  for (const [id, { space, dtype, size }] of buffers.entries()) {
    if (space !== "constants") continue;
    const type = inWords.get(id) ?? dtype;
    types[type] = (types[type] ?? 0) + size * bytesOf(dtype);
  }
  return types;
}

function byteLength(content: string | Uint8Array): number {
  return typeof content === "string" ? new TextEncoder().encode(content).length : content.length;
}
