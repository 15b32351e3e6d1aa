/** Chooses the axis that runs over vector lanes: the one along which the fewest accesses need a lane each. */
import { exprMentions, mentions } from "../../compute/walk.js";
import { allLoads, constantSources } from "../../compute/loads.js";
import { accessesOf } from "../../place/accesses.js";
import { laneStride, type Access } from "../../place/access.js";
import type { Places } from "../../place/place.js";
import type { Axis, Compute, Expr, Kernel } from "../../compute/ir.js";
import { decisionOf, type Candidate, type Decide } from "../../schedule/decision.js";
import { bodyLoads, bodyReads } from "../../schedule/loops.js";
import { turnsTo } from "./squares.js";

export const LANES = 4;
/** Vectors of channels in a tile of a contraction: a tile of 6 pixels has 12 accumulators, 2 operands and a splat. */
export const CHANNEL_VECTORS = 2;

/** What an access costs: one instruction for a vector or a splat, one and a shuffle a lane otherwise. */
const WHOLE = 1;
const LANE_BY_LANE = 5;
/** In squares: a vector and two shuffles; stores are one a cycle, loads two. */
const TURNED_LOAD = 2;
const TURNED_STORE = 3;
/** A splat that no second vector in the tile shares. */
const UNSHARED = 2;
/** Joining the lanes of a vector of partial results. */
const FOLD = 7;

/**
 * An output axis, a reduce axis (its lanes are folded once), or none where scalars are cheaper; `rank` 1 is the
 * second best.
 */
export function chooseVectorAxis(
  compute: Compute,
  kernel: Kernel,
  places: Places,
  packed: (source: string) => boolean,
  rank = 0,
  decide?: Decide,
): Axis | undefined {
  const costs = costOf(compute, kernel, places, packed);
  const ranked = [
    { axis: undefined, cost: costs.scalar },
    ...[...compute.axes].reverse().map((axis) => ({ axis, cost: costs.output(axis) })),
    ...[...compute.reduce].reverse().map((axis) => ({ axis, cost: costs.reduce(axis) })),
  ].sort((a, b) => a.cost - b.cost);
  const { axis } = ranked[Math.min(rank, ranked.length - 1)]!;
  const named = ranked.map(({ axis, cost }): Candidate => [axis?.name ?? "none", cost]);
  decide?.(decisionOf("axis over lanes", "instructions an element", named, axis?.name ?? "none"));
  return axis;
}

/** Constants that will be packed for the loops of a reduction: read by one load of its body. */
export function packedSources(compute: Compute, kernel: Kernel): ReadonlySet<string> {
  if (compute.reduce.length === 0) return new Set();
  const constants = constantSources(kernel);
  return new Set(
    bodyLoads(compute).flatMap(({ source }) => (constants.has(source) ? [source] : [])),
  );
}

/** What a reduction reads in whole vectors along an output axis, wherever it lies. */
export function readInVectors(
  compute: Compute,
  kernel: Kernel,
  places: Places,
  axis: Axis | undefined,
): ReadonlySet<string> {
  if (axis === undefined || !compute.axes.includes(axis)) return new Set();
  const accesses = accessesOf(kernel, compute, places);
  const loads = bodyLoads(compute);
  const inVectors = loads.filter((load) => {
    const access = accesses.access(load);
    return access !== undefined && laneStride(access, axis.name) === 1;
  });
  return new Set(inVectors.map(({ source }) => source));
}

interface Costs {
  /** Instructions for one element of the target, without arithmetic. */
  readonly scalar: number;
  output(axis: Axis): number;
  reduce(axis: Axis): number;
}

function costOf(
  compute: Compute,
  kernel: Kernel,
  places: Places,
  packed: (source: string) => boolean,
): Costs {
  const accesses = accessesOf(kernel, compute, places);
  const terms = compute.reduce.reduce((product, { extent }) => product * extent, 1);
  const inBody = bodyReads(compute);
  const around = allLoads(compute).filter((load) => !inBody.includes(load));
  const turned = (access: Access, lanes: string): boolean =>
    compute.axes.some((axis) => turnsTo(access, lanes, axis));
  const along = (load: Expr, axis: string): number => {
    if (load.kind === "index") return mentions(load.index, axis) ? LANE_BY_LANE : 0;
    if (load.kind !== "load") return 0;
    const access = accesses.access(load);
    const whole = load.index.every((index) =>
      index.terms.every(({ of }) => typeof of === "string" || !exprMentions(of.value, axis)),
    );
    if (access === undefined || (packed(load.source) && whole)) return WHOLE;
    const stride = laneStride(access, axis);
    if (stride === 0 || stride === 1) return WHOLE;
    const inTerms = compute.reduce.length > 0 && inBody.includes(load);
    return !inTerms && turned(access, axis) ? TURNED_LOAD : LANE_BY_LANE;
  };
  const inTerm = (load: Expr, { name, extent }: Axis): number => {
    const cost = along(load, name);
    const shared = extent > LANES || load.kind !== "load" || exprMentions(load, name);
    return shared ? cost : UNSHARED * cost;
  };
  const sum = (loads: readonly Expr[], axis: string): number =>
    loads.reduce((total, load) => total + along(load, axis), 0);
  const store = (axis: string): number => {
    const { target } = accesses;
    if (target === undefined || laneStride(target, axis) === 1) return WHOLE;
    return turned(target, axis) ? TURNED_STORE : LANE_BY_LANE;
  };
  const lanesUsed = ({ extent }: Axis): number => extent / Math.ceil(extent / LANES);
  const scalar = terms * (inBody.length + 1) + around.length + 1;
  return {
    scalar,
    output: (axis) => {
      const term = inBody.reduce((total, load) => total + inTerm(load, axis), 1);
      return (terms * term + sum(around, axis.name) + store(axis.name)) / lanesUsed(axis);
    },
    reduce: (axis) =>
      (terms * (sum(inBody, axis.name) + 1)) / lanesUsed(axis) + around.length + 1 + FOLD,
  };
}
