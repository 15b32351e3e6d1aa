/** One kernel of a seed under a random schedule and places: lowered, run, and compared with the interpreter. */
import { expect } from "vitest";
import { decomposeKernel } from "../../compiler/meaning/decompose/index.js";
import { interpretKernel } from "../../compiler/meaning/interpret.js";
import { interpretStmt } from "../../compiler/meaning/interpretStmt.js";
import { lowerKernel } from "../../compiler/lower/index.js";
import { canMerge } from "../../compiler/place/accesses.js";
import type { Kernel } from "../../compiler/compute/ir.js";
import { shareTiles } from "../../compiler/loop/share.js";
import type { KernelFunction, Stmt, Value } from "../../compiler/loop/stmt.js";
import { allOperands } from "../../compiler/loop/walk.js";
import { scheduleProblems } from "../../compiler/schedule/verify.js";
import { tileOf, type Schedule } from "../../compiler/schedule/schedule.js";
import { verifyStmt } from "../../compiler/loop/verify.js";
import { rowMajorStrides, type Tensor } from "../../compiler/base/tensor.js";
import { createRandom } from "./random.js";
import { bytesOf, storageOf } from "../../compiler/loop/storage.js";
import { randomStorages, stored } from "./randomStorage.js";
import { randomInputs, randomKernel } from "./randomKernel.js";
import {
  blockedPlace,
  fusedAndParked,
  boundaryWanted,
  randomPlace,
  randomSchedule,
  withDots,
  type RandomPlace,
} from "./randomSchedule.js";
import { runKernel, type Run } from "./runKernel.js";
import { withGroups } from "./randomGroups.js";
import { runShares } from "./threads.js";

/** Seeds of each family that are tried. */
export const SEEDS_PER_FAMILY = 60;

export interface FuzzCase {
  readonly blocked: boolean;
  readonly vector: boolean;
  readonly fused: boolean;
  /** Whether some that are merged lie unevenly. */
  readonly acrossRows: boolean;
  /** With vectors. */
  readonly parked: boolean;
  /** Sums in parts, of which there are several. */
  readonly inParts: boolean;
  /** Some elements of an axis at a time. */
  readonly grouped: boolean;
  /** Several accumulators of one result, and steps that take turns among them. */
  readonly takingTurns: boolean;
  /** Neighbouring vectors that are stored two by two. */
  readonly paired: boolean;
  /** Squares of lanes by copies, read or written as whole vectors. */
  readonly turned: boolean;
  readonly margin: boolean;
  /** In several tiles, of which threads have run shares. */
  readonly parallel: boolean;
  /** Some of it in fewer bits than it is computed with. */
  readonly narrow: boolean;
  /** Products of neighbours added up two by two. */
  readonly dots: boolean;
  /** Temporaries that do not lie row-major. */
  readonly moved: boolean;
  readonly difference: string | undefined;
}

export interface Variation {
  /** What executes the code; the interpreter of Stmt by default. */
  readonly run?: Run;
  /** Special inputs, and the expected bits from the interpreter of Stmt where it rounds every operation. */
  readonly rounding?: true;
  readonly code?: (code: KernelFunction) => KernelFunction;
  readonly staleMargins?: true;
}

/** Lowers the kernel of a seed under a random schedule and places, runs it, and says where it differs. */
export function runFuzzCase(
  seed: number,
  family: string,
  { code: change, staleMargins, run, rounding }: Variation = {},
): FuzzCase {
  const { kernel, exact } = randomKernel(seed, family);
  const random = createRandom(seed * 7919 + 13);
  const drawn = kernel.computes.map((compute) => randomSchedule(compute, random));
  const places = new Map<string, RandomPlace>();
  const add = (source: string, dims: readonly number[]): void => {
    const { fill, reach } = boundaryWanted(source, dims, kernel);
    const blocked = random.chance(0.5) ? blockedPlace(source, dims, kernel, drawn) : undefined;
    places.set(source, blocked ?? randomPlace(dims, random, fill, reach));
  };
  for (const { name, type } of kernel.inputs) add(name, type.dims);
  for (const { name, value } of kernel.constants) add(name, value.type.dims);
  for (const { name, dims } of kernel.temporaries) if (dims.length > 0) add(name, dims);
  add("out", kernel.output.dims);
  const bare = Object.fromEntries([...places].map(([name, { place }]) => [name, place]));
  const schedules = kernel.computes.map((compute, i): Schedule => {
    const schedule = fusedAndParked(drawn[i]!, compute, kernel, bare, random);
    // Only for finite inputs it makes no difference.
    const fold = rounding !== true && kernel.constants.length > 0 && random.chance(0.5);
    const folded: Schedule = fold ? { ...schedule, foldTables: true } : schedule;
    const paired: Schedule =
      folded.lanes > 1 && seed % 3 === 0 ? { ...folded, pairs: true } : folded;
    const byTurns: Schedule =
      compute.reduce.length > 0 && seed % 3 > 0
        ? { ...paired, accumulators: 1 + (seed % 5) }
        : paired;
    const all = family === "bytes" ? withDots(byTurns, compute, kernel, bare, random) : byTurns;
    return withGroups(all, compute, kernel, bare, createRandom(seed * 31 + i));
  });
  schedules.forEach((schedule, i) =>
    expect(scheduleProblems(schedule, kernel.computes[i]!, kernel, bare)).toEqual([]),
  );
  const isEven = ({ fuse = {} }: Schedule, i: number): boolean =>
    Object.values(fuse).every((axes) => canMerge(kernel, kernel.computes[i]!, bare, axes));
  const inputs = randomInputs(kernel, seed, rounding ? "special" : "exact");
  // Targets have no arenas of halves.
  const storages = randomStorages(kernel, schedules, inputs, random, run === undefined);
  for (const { name, type } of [...kernel.inputs, { name: "out", type: kernel.output }])
    if (bytesOf(storageOf(type.dtype)) < 4) storages.set(name, storageOf(type.dtype));
  const plain = lowerKernel(run === undefined ? kernel : decomposeKernel(kernel), {
    summary: "",
    schedules,
    places: bare,
    spaceOf: () => "arena",
    storageOf: (source) => storages.get(source),
  });
  const code = random.chance(0.4)
    ? shareTiles(plain, scratchOf(plain, kernel), random.pick([1, 24]))
    : plain;
  verifyStmt(code);
  const execute = (by?: Run): Tensor["data"] =>
    runKernel(kernel, change?.(code) ?? code, places, inputs, staleMargins !== true, by).data;
  const inThreads: Run = (of, memory, addresses) =>
    of.tiles === undefined
      ? interpretStmt(of, memory, addresses(0), rounding)
      : runShares(of, addresses, random, (own, share) =>
          interpretStmt(of, memory, own, rounding, share),
        );
  const want = rounding
    ? execute(inThreads)
    : stored(interpretKernel(kernel, inputs), storages.get("out")).data;
  const got = execute(run ?? inThreads);
  const slack = storages.get("out") === "f16" ? 2 ** -10 : 1e-5;
  const at = [...want].findIndex(
    (value, i) => !close(Number(value), Number(got[i]), exact || rounding ? 0 : slack),
  );
  return {
    blocked: [...places.values()].some(({ place }) => place.block !== undefined),
    vector: schedules.some(({ lanes }) => lanes > 1),
    fused: schedules.some(({ fuse }) => fuse !== undefined),
    acrossRows: !schedules.every(isEven),
    parked: schedules.some(({ park, lanes }) => park === true && lanes > 1),
    inParts: schedules.some(({ partialSums, order }, i) => {
      const { axes, reduce } = kernel.computes[i]!;
      const axis = reduce.find(({ name }) => name === partialSums?.axis);
      const first = order.find((name) => !axes.some((one) => one.name === name));
      return axis !== undefined && (partialSums!.steps < axis.extent || axis.name !== first);
    }),
    grouped: hasGroups(code.body),
    takingTurns: schedules.some(
      ({ accumulators = 1, split, lanes }, i) =>
        accumulators > 1 &&
        kernel.computes[i]!.reduce.some(
          ({ name, extent }) => Math.min(extent, tileOf({ split }, name)) > lanes,
        ),
    ),
    paired: schedules.some(
      ({ pairs, split, lanes }) =>
        pairs === true &&
        Object.keys(split).some(
          (axis) => split[axis]!.length > 1 && tileOf({ split }, axis) > lanes,
        ),
    ),
    turned: hasShuffle(code.body),
    margin: [...places.values()].some(
      ({ place }) => place.margin?.some(([b, a]) => b + a > 0) === true,
    ),
    parallel: (code.tiles ?? 0) > 1,
    narrow: storages.size > 0,
    dots: schedules.some(({ dots }) => dots === true),
    moved: kernel.temporaries.some(
      ({ name, dims }) =>
        `${bare[name]?.strides ?? rowMajorStrides(dims)}` !== `${rowMajorStrides(dims)}`,
    ),
    difference: at < 0 ? undefined : `element ${at}: ${got[at]} instead of ${want[at]}`,
  };
}

/** The parameters that are temporaries. */
export function scratchOf(code: KernelFunction, { temporaries }: Kernel): ReadonlySet<string> {
  const names = new Set(temporaries.map(({ name }) => name));
  return new Set(code.parameters.flatMap(({ name, source }) => (names.has(source) ? [name] : [])));
}

function hasGroups(body: readonly Stmt[]): boolean {
  return body.some(
    (stmt) => stmt.kind === "for" && (/inside\d*$/.test(stmt.variable) || hasGroups(stmt.body)),
  );
}

function hasShuffle(body: readonly Stmt[]): boolean {
  const seen = new Set<Value>();
  const shuffles = (value: Value): boolean => {
    if (seen.has(value)) return false;
    seen.add(value);
    return value.kind === "shuffle" || allOperands(value).some(shuffles);
  };
  return body.some((stmt) => (stmt.kind === "for" ? hasShuffle(stmt.body) : shuffles(stmt.value)));
}

function close(a: number, b: number, slack: number): boolean {
  if (a === b || (Number.isNaN(a) && Number.isNaN(b))) return true;
  return Math.abs(a - b) <= slack * Math.max(1, Math.abs(a));
}
