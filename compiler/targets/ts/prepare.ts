/** Makes a planned Program runnable in this process as JavaScript. */
import { withoutTypes } from "../../emit/strip.js";
import type { LoweredProgram } from "../../program/lowered.js";
import type { Program } from "../../program/program.js";
import * as numbers from "../../../runtime/numbers.js";
import { fill } from "../fill.js";
import { assembleFunction, printParts } from "./print.js";
import { HELPERS, MEMORY_ARRAYS, memoryArrays } from "./arrays.js";

type Run = () => void;

export async function prepareTypeScript(
  program: Program,
  { functions, calls }: LoweredProgram,
): Promise<Run> {
  const printed = new Map(functions.map(({ name, code }) => [name, printParts(code)]));
  const source = [
    `export function start(${[...HELPERS, ...MEMORY_ARRAYS].join(", ")}) {`,
    ...functions.map(({ name, code }) => assembleFunction(name, code.summary, printed.get(name)!)),
    "return () => {",
    ...calls.map((call) => {
      const passed = [...printed.get(call.function)!.arrays, ...call.arguments];
      return `${call.function}(${passed.join(", ")});`;
    }),
    "};\n}",
  ].join("\n");
  const address = `data:text/javascript,${encodeURIComponent(await withoutTypes(source))}`;
  const { start } = (await import(/* @vite-ignore */ address)) as {
    start(...names: readonly unknown[]): Run;
  };
  const memories = [
    ["arena", program.arenaBytes ?? 0],
    ["constants", program.constantBytes ?? 0],
  ] as const;
  const [arena, constants] = memories.map(([space, bytes]) => {
    const buffer = new ArrayBuffer(bytes);
    fill(buffer, 0, bytes, program, space);
    return { f32: new Float32Array(buffer), i32: new Int32Array(buffer) };
  });
  const arrays = memoryArrays(arena!, constants!);
  const passed = [
    ...HELPERS.map((name) => numbers[name]),
    ...MEMORY_ARRAYS.map((name) => arrays[name]),
  ];
  return start(...passed);
}
