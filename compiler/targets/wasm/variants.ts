/** The two kinds of engines that run WebAssembly: loops for fused multiply-add, which lay out memory, and loops without. */
import { hasRelaxedSimd } from "../../../runtime/wasm.js";
import type { Follower, Planner, Tuner, Variant } from "../variant.js";
import { PLAIN_ALTERNATIVES, plainSchedule } from "./plainSchedule.js";
import { prepareWasm } from "./prepare.js";
import { ALTERNATIVES, CHANNELS, scheduleForWasm } from "./schedule.js";
import type { Simd } from "./simd.js";
import { LANES } from "./vectorAxis.js";

const lanes = [1, LANES];

function tunerOf(simd: Simd, alternatives: Tuner["alternatives"]): Tuner {
  return {
    alternatives,
    // What is timed is not when the engine's compilers get to it.
    engineFlags: ["--no-liftoff"],
    unavailable: () =>
      simd === "relaxed" && !hasRelaxedSimd()
        ? `Node ${process.version} has no relaxed SIMD; take Node 22 or newer, or --simd plain`
        : undefined,
    prepare: (program, lowered) => prepareWasm(program, lowered, simd),
  };
}

export const relaxed: Planner = {
  kind: "planner",
  name: "wasm relaxed",
  activations: "channels-last",
  channelBlock: CHANNELS,
  memoryCost: 1.2,
  lanes,
  schedule: scheduleForWasm,
  tuner: tunerOf("relaxed", ALTERNATIVES),
};

export const plain: Follower = {
  kind: "follower",
  name: "wasm plain",
  lanes,
  reschedule: plainSchedule,
  tuner: tunerOf("plain", PLAIN_ALTERNATIVES),
};

export const variantOf: Readonly<Record<Simd, Variant>> = { relaxed, plain };
