/** What builds for WebAssembly can be asked for, in code and on the command line. */
import { switchFlag, wordFlag, type Flag } from "../flag.js";
import type { Simd } from "./simd.js";

export interface WasmOptions {
  /** Where WebAssembly goes: inside the module, or files beside it; where the weights go by default. */
  readonly wasm?: "inline" | "file";
  /**
   * The engines that WebAssembly is for: those with relaxed SIMD, those without, or (by default) each its own.
   * `wide`: those that join neighbouring vectors, as V8 does with `--experimental-wasm-revectorize`; elsewhere such
   * code is slower than the others. Where a model multiplies bytes, `both` is also code for the kinds of engines that
   * multiply four of them at once.
   */
  readonly simd?: "both" | Simd;
  /** One run on several threads, where the engine has them; the same results. See docs/threads.md. */
  readonly threads?: boolean;
  /** Also the text of WebAssembly, in files beside the module. */
  readonly wat?: boolean;
}

export const FLAGS: readonly Flag<WasmOptions>[] = [
  wordFlag(
    "--wasm <where>",
    "inline or file; by default where the weights go",
    ["inline", "file"],
    (wasm) => ({ wasm }),
  ),
  wordFlag(
    "--simd <engines>",
    "plain, relaxed or both; both by default, chosen at load; wide for engines that join vectors",
    ["both", "plain", "relaxed", "wide"],
    (simd) => ({ simd }),
  ),
  switchFlag("--threads", "Makes code of which a run computes on several threads", {
    threads: true,
  }),
  wordFlag("--emit <what>", "wat: also the text of WebAssembly", ["wat"], () => ({ wat: true })),
];

/** How kernels are dumped. */
export interface WasmDump {
  readonly simd?: "both" | Simd;
  readonly wat?: boolean;
  readonly threads?: boolean;
}

export const DUMP_FLAGS: readonly Flag<WasmDump>[] = [
  switchFlag("--wat", "Shows kernels as text of WebAssembly instead of loops; for --target wasm", {
    wat: true,
  }),
  wordFlag(
    "--simd <name>",
    "Shows kernels for engines with relaxed SIMD, with plain, with joined vectors, or that multiply four bytes at once; for --target wasm",
    ["plain", "relaxed", "wide", "usdot", "sdot", "usdot16"],
    (simd) => ({ simd }),
  ),
  switchFlag("--threads", "Shows kernels as threads share them; for --target wasm", {
    threads: true,
  }),
];
