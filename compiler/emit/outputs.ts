/** The body of `run`: inputs into the arena, the kernels, outputs out of it. */

import type { Port, Program } from "../program/program.js";
import { startOf, type Emission } from "./emission.js";
import { printLiteral } from "./literals.js";

/** The name of an array of the arena, and the field of the runtime's memory that it is. */
export type ArenaArray = "f32" | "i32";

/** The arrays of the arena that are used. */
export function arenaArrays(used: ReadonlySet<string>): string[] {
  const arrays: readonly ArenaArray[] = ["f32", "i32"];
  return arrays
    .filter((array) => used.has(array))
    .map((array) => `const ${array} = arena.${array};`);
}

/** The model, around the statements that compute. */
export function returnModel({ program }: Emission, calls: readonly string[]): string[] {
  return [
    `const ports = portsOf(inputs, ${startsOf(program.inputs, program)});`,
    `const readOutputs = createOutputs<Outputs>(portsOf(outputs, ${startsOf(program.outputs, program)}), arena);`,
    [
      "return {",
      "run(inputs: Inputs, options?: RunOptions): Outputs {",
      "writeInputs(inputs, ports, arena);",
      ...calls,
      "return readOutputs(options);",
      "},",
      "};",
    ].join("\n"),
  ];
}

/** Where ports begin in the arena, in elements, by name. */
function startsOf(ports: readonly Port[], program: Program): string {
  return printLiteral(Object.fromEntries(ports.map((port) => [port.name, startOf(port, program)])));
}
