/** A target of tests: portable C, which shows that a target is a folder and a line. */
import { wordFlag } from "../../../compiler/targets/flag.js";
import type { Target } from "../../../compiler/targets/target.js";
import type { Planner } from "../../../compiler/targets/variant.js";
import { cFiles, type COptions } from "./file.js";
import { printFunction } from "./print.js";
import { scheduleForC } from "./schedule.js";

const portable: Planner = {
  kind: "planner",
  name: "c99",
  activations: "channels-last",
  channelBlock: 8,
  memoryCost: 1,
  lanes: [1],
  schedule: scheduleForC,
};

export const cTarget: Target<COptions> = {
  name: "c",
  variants: [portable],
  flags: [
    wordFlag(
      "--arena <where>",
      "static or given by the caller; static by default",
      ["static", "given"],
      (arena) => ({ arena }),
    ),
  ],
  plannerFor: () => portable,
  variantsFor: () => [portable],
  emit: (emission, options) => Promise.resolve(cFiles(emission, options)),
  dump: { flags: [], show: () => ({ variant: portable, print: printFunction }) },
};
