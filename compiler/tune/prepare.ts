/** Makes a planned Program runnable in this process, on values that are neither zeros nor subnormal. */
import { setFlagsFromString } from "node:v8";
import { toJavaScript } from "../emit/javascript.js";
import type { LoweredProgram } from "../program/lowered.js";
import type { Program } from "../program/program.js";
import { assembleFunction, HELPERS, printParts, VIEWS } from "../targets/ts/print.js";
import { loadAssembler } from "../targets/wasm/assemble.js";
import { printModule } from "../targets/wasm/module.js";
import type { Simd } from "../targets/wasm/print.js";
import * as numbers from "../../runtime/numbers.js";

/** A run of all kernels. */
export type Run = () => void;

export async function prepareWasm(
  program: Program,
  lowered: LoweredProgram,
  simd: Simd,
): Promise<Run> {
  const assemble = await loadAssembler();
  // Optimised code from the first call on: what is timed is not when the engine's compilers get to it.
  setFlagsFromString("--no-liftoff");
  const { constantBytes = 0, arenaBytes = 0 } = program;
  const { text, memory: layout } = printModule({ ...lowered, constantBytes, arenaBytes }, simd);
  const memory = new WebAssembly.Memory({ initial: layout.pages, maximum: layout.pages });
  fill(memory.buffer, layout.constantsStart, constantBytes, program, "constants");
  fill(memory.buffer, layout.arenaStart, arenaBytes, program, "arena");
  const module = new WebAssembly.Module(Uint8Array.from(assemble(text)));
  const { exports } = new WebAssembly.Instance(module, { env: { memory } });
  return exports["run"] as Run;
}

export async function prepareTypeScript(
  program: Program,
  { functions, calls }: LoweredProgram,
): Promise<Run> {
  const printed = new Map(functions.map(({ name, code }) => [name, printParts(code)]));
  const source = [
    `export function start(${[...HELPERS, ...VIEWS].join(", ")}) {`,
    ...functions.map(({ name, code }) => assembleFunction(name, code.summary, printed.get(name)!)),
    "return () => {",
    ...calls.map((call) => {
      const passed = [...printed.get(call.function)!.views, ...call.arguments];
      return `${call.function}(${passed.join(", ")});`;
    }),
    "};\n}",
  ].join("\n");
  const address = `data:text/javascript,${encodeURIComponent(toJavaScript(source))}`;
  const { start } = (await import(/* @vite-ignore */ address)) as {
    start(...names: readonly unknown[]): Run;
  };
  const memories = [
    ["arena", program.arenaBytes ?? 0],
    ["constants", program.constantBytes ?? 0],
  ] as const;
  const views = memories.flatMap(([space, bytes]) => {
    const buffer = new ArrayBuffer(bytes);
    fill(buffer, 0, bytes, program, space);
    return [new Float32Array(buffer), new Int32Array(buffer)];
  });
  return start(...HELPERS.map((name) => numbers[name]), ...views);
}

const PATTERN = Float32Array.from({ length: 4099 }, (_, i) => Math.sin(i + 1));

/** Floats between −1 and 1; integers stay 0, a legal index everywhere. */
function fill(
  memory: ArrayBuffer,
  start: number,
  bytes: number,
  { buffers }: Program,
  space: "arena" | "constants",
): void {
  for (const buffer of buffers) {
    if (buffer.space !== space || buffer.dtype !== "f32") continue;
    const end = Math.min(buffer.offset! / 4 + buffer.size, bytes / 4);
    const all = new Float32Array(memory, start, bytes / 4);
    for (let at = buffer.offset! / 4; at < end; at += PATTERN.length)
      all.set(PATTERN.subarray(0, Math.min(PATTERN.length, end - at)), at);
  }
}
