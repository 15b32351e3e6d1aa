/** Which WebAssembly the tests can run, and kernels run on it in one memory that all of them share. */
import { arch, env } from "node:process";
import { setFlagsFromString } from "node:v8";
import type { StmtMemory } from "../../compiler/meaning/stmtMemory.js";
import { bytesOf } from "../../compiler/loop/storage.js";
import type { KernelFunction } from "../../compiler/loop/stmt.js";
import { loadAssembler } from "../../compiler/targets/wasm/assemble.js";
import type { MemoryLayout } from "../../compiler/targets/wasm/memoryLayout.js";
import { printModule } from "../../compiler/targets/wasm/module.js";
import type { ModuleInput } from "../../compiler/targets/wasm/moduleInput.js";
import { isDotSimd, type DotSimd, type Simd } from "../../compiler/targets/wasm/simd.js";
import { byteProducts, hasRelaxedSimd } from "../../runtime/index.js";
import type { RunShare } from "./threads.js";

/** Whether this run is about relaxed SIMD alone, on an engine that has it: `npm run test:relaxed`. */
export const RELAXED_ALONE = env["TILEWRIGHT_SIMD"] === "relaxed";

// Before V8 11.4 relaxed SIMD exists behind a flag: its instructions are the same. Benchmarks, which use what is
// here too, measure engines as they come: behind the flag code is slower than plain SIMD.
const tests = env["VITEST"] !== undefined;
if (tests && !RELAXED_ALONE && !hasRelaxedSimd())
  setFlagsFromString("--experimental-wasm-relaxed-simd");

/** Every engine of the last years has the first, and newer ones (or this flag) the second. */
export const SIMDS: readonly Simd[] = RELAXED_ALONE
  ? ["relaxed"]
  : hasRelaxedSimd()
    ? ["plain", "relaxed"]
    : ["plain"];

/** The kinds that multiply four bytes at once: in engines of another kind their instruction is a function. */
export const DOT_SIMDS: readonly DotSimd[] = ["usdot", "sdot", "usdot16"];

const MULTIPLY = "i32x4.relaxed_dot_i8x16_i7x16_add_s";
const MULTIPLY_IN_SIXTEEN = "i16x8.relaxed_dot_i8x16_i7x16_s";

/** Whether the engine has the instruction of a kind: that of 16 bits is the same in all x64 processors. */
function hasProducts(simd: DotSimd): boolean {
  return simd === "usdot16" ? arch === "x64" && hasRelaxedSimd() : byteProducts() === simd;
}

/** The text of a module that runs in this engine, whatever kind of bytes it multiplies. */
export function withByteProducts(text: string, simd: Simd): string {
  return isDotSimd(simd) && !hasProducts(simd) ? emulated(text, simd) : text;
}

/** The text with functions of a kind in place of the instructions: in 16 bits sums of two products are cut off. */
export function emulated(text: string, kind: DotSimd): string {
  const half = (which: "low" | "high"): string =>
    `(i32x4.dot_i16x8_s (i16x8.extend_${which}_i8x16_s (local.get $a))
      (i16x8.extend_${which}_i8x16_${kind === "sdot" ? "s" : "u"} (local.get $b)))`;
  const inSixteen = `(func $byte_products16 (param $a v128) (param $b v128) (result v128)
  (i16x8.narrow_i32x4_s ${half("low")} ${half("high")}))`;
  const instead = `(func $byte_products (param $a v128) (param $b v128) (param $c v128) (result v128)
  (local $low v128) (local $high v128)
  (local.set $low ${half("low")})
  (local.set $high ${half("high")})
  (i32x4.add (local.get $c) (i32x4.add
    (i8x16.shuffle 0 1 2 3 8 9 10 11 16 17 18 19 24 25 26 27 (local.get $low) (local.get $high))
    (i8x16.shuffle 4 5 6 7 12 13 14 15 20 21 22 23 28 29 30 31 (local.get $low) (local.get $high)))))`;
  return text
    .replaceAll(MULTIPLY, "call $byte_products")
    .replaceAll(MULTIPLY_IN_SIXTEEN, "call $byte_products16")
    .replace(/\)\s*$/, `${instead}${inSixteen})\n`);
}

const PAGES = 64;
const PAGE = 65536;
/** Whatever room displacements need below (less than a page), the memory has the same size. */
const ARENA_BYTES = (PAGES - 1) * PAGE + 1;

export const assemble = await loadAssembler();
let shared: WebAssembly.Memory | undefined;

/** A module whose kernels can be called one by one, and with what: addresses in bytes. */
export function printKernels(
  input: ModuleInput,
  simd: Simd,
): {
  readonly text: string;
  readonly memory: MemoryLayout;
  readonly calls: ModuleInput["calls"];
} {
  const { text, memory } = printModule(input, simd);
  const exported = input.functions.map(({ name }) => `(export "${name}" (func $${name}))\n`);
  const parameters = new Map(input.functions.map(({ name, code }) => [name, code.parameters]));
  const starts = { constants: memory.constantsStart, arena: memory.arenaStart };
  const calls = input.calls.map((call) => ({
    function: call.function,
    arguments: call.arguments.map((element, i) => {
      const { space, dtype } = parameters.get(call.function)![i]!;
      return starts[space] + bytesOf(dtype) * element;
    }),
  }));
  const whole = text.replace(/\)\n$/, `${exported.join("")})\n`);
  return { text: withByteProducts(whole, simd), memory, calls };
}

/** What of a function runs, instead of all of it: shares of its tiles, each with the addresses of a thread. */
export type Shares = (run: RunShare) => void;

/** Calls a function whose memories are one buffer, as `interpretStmt` does; `change` is for tests of faults. */
export function runOnWasm(
  code: KernelFunction,
  memory: StmtMemory,
  addresses: readonly number[],
  simd: Simd,
  change: (text: string) => string = (text) => text,
  shares?: Shares,
): void {
  const bytes = new Uint8Array(memory.arena.f32.buffer);
  if (bytes.length > ARENA_BYTES) throw new Error(`${bytes.length} bytes do not fit`);
  const { text, memory: layout } = printKernels(
    {
      functions: [{ name: "kernel", code }],
      calls: [{ function: "kernel", arguments: addresses }],
      constantBytes: 0,
      arenaBytes: ARENA_BYTES,
    },
    simd,
  );
  shared ??= new WebAssembly.Memory({ initial: PAGES, maximum: PAGES });
  const module = new WebAssembly.Module(assemble(change(text)));
  const { exports } = new WebAssembly.Instance(module, { env: { memory: shared } });
  const window = new Uint8Array(shared.buffer, layout.arenaStart, bytes.length);
  window.set(bytes);
  const kernel = exports["kernel"] as (...passed: readonly number[]) => void;
  const toBytes = (element: number, i: number): number =>
    layout.arenaStart + bytesOf(code.parameters[i]!.dtype) * element;
  if (shares === undefined) (exports["run"] as () => void)();
  else shares((own, share) => kernel(...own.map(toBytes), ...share));
  bytes.set(window);
}
