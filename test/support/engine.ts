/** What emitted code runs on here: JavaScript, and WebAssembly with each kind of SIMD that this Node has. */
import type { TargetName } from "../../compiler/targets/index.js";
import type { Simd } from "../../compiler/targets/wasm/simd.js";
import { RELAXED_ALONE, SIMDS } from "./simd.js";

/** TypeScript, or WebAssembly with plain or relaxed SIMD. */
export type Engine = "ts" | Simd;

export const ENGINES: readonly Engine[] = RELAXED_ALONE ? SIMDS : ["ts", ...SIMDS];

/** The target whose layouts and schedules an engine's Programs have. */
export function targetOf(engine: Engine): TargetName {
  return engine === "ts" ? "ts" : "wasm";
}
