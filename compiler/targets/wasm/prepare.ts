/** Makes a planned Program runnable in this process as WebAssembly. */
import type { LoweredProgram } from "../../program/lowered.js";
import type { Program } from "../../program/program.js";
import { fill } from "../fill.js";
import { loadAssembler } from "./assemble.js";
import { printModule } from "./module.js";
import type { Simd } from "./simd.js";

export async function prepareWasm(
  program: Program,
  lowered: LoweredProgram,
  simd: Simd,
): Promise<() => void> {
  const assemble = await loadAssembler();
  const { constantBytes = 0, arenaBytes = 0, overlaidBytes } = program;
  const sizes = { constantBytes, arenaBytes, overlaidBytes };
  const { text, memory: layout } = printModule({ ...lowered, ...sizes }, simd);
  const memory = new WebAssembly.Memory({ initial: layout.pages, maximum: layout.pages });
  fill(memory.buffer, layout.arenaStart, arenaBytes, program, "arena");
  fill(memory.buffer, layout.constantsStart, constantBytes, program, "constants");
  const module = new WebAssembly.Module(Uint8Array.from(assemble(text)));
  const { exports } = new WebAssembly.Instance(module, { env: { memory } });
  (exports["load"] as (() => void) | undefined)?.();
  return exports["run"] as () => void;
}
