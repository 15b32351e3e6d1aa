/** Which WebAssembly the tests can run, and kernels run on it in one memory that all of them share. */
import { setFlagsFromString } from "node:v8";
import type { StmtMemory } from "../../compiler/kernel/interpretValue.js";
import type { KernelFunction } from "../../compiler/kernel/stmt.js";
import { loadAssembler } from "../../compiler/targets/wasm/assemble.js";
import { printModule } from "../../compiler/targets/wasm/module.js";
import type { Simd } from "../../compiler/targets/wasm/print.js";
import { hasRelaxedSimd } from "../../runtime/index.js";

// Before V8 11.4 relaxed SIMD exists behind a flag: its instructions are the same.
if (!hasRelaxedSimd()) setFlagsFromString("--experimental-wasm-relaxed-simd");

/** Every engine of the last years has the first, and newer ones (or this flag) the second. */
export const SIMDS: readonly Simd[] = hasRelaxedSimd() ? ["plain", "relaxed"] : ["plain"];

const PAGES = 64;
const PAGE = 65536;
/** Whatever room displacements need below (less than a page), the memory has the same size. */
const ARENA_BYTES = (PAGES - 1) * PAGE + 1;

export const assemble = await loadAssembler();
let shared: WebAssembly.Memory | undefined;

/** Calls a function whose memories are one buffer, as `interpretStmt` does. */
export function runOnWasm(
  code: KernelFunction,
  memory: StmtMemory,
  addresses: readonly number[],
  simd: Simd,
): void {
  const bytes = new Uint8Array(memory.arena.f32.buffer);
  if (bytes.length > ARENA_BYTES) throw new Error(`${bytes.length} bytes do not fit`);
  const { text, memory: layout } = printModule(
    {
      functions: [{ name: "kernel", code }],
      calls: [{ function: "kernel", arguments: addresses }],
      constantBytes: 0,
      arenaBytes: ARENA_BYTES,
    },
    simd,
  );
  shared ??= new WebAssembly.Memory({ initial: PAGES, maximum: PAGES });
  const module = new WebAssembly.Module(assemble(text));
  const { exports } = new WebAssembly.Instance(module, { env: { memory: shared } });
  const window = new Uint8Array(shared.buffer, layout.arenaStart, bytes.length);
  window.set(bytes);
  (exports["run"] as () => void)();
  bytes.set(window);
}
