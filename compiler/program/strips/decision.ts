/** Why kernels are one kernel that computes some rows of each at a time: for people to read. */
import { byteCount } from "../../base/tensor.js";
import type { Decision } from "../../schedule/decision.js";
import type { ProgramKernel } from "../program.js";

/** `cache`: bytes of the one that maps between the kernels would leave. */
export function stripDecision(kernels: readonly ProgramKernel[], cache: number): Decision {
  const maps = kernels.slice(0, -1).map(({ kernel }) => byteCount(kernel.output));
  return {
    what: "kernels",
    chosen: `${kernels.length} as one, some rows at a time`,
    candidates: [],
    because: `maps of ${maps.join(", ")} bytes would not all stay in a cache of ${cache} until they are read`,
  };
}
