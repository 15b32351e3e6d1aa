/** The registry of targets: a backend is a folder and a line here. */
import type { Target } from "./target.js";
import { typescriptTarget } from "./ts/index.js";
import { wasmTarget } from "./wasm/index.js";

export const targets = { ts: typescriptTarget, wasm: wasmTarget } as const satisfies Readonly<
  Record<string, Target>
>;

export type TargetName = keyof typeof targets;

export const TARGET_NAMES = Object.keys(targets) as readonly TargetName[];
