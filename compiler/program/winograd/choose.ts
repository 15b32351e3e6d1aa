/** Whether Winograd's algorithm takes less time than the windows themselves, in which tiles and in which blocks. */
import type { Compute, UnaryOp } from "../../compute/ir.js";
import { walkExpr } from "../../compute/walk.js";
import { decisionOf, type Decide } from "../../schedule/decision.js";
import { bestTile, FULL_TILE, rowsCost } from "../../schedule/rows.js";
import type { LayoutChoices } from "../layout/choices.js";
import type { Blocking } from "./blocking.js";
import { GATHERED } from "./gather.js";
import { amplification, filteringsOf, pointsOf, type Filtering } from "./tables.js";
import type { Windowed } from "./window.js";

/**
 * `f2` takes four points along each dimension wherever there are windows (tiles of 2×2 for windows of 3×3), `f4` more
 * (4×4, mostly), both what takes the least time of that; `auto` what takes the least time of all.
 */
export type WinogradMode = "off" | "f2" | "f4" | "auto";

export const WINOGRAD_MODES: readonly WinogradMode[] = ["off", "f2", "f4", "auto"];

/** Bytes that stay in the second-level cache, of transforms and products, while weights go by. */
const HELD = 512 * 1024;
/**
 * Runs of output channels, at most, where a block is one tile of registers: weights come from memory for each of those, and
 * transforms that were read before behind them (7²×512: 1.52 ms in one run, 1.57 in two, 1.7 in four, 2.0 in eight).
 */
const FEW_RUNS = 2;
/** How much larger errors may become: those of a layer stay below 5e-5 of the root mean square of its output. */
const MOST_AMPLIFIED = 12.1;
/** The same where phases are channels: of first layers, whose errors go through all that follows. */
const MOST_OF_GATHERED = 9.2;
/** What is not clearly faster has larger errors for nothing: of the time of the windows themselves, */
const WORTH = 0.9;
/** phases of windows, whose weights are up to four times as many and come from memory in every run, of the same, */
const SPLIT = 0.7;
/** and more time that errors as large as theirs are worth, of tiles. */
const RISK = 0.01;
/** Multiply-adds in the time that it takes to transform one element of a tile, there or back: loads and stores, mostly. */
const TRANSFORM = 9;
/** The same for an element that is gathered from an image before. */
const GATHER = 6;
/** The same for a byte that the second-level cache does not hold, but the third-level one may. */
const STREAM = 0.4;

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
  if (mode === "auto" && rounds(windowed.compute)) return { cost: direct };
  const channels = largestDivisor(windowed.outputs.extent, channelBlock);
  const blocks = windowed.outputs.extent / channels;
  let best: Blocking | undefined;
  let least = mode === "auto" ? WORTH * direct : Infinity;
  const costs = new Map([[WINDOWS, direct]]);
  for (const filterings of candidates(windowed, mode))
    for (const tiles of blocksOf(windowed, filterings)) {
      const blocking = { filterings, ...tiles, channels, together: blocks };
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
  return { blocking: { ...best, together }, cost: least };
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
  for (const { tap } of windowed.dims) {
    const own = filteringsOf(tap?.extent ?? 1).filter(isWanted);
    found = found.flatMap((before) => own.map((one) => [...before, one]));
  }
  const most = windowed.isGathered === true ? MOST_OF_GATHERED : MOST_AMPLIFIED;
  return found.filter((one) => errorsOf(one) <= most && staysInside(windowed, one));
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

function errorsOf(filterings: readonly Filtering[]): number {
  return product(filterings.map(amplification));
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

function tilesOf(dims: Windowed["dims"], filterings: readonly Filtering[]): readonly number[] {
  return dims.map(({ out }, d) => Math.ceil(out.extent / filterings[d]!.outputs));
}

function product(factors: readonly number[]): number {
  return factors.reduce((all, one) => all * one, 1);
}

/** In multiply-adds, for one group. */
function directCost({ dims, inputs, outputs }: Windowed, memoryCost: number): number {
  const taps = product(dims.map(({ tap }) => tap?.extent ?? 1));
  const pairs = taps * inputs.extent * outputs.extent;
  return product(dims.map(({ out }) => out.extent)) * pairs + 4 * pairs * memoryCost;
}

function winogradCost(windowed: Windowed, blocking: Blocking, memoryCost: number): number {
  const { dims, inputs, outputs } = windowed;
  const { filterings, blocked } = blocking;
  const points = product(filterings.map(pointsOf));
  const tiles = tilesOf(dims, filterings);
  const pairs = points * inputs.extent * outputs.extent;
  const [before, inside] = [product(tiles.slice(0, blocked)), product(tiles.slice(blocked + 1))];
  const whole = Math.floor(tiles[blocked]! / blocking.tiles);
  const rest = (tiles[blocked]! % blocking.tiles) * inside;
  const rows = blocking.tiles * inside;
  const blocks = before * (whole * blockCost(rows, STREAM) + blockCost(rest, STREAM));
  const first = blockCost(rows, memoryCost) - blockCost(rows, STREAM);
  const transforms = TRANSFORM * points * product(tiles) * (inputs.extent + outputs.extent);
  // Transforms and products that do not stay are read once more.
  const bytes = 4 * points * (inputs.extent + outputs.extent);
  const missed = bytes * rows <= HELD ? 0 : STREAM * bytes * product(tiles);
  const time = (blocks + first) * pairs + transforms + missed;
  return time * (1 + RISK * errorsOf(filterings));
}

/** The products of so many rows by a number of f32 weights each of whose bytes costs as much: they come while the first rows are computed. */
function blockCost(rows: number, byteCost: number): number {
  const first = rowsCost(bestTile(rows, FULL_TILE));
  return rowsCost(rows) + Math.max(0, rows === 0 ? 0 : 4 * byteCost - first);
}
