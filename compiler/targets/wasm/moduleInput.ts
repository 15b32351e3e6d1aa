/** What a module of WebAssembly is made from. */
import type { KernelFunction } from "../../loop/stmt.js";
import type { KernelCall } from "../../program/lowered.js";

/** What a module is made of, with addresses in elements of their space. */
export interface ModuleInput {
  readonly functions: readonly { readonly name: string; readonly code: KernelFunction }[];
  readonly calls: readonly Call[];
  /** Positions in `calls` of what threads run between two barriers; absent where one thread runs all. */
  readonly phases?: readonly (readonly number[])[];
  readonly constantBytes: number;
  readonly arenaBytes: number;
  /** Of the constants so many bytes, the first ones, lie where the arena ends. */
  readonly overlaidBytes?: number | undefined;
}

/** Of a kernel that nobody asks for by name. */
export type Call = Omit<KernelCall, "kernel">;
