/** What a target adds to a module of JavaScript, and the names and constants that all such modules have. */
import type { DType } from "../base/tensor.js";
import type { Emission } from "./emission.js";
import { createLocals } from "./locals.js";
import { typeName } from "./names.js";
import type { OutputFile } from "./outputFile.js";
import { readRuntime } from "./runtimeSource.js";
import type { ConstantStatement, FunctionStatement, Property, Signature } from "./statements.js";

export interface ModuleParts {
  /** The interface of the model. */
  readonly type: string;
  /** What a model has beside what all have. */
  readonly properties?: readonly Property[];
  readonly methods?: readonly Signature[];
  /** Flags besides those of all targets that make this very module again. */
  readonly flags: readonly string[];
  /** Bytes, beside those of weights and arena: `total` where that is not their sum. */
  readonly memory: Readonly<Record<string, number>>;
  /** What it imports from the runtime. */
  readonly imports: readonly string[];
  readonly importedTypes: readonly string[];
  readonly functions: readonly FunctionStatement[];
  /** Below the functions. */
  readonly constants: readonly ConstantStatement[];
  /** Texts of functions below everything else. */
  readonly kernels: readonly string[];
  /** Files beside the module. */
  readonly files: readonly OutputFile[];
}

/** The array that holds a value outside the arena. */
export const ARRAYS: Readonly<Record<DType, string>> = {
  f32: "Float32Array",
  f64: "Float64Array",
  f16: "HalfArray",
  bf16: "Uint16Array",
  i32: "Int32Array",
  i64: "BigInt64Array",
  u8: "Uint8Array",
  i8: "Int8Array",
  u16: "Uint16Array",
  i16: "Int16Array",
  u4: "Uint8Array",
  i4: "Int8Array",
  bool: "Uint8Array",
};

/** Names that every module uses for itself; kernels and the model's type must not hide them. */
const MODULE_NAMES: readonly string[] = [
  ...Object.values(ARRAYS),
  "Uint8ClampedArray",
  ..."Inputs Outputs WEIGHTS WEIGHTS_BASE64 load create run arena ports portsOf".split(" "),
  ..."inputs outputs labels hash memory untrained".split(" "),
  ..."readOutputs createOutputs decodeBase64 writeInputs Picture RunOptions".split(" "),
  ..."states reset createReset VerifyOptions f32 i32 bytes options source".split(" "),
  ..."pathToFileURL require module exports ArrayBuffer Promise URL Object Array Record Readonly Partial Error".split(
    " ",
  ),
];

/** Names that are taken in a module, beside what its target takes: those of the runtime where it lies in the module. */
export async function takenNames({ standalone }: Emission): Promise<readonly string[]> {
  return [...MODULE_NAMES, ...(standalone ? (await readRuntime()).names : [])];
}

/** The interface that load and create return: the model's name, unless something else has it. */
export function modelType({ program }: Emission, taken: ReadonlySet<string>): string {
  const type = typeName(program.name);
  return createLocals([type], taken)(type);
}

/** What the weights are, with what else is known of them, and themselves where they are inline. */
export function weightsConstants(
  { constants, constantsHash, weights }: Emission,
  type: string,
  more = "",
): ConstantStatement[] {
  if (constants.length === 0) return [];
  const value = `{ ${more}bytes: ${constants.length}, hash: "${constantsHash}" }`;
  const doc = "The weights of this build.";
  const part = { kind: "constant", doc, name: "WEIGHTS", type, value } as const;
  return weights === "file"
    ? [part]
    : [part, base64Constant("WEIGHTS_BASE64", "Base64, little-endian.", constants)];
}

export function base64Constant(name: string, doc: string, bytes: Uint8Array): ConstantStatement {
  const value = `"${Buffer.from(bytes).toString("base64")}"`;
  return { kind: "constant", doc, name, value };
}
