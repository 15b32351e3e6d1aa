/** The two kinds of engines that run WebAssembly: loops for fused multiply-add, which lay out memory, and loops without. */
import { hasRelaxedSimd } from "../../../runtime/wasm.js";
import type { DotEngine } from "../../program/dots/computes.js";
import { type Follower, type Planner, type Tuner, type Variant } from "../variant.js";
import { PLAIN_ALTERNATIVES, plainSchedule } from "./plainSchedule.js";
import { prepareWasm } from "./prepare.js";
import { ALTERNATIVES, schedulesFor } from "./schedule.js";
import type { Simd } from "./simd.js";
import { CHANNEL_VECTORS, LANES } from "./vectorAxis.js";

const lanes = [1, LANES];

/** Multiply-adds of four lanes in the time of a byte: 16 GB/s beside 65 GFLOP/s, rounded down for what is prefetched. */
const MEMORY_COST = 1.2;

/** By it V8 joins neighbouring vectors, on processors with vectors of 256 bits. */
const JOINING = "--experimental-wasm-revectorize";

function tunerOf(simd: Simd, alternatives: Tuner["alternatives"]): Tuner {
  return {
    alternatives,
    // What is timed is not when the engine's compilers get to it.
    engineFlags: ["--no-liftoff", ...(simd === "wide" ? [JOINING] : [])],
    unavailable() {
      if (simd !== "plain" && !hasRelaxedSimd())
        return `Node ${process.version} has no relaxed SIMD; take Node 22 or newer, or --simd plain`;
      return simd === "wide" && !process.execArgv.includes(JOINING)
        ? `this process joins no vectors; start it with node ${JOINING}`
        : undefined;
    },
    prepare: (program, lowered) => prepareWasm(program, lowered, simd),
  };
}

const OPTIONAL: NonNullable<Planner["optional"]> = {
  "turn-squares": { turned: 0 },
  "tile-few-channels": { few: 0 },
  "sum-in-parts": { parts: 0 },
  "tile-across-rows": { across: 0 },
  "group-channels": { grouped: 0 },
  "multiply-pairs": { dots: 0 },
  "reduce-by-turns": { turns: 0 },
};

export const relaxed: Planner = {
  kind: "planner",
  name: "wasm relaxed",
  activations: "channels-last",
  channelBlock: CHANNEL_VECTORS * LANES,
  memoryCost: MEMORY_COST,
  ownsConstants: true,
  words: true,
  dots: true,
  strips: { cache: 512 * 1024, room: 256 * 1024 },
  lanes,
  schedule: schedulesFor(1),
  optional: OPTIONAL,
  tuner: tunerOf("relaxed", ALTERNATIVES),
};

export const wide: Planner = {
  kind: "planner",
  name: "wasm wide",
  activations: "channels-last",
  channelBlock: 2 * CHANNEL_VECTORS * LANES,
  memoryCost: 2 * MEMORY_COST,
  ownsConstants: true,
  words: true,
  dots: true,
  lanes,
  schedule: schedulesFor(2),
  optional: OPTIONAL,
  tuner: tunerOf("wide", ALTERNATIVES),
};

/** Statements of a piece: a microsecond or two, of which handing it out takes a twentieth. */
const PIECE = 12_000;
/** Bands of a chain of kernels that threads share: for as many threads with nothing left over. */
const BANDS = 4;
/** Runs of output channels: as many threads share a map that is one block of tiles, but of registers. */
const CHANNEL_RUNS = 8;

/** The planner for code that threads share. */
export function inThreads(planner: Planner): Planner {
  const { strips } = planner;
  return {
    ...planner,
    threads: { piece: PIECE },
    channelRuns: CHANNEL_RUNS,
    ...(strips && { strips: { ...strips, bands: BANDS } }),
  };
}

export const plain: Follower = {
  kind: "follower",
  name: "wasm plain",
  lanes,
  reschedule: plainSchedule,
  tuner: tunerOf("plain", PLAIN_ALTERNATIVES),
};

/** Engines that multiply four bytes at a time: loops for fused multiply-add, and sums of products of bytes over words. */
function overWords(dots: DotEngine): Follower {
  const name = `wasm ${dots}`;
  return { kind: "follower", name, lanes, dots, reschedule: (planned) => planned };
}

export const usdot = overWords("usdot");
export const sdot = overWords("sdot");
export const usdot16 = overWords("usdot16");

export const variantOf: Readonly<Record<Simd, Variant>> = {
  ...{ relaxed, plain, wide },
  ...{ usdot, sdot, usdot16 },
};
