/** What the parts of an emitted module need to know of the whole: names, printed kernels, calls. */
import type { FunctionDeclarationStructure } from "ts-morph";
import type { LoweredProgram } from "../program/lowered.js";
import { bufferOf } from "../program/memory/address.js";
import type { Reschedule } from "../program/lower.js";
import type { Program, Port } from "../program/program.js";
import type { TargetName } from "../targets/index.js";
import { createLocals } from "../targets/ts/names.js";
import { HELPERS, VIEWS } from "../targets/ts/print.js";
import type { Simd } from "../targets/wasm/print.js";
import type { DType } from "../base/tensor.js";
import { typeName } from "./names.js";

export type SimdChoice = "both" | Simd;

export interface Emission {
  readonly target: TargetName;
  /** Planned, with addresses. */
  readonly program: Program;
  readonly lowered: LoweredProgram;
  /** The constants space. */
  readonly constants: Uint8Array;
  /** SHA-256, hex. */
  readonly modelHash: string;
  /** Of the files, without ending; made of letters, digits, `_`, `-` and `.`. */
  readonly name: string;
  readonly weights: "inline" | "file";
  /** Where WebAssembly goes, and for which engines it is: those with relaxed SIMD, those without, or each its own. */
  readonly wasm: "inline" | "file";
  readonly simd: SimdChoice;
  /** What engines with plain SIMD run instead of the planned schedules. */
  readonly plain: Reschedule;
  /** Also the text of WebAssembly. */
  readonly wat: boolean;
  readonly standalone: boolean;
  readonly js: boolean;
  /** Passes left out. */
  readonly disabled: readonly string[];
}

/** The array that holds a value outside the arena. */
export const ARRAYS: Readonly<Record<DType, string>> = {
  f32: "Float32Array",
  i32: "Int32Array",
  i64: "BigInt64Array",
  u8: "Uint8Array",
  i8: "Int8Array",
  bool: "Uint8Array",
};

/** Names that a module uses for itself; kernels and the model's type must not hide them. */
export const OWN_NAMES = [
  ...[...VIEWS, ...HELPERS],
  ...Object.values(ARRAYS),
  ..."Inputs Outputs INPUTS WEIGHTS WEIGHTS_BYTES load create run arena inputs outputs constants".split(
    " ",
  ),
  ..."allocate constantMemory decodeBase64 loadWeights widen writeInputs LoadOptions".split(" "),
  ..."PLAIN RELAXED PAGES WEIGHTS_START ARENA_START ARENA_BYTES WebAssembly start wasm".split(" "),
  ..."WasmLoadOptions WasmModule checkWeights compileWasm createMemory hasRelaxedSimd".split(" "),
  ..."loadInto loadWasm startWasm viewsOf InputSpec memory module bytes runKernels".split(" "),
  ..."ArrayBuffer Promise URL Object Array Record Readonly Partial Error options source".split(" "),
];

/** The interface that load and create return: the model's name, unless something else has it. */
export function modelType(emission: Emission, taken: Iterable<string>): string {
  const type = typeName(emission.program.name);
  return createLocals([type], new Set([...OWN_NAMES, ...taken]))(type);
}

/** What a target puts into a module. */
export interface ModuleParts {
  /** The interface of the model. */
  readonly type: string;
  /** What it imports from the runtime. */
  readonly imports: readonly string[];
  readonly importedTypes: readonly string[];
  readonly functions: readonly FunctionDeclarationStructure[];
  /** Statements below the functions. */
  readonly constants: readonly string[];
  /** Texts of functions below everything else. */
  readonly kernels: readonly string[];
}

/** Of weights in a module: their size, and themselves where they are inline. */
export function weightsConstants({ constants, weights }: Emission): string[] {
  if (constants.length === 0) return [];
  const size = `/** Of the weights: they must be the ones of this build. */\nconst WEIGHTS_BYTES = ${constants.length};`;
  return weights === "file"
    ? [size]
    : [size, base64Constant("WEIGHTS", "Base64, little-endian.", constants)];
}

export function base64Constant(name: string, doc: string, bytes: Uint8Array): string {
  return `/** ${doc} */\nconst ${name} =\n  "${Buffer.from(bytes).toString("base64")}";`;
}

/** The first element of an input or output in the arena. */
export function startOf({ place }: Port, program: Program): number {
  return bufferOf(program, place!).offset / 4 + place!.offset;
}
