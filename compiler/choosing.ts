/** What passes over a Graph are told of a target: which layers bytes would not make faster there. */
import type { PassOptions } from "./passes/index.js";
import { slowerInBytes } from "./program/dots/times.js";
import type { AlgorithmOptions } from "./program/passes.js";
import { targetNamed, type TargetName, type TargetOptions } from "./targets/index.js";

/** The options with what `arithmetic: "auto"` decides by. */
export function withTimes<
  Options extends TargetOptions &
    Pick<AlgorithmOptions, "winograd"> & {
      readonly target?: TargetName;
    },
>(options: Options): Options & Pick<PassOptions, "slower"> {
  const planner = targetNamed(options.target).plannerFor(options);
  const { winograd } = options;
  return {
    ...options,
    slower: (graph, products) => slowerInBytes(graph, products, planner, winograd),
  };
}
