/** The files of a model in C: one that needs nothing but the standard library, and the weights where they lie beside it. */
import type { DType } from "../../../compiler/base/tensor.js";
import { elementCount } from "../../../compiler/base/tensor.js";
import { conditionalCalls } from "../../../compiler/emit/conditions.js";
import { startOf, weightsFileName, type Emission } from "../../../compiler/emit/emission.js";
import { headerComment } from "../../../compiler/emit/header.js";
import type { OutputFile } from "../../../compiler/emit/outputFile.js";
import type { KernelCall } from "../../../compiler/program/lowered.js";
import type { Port } from "../../../compiler/program/program.js";
import { inBlock, printFunction } from "./print.js";
import { PRELUDE } from "./prelude.js";

export interface COptions {
  /** Whether memory for values is a static array, or the caller's; static by default. */
  readonly arena?: "static" | "given";
}

export function cFiles(emission: Emission, { arena = "static" }: COptions): OutputFile[] {
  const { name, constants, weights, program, code } = emission;
  const { functions, calls } = code[0]!.lowered;
  const header = headerComment(emission, [`--arena ${arena}`]).slice(2, -2);
  const beside = constants.length > 0 && weights === "file";
  const source = [
    `/*${inBlock(header)}*/`,
    PRELUDE,
    "static Word *arena;",
    ...(arena === "static" ? [`static Word memory[${(program.arenaBytes ?? 0) / 4 || 1}];`] : []),
    ...(beside ? ["static const Word *weights;"] : weightsArray(constants)),
    "",
    ...functions.map((one) => printFunction(`kernel_${one.name}`, one.code)),
    `void run(${[
      ...(beside ? ["const void *bytes"] : []),
      ...(arena === "given" ? ["void *memory"] : []),
      "const void *const inputs[]",
      "void *const outputs[]",
    ].join(", ")}) {`,
    "  arena = memory;",
    ...(beside ? ["  weights = bytes;"] : []),
    ...calls.filter(({ atLoad }) => atLoad === true).map(callText),
    ...program.inputs.map((one, i) => copyIn(one, i, startOf(one, program))),
    ...conditionalCalls(
      calls.filter(({ atLoad }) => atLoad !== true),
      callText,
      ({ element, is }, inner) =>
        `  if (arena[${element}].i ${is ? "!=" : "=="} 0) {\n${inner.join("\n")}\n  }`,
    ),
    ...program.outputs.map((one, i) => copyOut(one, i, startOf(one, program))),
    "}\n",
  ].join("\n");
  return [
    { path: `${name}.c`, content: source },
    ...(beside ? [{ path: weightsFileName(emission), content: constants }] : []),
  ];
}

function callText(call: KernelCall): string {
  return `  kernel_${call.function}(${call.arguments.join(", ")});`;
}

const PER_LINE = 8;

function weightsArray(constants: Uint8Array): string[] {
  if (constants.length === 0) return [];
  const view = new DataView(constants.buffer, constants.byteOffset, constants.length);
  const words = Array.from({ length: constants.length / 4 }, (_, i) => {
    const bits = view.getUint32(4 * i, true);
    return `{0x${bits.toString(16)}u}`;
  });
  const lines = Array.from({ length: Math.ceil(words.length / PER_LINE) }, (_, i) =>
    words.slice(i * PER_LINE, (i + 1) * PER_LINE).join(", "),
  );
  return [`static const Word weights[] = {\n  ${lines.join(",\n  ")}};`];
}

/** Elements outside the arena, which has 32 bits for each. */
export const C_TYPES: Readonly<Record<DType, string>> = {
  f32: "float",
  i32: "int32_t",
  i64: "int64_t",
  u8: "uint8_t",
  i8: "int8_t",
  u16: "uint16_t",
  i16: "int16_t",
  u4: "uint8_t",
  i4: "int8_t",
  f64: "double",
  // As the f32 that they are, too.
  f16: "float",
  bf16: "float",
  bool: "uint8_t",
};

function copyIn({ type }: Port, i: number, start: number): string {
  const count = elementCount(type.dims);
  if (type.dtype === "f32" || type.dtype === "i32")
    return `  memcpy(arena + ${start}, inputs[${i}], ${4 * count});`;
  const element = `((const ${C_TYPES[type.dtype]} *)inputs[${i}])[i]`;
  return `  for (int32_t i = 0; i < ${count}; i++) arena[${start} + i].i = (int32_t)${element};`;
}

function copyOut({ type }: Port, i: number, start: number): string {
  const count = elementCount(type.dims);
  if (type.dtype === "f32" || type.dtype === "i32")
    return `  memcpy(outputs[${i}], arena + ${start}, ${4 * count});`;
  const to = C_TYPES[type.dtype];
  return `  for (int32_t i = 0; i < ${count}; i++) ((${to} *)outputs[${i}])[i] = (${to})arena[${start} + i].i;`;
}
