/** The TypeScript target: channels-last memory, scalar register tiles, readable loops. */
import { moduleFiles } from "../../emit/index.js";
import { takenNames } from "../../emit/parts.js";
import type { Target } from "../target.js";
import type { Planner } from "../variant.js";
import { typescriptParts } from "./module.js";
import { prepareTypeScript } from "./prepare.js";
import { printFunction } from "./print.js";
import { ALTERNATIVES, scheduleForTypeScript } from "./schedule.js";

const scalars: Planner = {
  kind: "planner",
  name: "ts",
  activations: "channels-last",
  channelBlock: 8,
  memoryCost: 0.2,
  lanes: [1],
  schedule: scheduleForTypeScript,
  tuner: {
    alternatives: ALTERNATIVES,
    // JavaScript is compiled while it runs.
    warmUp: 150,
    unavailable: () => undefined,
    prepare: prepareTypeScript,
  },
};

export const typescriptTarget: Target = {
  name: "ts",
  variants: [scalars],
  flags: [],
  plannerFor: () => scalars,
  variantsFor: () => [scalars],
  emit: async (emission) =>
    moduleFiles(emission, typescriptParts(emission, await takenNames(emission))),
  // TypeScript is as readable as loops are.
  dump: { flags: [], show: () => ({ variant: scalars, print: printFunction }) },
};
