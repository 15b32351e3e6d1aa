/** The WebAssembly target: channels-last memory, vectors of four, weights in blocks of channels. */
import type { Target } from "../target.js";
import { printFunction } from "./print.js";
import { scheduleForWasm } from "./schedule.js";

export const wasmTarget: Target = {
  name: "wasm",
  activations: "channels-last",
  schedule: scheduleForWasm,
  printFunction: (name, code) => printFunction(name, code, "relaxed").text,
};
