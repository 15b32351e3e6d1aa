/** What a target adds to a module of JavaScript, and the names and constants that all such modules have. */
import type { FunctionDeclarationStructure } from "ts-morph";
import type { DType } from "../base/tensor.js";
import type { Emission } from "./emission.js";
import { createLocals } from "./locals.js";
import { typeName } from "./names.js";
import type { OutputFile } from "./outputFile.js";

export interface ModuleParts {
  /** The interface of the model. */
  readonly type: string;
  /** Flags besides those of all targets that make this very module again. */
  readonly flags: readonly string[];
  /** What it imports from the runtime. */
  readonly imports: readonly string[];
  readonly importedTypes: readonly string[];
  readonly functions: readonly FunctionDeclarationStructure[];
  /** Statements below the functions. */
  readonly constants: readonly string[];
  /** Texts of functions below everything else. */
  readonly kernels: readonly string[];
  /** Files of the runtime that hold what it may import, each after what it imports itself. */
  readonly runtime: readonly string[];
  /** Files beside the module. */
  readonly files: readonly OutputFile[];
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

/** Names that every module uses for itself; kernels and the model's type must not hide them. */
export const MODULE_NAMES: readonly string[] = [
  ...Object.values(ARRAYS),
  ..."Inputs Outputs INPUTS WEIGHTS WEIGHTS_BYTES load create run arena inputs outputs".split(" "),
  ..."decodeBase64 widen writeInputs InputSpec f32 i32 bytes options source".split(" "),
  ..."ArrayBuffer Promise URL Object Array Record Readonly Partial Error".split(" "),
];

/** The interface that load and create return: the model's name, unless something else has it. */
export function modelType({ program }: Emission, taken: Iterable<string>): string {
  const type = typeName(program.name);
  return createLocals([type], new Set([...MODULE_NAMES, ...taken]))(type);
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
