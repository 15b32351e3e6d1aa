/** The TypeScript target: channels-last memory, scalar register tiles, readable loops. */
import type { Target } from "../target.js";
import { printFunction } from "./print.js";
import { ALTERNATIVES, scheduleForTypeScript } from "./schedule.js";

export const typescriptTarget: Target = {
  name: "ts",
  activations: "channels-last",
  schedule: scheduleForTypeScript,
  alternatives: ALTERNATIVES,
  printFunction,
};
