/** All that a target makes the files of a module from: the planned program, its code, its constants, and names. */
import type { Budget } from "../base/budget.js";
import type { DType } from "../base/tensor.js";
import type { Untrained } from "../base/untrained.js";
import type { LoweredProgram } from "../program/lowered.js";
import { bufferOf } from "../program/memory/address.js";
import type { Flushed, Subnormals } from "../program/subnormals.js";
import type { Program, Port } from "../program/program.js";

export interface Emission {
  /** Of the target. */
  readonly target: string;
  /** Planned, with addresses. */
  readonly program: Program;
  /** By the planned schedules: what reports and comments speak of. */
  readonly lowered: LoweredProgram;
  /** What runs, for each kind of engine that the build is for. */
  readonly code: readonly VariantCode[];
  /** The constants space. */
  readonly constants: Uint8Array;
  /** Of the constants: what the module knows them by. */
  readonly constantsHash: string;
  /** SHA-256, hex. */
  readonly modelHash: string;
  /** What was to become of subnormal weights, and which became zeros. */
  readonly subnormals: Subnormals;
  readonly flushed: Flushed;
  /** Which parameters are random. */
  readonly untrained: Untrained;
  /** Names of classes. */
  readonly labels: readonly string[];
  /** What the dims of ports are, by name, as far as that is known. */
  readonly layouts: {
    readonly inputs: ReadonlyMap<string, string>;
    readonly outputs: ReadonlyMap<string, string>;
  };
  /** Of the files, without ending; made of letters, digits, `_`, `-` and `.`. */
  readonly name: string;
  /** Whether the names of files beside the module say what is in them. */
  readonly contentNames: boolean;
  /** The model as its author wrote it. */
  readonly source: ModelSource;
  /** Of the file that the model was read from, without folders; absent where there is none. */
  readonly file?: string;
  readonly weights: "inline" | "file";
  readonly standalone: boolean;
  /** Of JavaScript with declarations, instead of TypeScript. */
  readonly js: boolean;
  /** `cjs` is JavaScript always. */
  readonly format: "esm" | "cjs";
  /** How large weights were asked to be kept; undefined where nobody did. */
  readonly weightsType?: string;
  /** What products are computed in; absent where nobody said so. */
  readonly arithmetic?: string;
  /** Layers that stay f32 whatever the arithmetic. */
  readonly keep: readonly string[];
  /** Passes left out. */
  readonly disabled: readonly string[];
  /** Which kinds of Winograd's algorithm were allowed. */
  readonly winograd: string;
  /** What code may take: its bytes are counted as it is printed. */
  readonly budget: Budget;
}

/** What a model is called, takes and gives. */
export interface ModelSource {
  readonly name: string;
  readonly inputs: readonly { readonly name: string; readonly dtype: DType }[];
  readonly outputs: readonly { readonly name: string }[];
}

export interface VariantCode {
  /** Name of the variant. */
  readonly variant: string;
  readonly lowered: LoweredProgram;
}

/** Some of its kernels alone, by their positions, whatever they hang on: memory stays as it is. */
export function onlyKernels(emission: Emission, positions: readonly number[]): Emission {
  const { program, lowered, code } = emission;
  const only = ({ functions, calls }: LoweredProgram): LoweredProgram => {
    const kept = positions.map((position) => {
      const { when: _, ...always } = calls[position]!;
      return always;
    });
    const called = new Set(kept.map((call) => call.function));
    return { functions: functions.filter(({ name }) => called.has(name)), calls: kept };
  };
  return {
    ...emission,
    program: { ...program, kernels: positions.map((position) => program.kernels[position]!) },
    lowered: only(lowered),
    code: code.map((one) => ({ ...one, lowered: only(one.lowered) })),
  };
}

/** The first element of an input or output in the arena. */
export function startOf({ place }: Port, program: Program): number {
  return bufferOf(program, place!).offset / 4 + place!.offset;
}

/** The name of a file beside the module: `net.weights.bin`, or `net.1a2b3c4d5e6f7081.weights.bin` by its hash. */
export function partName(
  { name, contentNames }: Pick<Emission, "name" | "contentNames">,
  hash: string,
  ending: string,
): string {
  return contentNames ? `${name}.${hash}.${ending}` : `${name}.${ending}`;
}

/** The name of the weights' file. */
export function weightsFileName(emission: Emission): string {
  return partName(emission, emission.constantsHash, "weights.bin");
}
