/** How a module hands its results out: arrays of the arena, and arrays of their own for narrow types. */
import type { Program } from "../program/program.js";
import { elementCount } from "../base/tensor.js";
import { objectKey } from "./names.js";
import { startOf } from "./emission.js";
import { ARRAYS } from "./parts.js";

/** The name of an array of the arena, and the field of the runtime's memory that it is. */
export type ArenaArray = "f32" | "i32";

export interface OutputCode {
  readonly array: ArenaArray;
  readonly declaration: readonly string[];
  readonly entry: string;
  /** What moves narrow results out of the arena after the kernels ran. */
  readonly after: readonly string[];
}

function outputOf(
  output: Program["outputs"][number],
  position: number,
  program: Program,
): OutputCode {
  const { dtype, dims } = output.type;
  const start = startOf(output, program);
  const array = dtype === "f32" ? "f32" : "i32";
  const window = `${array}.subarray(${start}, ${start + elementCount(dims)})`;
  const key = objectKey(output.name);
  if (dtype === "f32" || dtype === "i32")
    return { array, declaration: [], entry: `${key}: ${window}`, after: [] };
  const [from, to] = [`wide${position}`, `output${position}`];
  return {
    array,
    declaration: [
      `const ${from} = ${window};`,
      `const ${to} = new ${ARRAYS[dtype]}(${elementCount(dims)});`,
    ],
    entry: `${key}: ${to}`,
    after: [dtype === "i64" ? `widen(${from}, ${to});` : `${to}.set(${from});`],
  };
}

/** All outputs in order, and the object that holds them. */
export function outputsOf(program: Program): {
  readonly codes: readonly OutputCode[];
  readonly declarations: readonly string[];
} {
  const codes = program.outputs.map((output, i) => outputOf(output, i, program));
  return {
    codes,
    declarations: [
      ...codes.flatMap(({ declaration }) => declaration),
      `const outputs: Outputs = {\n${codes.map(({ entry }) => `${entry},`).join("\n")}\n};`,
    ],
  };
}

/** The arrays of the arena that are used. */
export function arenaArrays(used: ReadonlySet<string>): string[] {
  const arrays: readonly ArenaArray[] = ["f32", "i32"];
  return arrays
    .filter((array) => used.has(array))
    .map((array) => `const ${array} = arena.${array};`);
}

/** `run`, around the statements that compute. */
export function returnModel(calls: readonly string[], codes: readonly OutputCode[]): string {
  return [
    "return {",
    "run(inputs: Inputs): Outputs {",
    "writeInputs(inputs, INPUTS, arena);",
    ...calls,
    ...codes.flatMap(({ after }) => after),
    "return outputs;",
    "},",
    "};",
  ].join("\n");
}
