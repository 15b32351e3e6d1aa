/**
 * Chooses schedules for vectors of four: lanes along contiguous memory, register tiles of pixels by channels
 * that fit the fifteen vector registers engines leave on x64, and short windows unrolled.
 */
import { exprMentions, walkExpr } from "../../compute/walk.js";
import { isElementary } from "../../compute/operators.js";
import type { Places } from "../../place/place.js";
import type { Axis, Compute, Expr, Kernel } from "../../compute/ir.js";
import type { Schedule, Split } from "../../schedule/schedule.js";
import { parkProblems } from "../../schedule/verify.js";
import {
  bodyLoads,
  fuseLongest,
  fusionOf,
  orderReduce,
  targetStrides,
} from "../../schedule/loops.js";
import type { Decide } from "../../schedule/decision.js";
import { bestTile, tileDecision } from "../../schedule/rows.js";
import { foldedSchedule, tableAxes } from "../../schedule/tables.js";
import type { Choices, Planner } from "../variant.js";
import { fuseRows } from "./acrossRows.js";
import { dotSchedule } from "./dotSchedule.js";
import { groupChannels } from "./groups.js";
import { oneResult } from "./oneResult.js";
import { orderOutput } from "./outputOrder.js";
import { partsOf } from "./partialSums.js";
import { channelVectors, fewChannels, isByteProduct, pixelsOf } from "./tiles.js";
import { squareOf } from "./squares.js";
import { chooseVectorAxis, LANES, packedSources, readInVectors } from "./vectorAxis.js";

/** Pixels of a depthwise tile: with 8 the columns that windows share leave the registers, 14²×576: 27 GFLOP/s, with 7 38. */
const COLUMNS = 7;
/** Where unrolled windows overlap, what they share stays in registers: 7×7, 224², 3→64 is 1.24 times as fast as with 6. */
const WINDOWED = 4;
/** Accumulators where there is one pixel, a product of a matrix and a vector: with 8 the steps of an LSTM of 128 take 1.15 times as long. */
const ROW_VECTORS = 6;
/** Vectors side by side where nothing is shared between them. */
const POINTWISE_VECTORS = 2;
const POOL_VECTORS = 4;
/** The same where there is one pixel: sums wait for each other, the mean of 7²×2048 is 1.24 times as fast as with 4. */
const SUM_VECTORS = 8;
/** Reduce axes up to this long in total are unrolled. */
const UNROLL_LIMIT = 24;
const LONGEST_UNROLLED = 8;
/** Of a longer innermost reduce axis so many steps are one: 3 % faster on Zen 3, a fifth where counting loops costs more. */
const STEPS = 4;
/**
 * What the cost model may have wrong: tiles of so many vectors by so many pixels, steps of the innermost reduce
 * loop that are one, how long windows may be to be unrolled, whether loops over pixels go outside those over
 * channels, where accumulators wait for the epilogue, the axis that runs over lanes (1: the second best), whether
 * vectors that lie apart are turned in squares, and whether tiles of pixels go across rows or go by for some channels
 * at a time.
 */
export const ALTERNATIVES: readonly (readonly Choices[])[] = [
  [
    ...[2, 3, 4, 5, 6, 7].map((pixels) => ({ vectors: 2, pixels })),
    ...[4, 5, 7, 8, 10, 12].map((pixels) => ({ vectors: 1, pixels })),
    ...[3, 4].map((pixels) => ({ vectors: 3, pixels })),
    ...[2, 3].map((pixels) => ({ vectors: 4, pixels })),
    ...[1, 2, 4, 6, 8, 12].map((vectors) => ({ vectors, pixels: 1 })),
  ],
  [1, 2, 8].map((steps) => ({ steps })),
  [1, 9, 49].map((unrolled) => ({ unrolled })),
  [0, 1].map((pixelsOutside) => ({ pixelsOutside })),
  [0, 1].map((park) => ({ park })),
  [{ axis: 1 }, { turned: 0 }, { across: 0 }, { dots: 0 }, { grouped: 0 }],
];

/** For engines whose instructions take one vector, or join two neighbours. */
export function schedulesFor(joined: 1 | 2): Planner["schedule"] {
  return (compute, kernel, places, choices = {}, decide) =>
    (choices["turns"] === 0 ? undefined : oneResult(compute, kernel, places)) ??
    scheduleFor(compute, kernel, places, choices, joined, decide);
}

function scheduleFor(
  compute: Compute,
  kernel: Kernel,
  places: Places,
  given: Choices,
  widest: 1 | 2,
  decide: Decide | undefined,
): Schedule {
  const packed = packedSources(compute, kernel);
  const isPacked = (source: string): boolean => packed.has(source);
  const vector = chooseVectorAxis(compute, kernel, places, isPacked, given["axis"], decide);
  const strides = targetStrides(compute, places);
  const sorted = [...compute.axes].sort((a, b) => strides(b.name) - strides(a.name));
  const folded = tableAxes(compute, kernel);
  if (folded !== undefined && !folded.has(vector?.name ?? "")) {
    const merged = fuseLongest(sorted, vector, compute, kernel, places, folded);
    const side = vector === undefined ? 1 : Math.min(widest, Math.floor(vector.extent / LANES));
    return foldedSchedule(merged, compute, folded, vector, { lanes: LANES, vectors: side });
  }
  const dots =
    given["dots"] === 0 ? undefined : dotSchedule(compute, kernel, places, given, decide);
  if (dots !== undefined) return dots;
  const reduce = orderReduce(compute, kernel, places, vector);
  const dense = fuseLongest(sorted, vector, compute, kernel, places);
  // A filter that only a run knows is like weights, where its channels lie side by side.
  const filters = new Set([...packed, ...readInVectors(compute, kernel, places, vector)]);
  const square = given["turned"] === 0 ? undefined : squareOf(dense, compute, kernel, places);
  const unrolled = unrolledAxes(reduce, vector, given["unrolled"] ?? UNROLL_LIMIT);
  const most = pixelsOf(compute);
  const across =
    square === undefined && given["across"] !== 0
      ? fuseRows(sorted, vector, compute, kernel, places, filters, unrolled, most, decide)
      : undefined;
  const fused = across ?? dense;
  const lane = fused.vector;
  // Only what is stored side by side is joined.
  const isSide = vector !== undefined && strides(vector.name) === 1 && square === undefined;
  const joined = isSide ? widest : 1;
  const choices: Choices = { ...given, joined };
  const output =
    square !== undefined && compute.reduce.length === 0
      ? square.order
      : orderOutput(fused, lane, compute, kernel, filters, choices, decide);
  const split: Record<string, readonly Split[]> = {};
  const tile = (axis: Axis, factor: number): void => {
    const unroll: readonly Split[] = factor > 1 ? [{ factor, kind: "unroll" }] : [];
    const lanes: readonly Split[] = axis === lane ? [{ factor: LANES, kind: "vector" }] : [];
    if (unroll.length + lanes.length > 0) split[axis.name] = [...unroll, ...lanes];
  };
  if (compute.reduce.length === 0) {
    const vectors = choices["vectors"] ?? (square === undefined ? joined * POINTWISE_VECTORS : 1);
    if (lane !== undefined) tile(lane, vectorsOf(lane, vectors));
    if (square !== undefined) tile(square.axis, square.row);
  } else {
    tileReduction(output, reduce, unrolled, lane, compute, filters, tile, choices, decide);
  }
  const grouping = { weights: filters, split, fused, isWanted: choices["grouped"] !== 0 };
  const grouped = groupChannels(output, lane, compute, kernel, grouping, decide);
  return {
    ...fusionOf(fused),
    split,
    ...grouped.said,
    order: [...grouped.axes, ...reduce].map((axis) => axis.name),
    lanes: lane === undefined ? 1 : LANES,
    ...(square === undefined ? {} : { turnSquares: true }),
    ...(joined > 1 ? { pairs: true } : {}),
    ...(choices["parts"] === 0 ? {} : partsOf(compute, reduce, split)),
    ...(parks(compute, kernel, lane, places, choices["park"]) ? { park: true } : {}),
  };
}

/**
 * An exponential takes about ten registers. V8 then stores every accumulator in every step of the loop that
 * sums it up: 1×1, 56²: 144→24 with SiLU 17 GFLOP/s, with ReLU 43.
 */
function parks(
  compute: Compute,
  kernel: Kernel,
  lane: Axis | undefined,
  places: Places,
  wanted: number | undefined,
): boolean {
  const { epilogue } = compute;
  if (epilogue === undefined || lane === undefined) return false;
  if (targetStrides(compute, places)(lane.name) !== 1) return false;
  if (parkProblems(compute, kernel, places).length > 0) return false;
  if (wanted !== undefined) return wanted === 1;
  let elementary = false;
  walkExpr(epilogue, (inner) => {
    if (inner.kind === "unary" && isElementary(inner.op)) elementary = true;
  });
  return elementary;
}

function tileReduction(
  output: readonly Axis[],
  reduce: readonly Axis[],
  unrolled: readonly Axis[],
  lane: Axis | undefined,
  compute: Compute,
  packed: ReadonlySet<string>,
  tile: (axis: Axis, factor: number) => void,
  choices: Choices,
  decide: Decide | undefined,
): void {
  const tileOfPixels = (axis: Axis, most: number): void => {
    const size = Math.min(axis.extent, choices["pixels"] ?? bestTile(axis.extent, most));
    decide?.(tileDecision(axis, most, size));
    tile(axis, size);
  };
  const pixels = [...output].reverse().find((axis) => axis !== lane && axis.extent > 1);
  const loads = bodyLoads(compute);
  const reads = (load: Expr, axis: Axis): boolean => exprMentions(load, axis.name);
  // Weights that do not depend on the pixel are read once for a tile of pixels.
  const shared = loads.some(
    (load) => packed.has(load.source) && (pixels === undefined || !reads(load, pixels)),
  );
  const contraction = loads.length > 1 && shared;
  const depthwise = lane !== undefined && loads.every((load) => reads(load, lane));
  const overlap = loads.some(
    (load) =>
      pixels !== undefined && reads(load, pixels) && unrolled.some((axis) => reads(load, axis)),
  );
  if (lane !== undefined && !reduce.includes(lane)) {
    const most = !contraction
      ? pixels === undefined
        ? SUM_VECTORS
        : POOL_VECTORS
      : pixels === undefined
        ? ROW_VECTORS
        : depthwise
          ? 1
          : channelVectors(pixels, lane);
    const vectors = vectorsOf(lane, choices["vectors"] ?? choices["joined"]! * most);
    tile(lane, vectors);
    const within = overlap && !isByteProduct(compute.body) ? WINDOWED : pixelsOf(compute);
    if (pixels !== undefined && contraction)
      tileOfPixels(pixels, vectors <= choices["joined"]! ? COLUMNS : within);
  } else if (lane !== undefined) {
    const few = choices["few"] === 0 ? undefined : fewChannels(output, pixels, loads);
    tile(lane, few === undefined ? 1 : vectorsOf(lane, few.vectors));
    if (few !== undefined) tile(few.channels, few.channels.extent);
    if (pixels !== undefined) tileOfPixels(pixels, few?.pixels ?? 4);
  }
  for (const axis of unrolled) tile(axis, axis.extent);
  const innermost = reduce.filter(({ extent }) => extent > 1).at(-1);
  if (unrolled.length > 0 || innermost === undefined || innermost === lane) return;
  if (contraction && !depthwise && pixels !== undefined)
    tile(innermost, Math.min(innermost.extent, choices["steps"] ?? STEPS));
}

/** Short reduce axes from the innermost out. */
function unrolledAxes(reduce: readonly Axis[], lane: Axis | undefined, limit: number): Axis[] {
  const unrolled: Axis[] = [];
  let left = limit;
  for (const axis of [...reduce].reverse()) {
    if (axis.extent > Math.min(left, LONGEST_UNROLLED) || axis === lane) break;
    if (axis.extent > 1) unrolled.push(axis);
    left = Math.floor(left / axis.extent);
  }
  return unrolled;
}

function vectorsOf({ extent }: Axis, most: number): number {
  return Math.min(most, Math.ceil(extent / LANES));
}
