/** What the parts of an emitted module need to know of the whole: names, printed kernels, calls. */
import type { LoweredProgram } from "../program/lowered.js";
import { bufferOf } from "../program/memory.js";
import type { Program, ProgramValue } from "../program/program.js";
import { createLocals } from "../targets/ts/names.js";
import { assembleFunction, HELPERS, printParts, VIEWS, type View } from "../targets/ts/print.js";
import type { DType } from "../tensor.js";
import { typeName } from "./names.js";

export interface Emission {
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
const OWN_NAMES = [
  ...[...VIEWS, ...HELPERS],
  ...Object.values(ARRAYS),
  ..."Inputs Outputs INPUTS WEIGHTS WEIGHTS_BYTES load create run arena inputs outputs constants".split(
    " ",
  ),
  ..."allocate constantMemory decodeBase64 loadWeights widen writeInputs LoadOptions".split(" "),
  ..."ArrayBuffer Promise URL Object Array Record Readonly Partial Error options source".split(" "),
];

/** What the parts of a module need to know of the whole. */
export interface ModulePlan extends Emission {
  /** The interface that load and create return. */
  readonly type: string;
  /** Source texts of the distinct kernels. */
  readonly kernels: readonly string[];
  /** One call per kernel of a run. */
  readonly calls: readonly string[];
  /** Memory views that calls pass. */
  readonly views: ReadonlySet<View>;
  /** Numeric functions of the runtime that kernels call. */
  readonly helpers: ReadonlySet<string>;
}

/** Prints the kernels under names that hide nothing. */
export function planModule(emission: Emission): ModulePlan {
  const { functions, calls } = emission.lowered;
  const local = createLocals(
    functions.map(({ name }) => name),
    new Set(OWN_NAMES),
  );
  const kernelNames = new Set(functions.map(({ name }) => local(name)));
  const type = typeName(emission.program.name);
  const printed = new Map(functions.map(({ name, code }) => [name, printParts(code)]));
  const parts = [...printed.values()];
  return {
    ...emission,
    type: createLocals([type], new Set([...OWN_NAMES, ...kernelNames]))(type),
    kernels: functions.map(({ name, code }) =>
      assembleFunction(local(name), code.summary, printed.get(name)!),
    ),
    calls: calls.map((call) => {
      const passed = [...printed.get(call.function)!.views, ...call.arguments];
      return `${local(call.function)}(${passed.join(", ")});`;
    }),
    views: new Set(parts.flatMap(({ views }) => views)),
    helpers: new Set(parts.flatMap(({ helpers }) => helpers)),
  };
}

/** The first element of an input or output in the arena. */
export function startOf({ place }: ProgramValue, program: Program): number {
  return bufferOf(program, place!).offset / 4 + place!.offset;
}
