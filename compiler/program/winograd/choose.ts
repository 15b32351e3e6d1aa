/** Whether Winograd's algorithm takes less time than the windows themselves, in which tiles and in which blocks. */
import type { Compute, UnaryOp } from "../../compute/ir.js";
import { walkExpr } from "../../compute/walk.js";
import { decisionOf, type Decide } from "../../schedule/decision.js";
import { FULL_TILE } from "../../schedule/rows.js";
import type { LayoutChoices } from "../layout/choices.js";
import { factorsOf, type Blocking } from "./blocking.js";
import { directCost, errorsOf, product, STREAM, tilesOf, winogradCost } from "./cost.js";
import { GATHERED } from "./gather.js";
import { fitsIntegers, summedAxis } from "./integers.js";
import { filteringsOf, pointsOf, type Filtering } from "./tables.js";
import type { Windowed } from "./window.js";

/**
 * `f2` takes four points along each dimension wherever there are windows (tiles of 2×2 for windows of 3×3), `f4` more
 * (4×4, mostly), both what takes the least time of that; `auto` what takes the least time of all.
 */
export type WinogradMode = "off" | "f2" | "f4" | "auto";

export const WINOGRAD_MODES: readonly WinogradMode[] = ["off", "f2", "f4", "auto"];

/**
 * Runs of output channels, at most, where a block is one tile of registers: weights come from memory for each of those,
 * and transforms that were read before behind them (7²×512 on one thread: 1.52 ms in one run, 1.57 in two, 1.7 in four,
 * 2.0 in eight). With two blocks two runs are four pieces, and a thread that is held up costs a quarter of the kernel.
 */
const FEW_RUNS = 4;
/**
 * Bytes of a part of a sum, of all tiles of a block and of the weights of a block of output channels, that leave the tiles
 * in a first-level cache of 32 KB for the next weights, of which each goes by once: with 14 KB parts gain nothing, with
 * 21.5 they take 0.79 of the time.
 */
const NEAR = 20 * 1024;
/** Steps of a shorter part would be less than what its sums cost. */
const FEWEST_STEPS = 64;
/** How much larger errors may become: those of a layer stay below 5e-5 of the root mean square of its output. */
const MOST_AMPLIFIED = 12.1;
/** The same where phases are channels: of first layers, whose errors go through all that follows. */
const MOST_OF_GATHERED = 9.2;
/** What is not clearly faster has larger errors for nothing: of the time of the windows themselves, */
const WORTH = 0.9;
/** phases of windows, whose weights are up to four times as many and come from memory in every run, of the same, */
const SPLIT = 0.7;
/** Multiply-adds in the time that it takes to gather an element from an image. */
const GATHER = 6;

/** What is computed as the layer says it. */
const WINDOWS = "windows as they are";
const UNIT = "multiply-adds of one group";

const ROUNDING: ReadonlySet<UnaryOp> = new Set<UnaryOp>(["floor", "ceil", "trunc", "round"]);

/** The fastest tiles and blocks, of windows in one phase; without them the windows themselves. */
export interface Choice {
  readonly blocking?: Blocking;
  /** In multiply-adds, for one group. */
  readonly cost: number;
}

export function chooseBlocking(
  windowed: Windowed,
  mode: WinogradMode,
  { channelBlock, channelRuns = 1, memoryCost }: LayoutChoices,
  decide?: Decide,
): Choice {
  const direct = directCost(windowed, memoryCost);
  const isExact = windowed.integers !== undefined;
  if (mode === "auto" && !isExact && rounds(windowed.compute)) return { cost: direct };
  const channels = largestDivisor(windowed.outputs.extent, channelBlock);
  const blocks = windowed.outputs.extent / channels;
  let best: Blocking | undefined;
  let least = mode === "auto" ? WORTH * direct : Infinity;
  const costs = new Map([[WINDOWS, direct]]);
  for (const filterings of candidates(windowed, mode))
    for (const tiles of blocksOf(windowed, filterings)) {
      const blocking = { filterings, ...tiles, channels, together: blocks, parts: 1 };
      const cost = winogradCost(windowed, blocking, memoryCost);
      const name = algorithmName(windowed, blocking);
      costs.set(name, Math.min(cost, costs.get(name) ?? Infinity));
      if (cost < least) [best, least] = [blocking, cost];
    }
  const chosen = best === undefined ? WINDOWS : algorithmName(windowed, best);
  decide?.(decisionOf("algorithm", UNIT, [...costs], chosen, ruleOf(mode, WORTH)));
  if (best === undefined) return { cost: direct };
  // Nothing else is chosen by runs: code that threads share has the bits of code that they do not.
  const tiles = tilesOf(windowed.dims, best.filterings);
  const inside = best.tiles * product(tiles.slice(best.blocked + 1));
  const most = inside <= FULL_TILE ? FEW_RUNS : channelRuns;
  // Of one block threads share the products at each point.
  const runs = inside === product(tiles) ? 1 : Math.min(most, channelRuns);
  const together = largestDivisor(blocks, Math.ceil(blocks / runs));
  const parts = sumParts(windowed, inside, channels);
  return { blocking: { ...best, together, parts }, cost: least };
}

/** Windows that move by several of their taps: as they are, a kernel for each phase, or all phases as channels. */
export type PhaseChoice = "windows" | "split" | "gathered";

/** What takes the least time; with `f2` and `f4` of what has tiles. */
export function choosePhases(
  whole: Windowed,
  split: readonly Windowed[],
  gathered: Windowed | undefined,
  mode: WinogradMode,
  target: LayoutChoices,
  decide?: Decide,
): PhaseChoice {
  const outputs = product(whole.dims.map(({ out }) => out.extent));
  const between = 2 * 4 * STREAM * outputs * whole.outputs.extent;
  const direct = directCost(whole, target.memoryCost);
  const options: [PhaseChoice, string, number][] = [["windows", WINDOWS, direct]];
  const consider = (
    choice: PhaseChoice,
    name: string,
    parts: readonly Windowed[],
    more: number,
  ) => {
    const choices = parts.map((part) => chooseBlocking(part, mode, target));
    if (choices.every(({ blocking }) => blocking === undefined)) return;
    options.push([choice, name, choices.reduce((sum, { cost }) => sum + cost, more)]);
  };
  consider("split", `${split.length} phases`, split, between * (split.length - 1));
  if (gathered !== undefined)
    consider("gathered", GATHERED, [gathered], GATHER * outputs * gathered.inputs.extent);
  if (options.length === 1) return "windows";
  const least = mode === "auto" ? SPLIT * direct : Infinity;
  const [best] = options.slice(1).sort(([, , a], [, , b]) => a - b);
  const [choice, chosen] = best![2] < least ? best! : options[0]!;
  const costs = options.map(([, name, cost]) => [name, cost] as const);
  decide?.(decisionOf("phases", UNIT, costs, chosen, ruleOf(mode, SPLIT)));
  return choice;
}

function ruleOf(mode: WinogradMode, share: number): string {
  if (mode !== "auto") return `${mode} was asked for`;
  return `anything else has to take less than ${100 * share} % of ${WINDOWS}`;
}

/** Ways to tile all dimensions that keep errors in their bounds and read nothing that windows must not. */
function candidates(windowed: Windowed, mode: WinogradMode): readonly (readonly Filtering[])[] {
  const isWanted = (filtering: Filtering): boolean =>
    mode === "auto" || filtering.taps === 1 || pointsOf(filtering) <= 4 === (mode === "f2");
  let found: readonly (readonly Filtering[])[] = [[]];
  const { integers } = windowed;
  for (const { tap } of windowed.dims) {
    const own = filteringsOf(tap?.extent ?? 1, factorsOf(windowed).factors).filter(isWanted);
    found = found.flatMap((before) => own.map((one) => [...before, one]));
  }
  const most = windowed.isGathered === true ? MOST_OF_GATHERED : MOST_AMPLIFIED;
  const isGood = (one: readonly Filtering[]): boolean =>
    integers === undefined ? errorsOf(one) <= most : fitsIntegers(one, integers);
  return found.filter((one) => isGood(one) && staysInside(windowed, one));
}

/** "winograd F(4×4, 3×3)" */
export function algorithmName(
  { dims }: Windowed,
  { filterings }: Pick<Blocking, "filterings">,
): string {
  const sliding = filterings.filter((_, d) => dims[d]!.tap !== undefined);
  const sizes = (of: (filtering: Filtering) => number): string => sliding.map(of).join("×");
  return `winograd F(${sizes(({ outputs }) => outputs)}, ${sizes(({ taps }) => taps)})`;
}

/** Whether sums become integers: errors that are larger by little would now and then be a whole step. */
function rounds({ epilogue }: Compute): boolean {
  let found = false;
  if (epilogue !== undefined)
    walkExpr(epilogue, (inner) => {
      found ||= inner.kind === "unary" && ROUNDING.has(inner.op);
      found ||= inner.kind === "cast" && inner.dtype !== "f32" && inner.operand.dtype === "f32";
    });
  return found;
}

/** Tiles that the edge cuts off read further than windows do, where reflection, say, may not reach. */
function staysInside(
  { dims, x: { boundary } }: Windowed,
  filterings: readonly Filtering[],
): boolean {
  if (boundary === undefined || boundary.mode === "constant") return true;
  return dims.every(({ out }, d) => out.extent % filterings[d]!.outputs === 0);
}

/** In how many parts what products are summed up along is taken, for so many tiles in a block and channels in one. */
function sumParts(windowed: Windowed, tiles: number, channels: number): number {
  const { extent } = summedAxis(windowed);
  const steps = largestDivisor(extent, Math.floor(NEAR / (4 * (tiles + channels))));
  return steps < FEWEST_STEPS ? 1 : extent / steps;
}

function largestDivisor(extent: number, most: number): number {
  for (let divisor = Math.min(extent, most); divisor > 1; divisor--)
    if (extent % divisor === 0) return divisor;
  return 1;
}

/** All ways to cut tiles into blocks: along the first dimension that windows slide along, or one before it. */
function blocksOf(
  { dims }: Windowed,
  filterings: readonly Filtering[],
): readonly Pick<Blocking, "blocked" | "tiles">[] {
  const first = dims.findIndex(({ tap }) => tap !== undefined);
  return tilesOf(dims, filterings)
    .slice(0, first + 1)
    .flatMap((most, blocked) => {
      const isWhole = blocked < first && most === 1;
      const count = isWhole ? 0 : most;
      return Array.from({ length: count }, (_, i) => ({ blocked, tiles: i + 1 }));
    });
}
