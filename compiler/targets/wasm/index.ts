/** The WebAssembly target: channels-last memory, vectors of four, weights in blocks of channels. */
import type { Target } from "../target.js";
import { printFunction } from "./print.js";
import { ALTERNATIVES, scheduleForWasm } from "./schedule.js";

export const wasmTarget: Target = {
  name: "wasm",
  activations: "channels-last",
  schedule: scheduleForWasm,
  alternatives: ALTERNATIVES,
  printFunction: (name, code) => printFunction(name, code, "relaxed").text,
};
