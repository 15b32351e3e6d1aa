/** The body of `run`: inputs into the arena, the kernels, outputs out of it. */

import { bufferOf } from "../program/memory/address.js";
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

/** What runs do between writing inputs and reading outputs, and what is around them. */
export interface RunText {
  readonly calls: readonly string[];
  /** Before anything is written. */
  readonly check?: string;
  /** What the model has beside `run` and `reset`. */
  readonly members?: readonly string[];
}

/** The model, around the statements that compute. `constants`: what the constants space is in the module. */
export function returnModel(
  { program }: Emission,
  { calls, check, members = [] }: RunText,
  constants: string,
): string[] {
  const { states } = program;
  const checks = check === undefined ? [] : [check];
  const reset = check === undefined ? "reset," : `reset() {\n${check}\nreset();\n},`;
  return [
    `const ports = portsOf(inputs, ${startsOf(program.inputs, program)});`,
    `const readOutputs = createOutputs<Outputs>(portsOf(outputs, ${startsOf(program.outputs, program)}), arena);`,
    ...(states.length === 0 ? [] : [resetText(program, constants), "reset();"]),
    [
      "return {",
      "run(inputs: Inputs, options?: RunOptions): Outputs {",
      ...checks,
      "writeInputs(inputs, ports, arena);",
      ...calls,
      "return readOutputs(options);",
      "},",
      ...(states.length === 0 ? [] : [reset]),
      ...members,
      "};",
    ].join("\n"),
  ];
}

/** `reset`: zeros, or what lies among the constants, where states are. */
function resetText(program: Program, constants: string): string {
  const { states } = program;
  const initial = states.flatMap(({ name, initialPlace: place }) =>
    place === undefined ? [] : [[name, bufferOf(program, place).offset / 4 + place.offset]],
  );
  const from = Object.fromEntries(initial) as Readonly<Record<string, number>>;
  const more = initial.length === 0 ? "" : `, ${printLiteral(from)}, ${constants}`;
  return `const reset = createReset(portsOf(states, ${startsOf(states, program)}), arena${more});`;
}

/** Where ports begin in the arena, in elements, by name. */
function startsOf(ports: readonly Port[], program: Program): string {
  return printLiteral(Object.fromEntries(ports.map((port) => [port.name, startOf(port, program)])));
}
