/** The WebAssembly target: channels-last memory, vectors of four, weights in blocks of channels. */
import { moduleFiles } from "../../emit/index.js";
import { takenNames } from "../../emit/parts.js";
import { printStmt } from "../../loop/print.js";
import type { Dump, Target } from "../target.js";
import { buildWasm } from "./build.js";
import { wasmParts } from "./glue.js";
import { DUMP_FLAGS, FLAGS, type WasmDump, type WasmOptions } from "./options.js";
import { measureLimits } from "./limits.js";
import { printFunction } from "./print.js";
import { inThreads, plain, relaxed, sdot, usdot, usdot16, variantOf, wide } from "./variants.js";

/** WebAssembly is five times as long as loops are. */
const dump: Dump<WasmDump> = {
  flags: DUMP_FLAGS,
  show: ({ simd = "both", wat = false }) => {
    const shown = simd === "both" ? "relaxed" : simd;
    return {
      variant: variantOf[shown],
      print: (name, code) => (wat ? printFunction(name, code, shown).text : printStmt(code, name)),
    };
  },
};

export const wasmTarget: Target<WasmOptions> = {
  name: "wasm",
  variants: [relaxed, plain, wide, usdot, sdot, usdot16],
  flags: FLAGS,
  plannerFor: ({ simd, threads = false }) => {
    const planner = simd === "wide" ? wide : relaxed;
    return threads ? inThreads(planner) : planner;
  },
  variantsFor: ({ simd = "both" }) =>
    simd === "both" ? [relaxed, plain, usdot, sdot, usdot16] : [variantOf[simd]],
  emit: async (emission, options) =>
    moduleFiles(
      emission,
      wasmParts(emission, options, await buildWasm(emission), await takenNames(emission)),
    ),
  dump,
  measureLimits,
};
