/** What windows take as they are and by Winograd's algorithm, in multiply-adds of f32: by its rates, measured roughly. */
import { bestTile, FULL_TILE, rowsCost } from "../../schedule/rows.js";
import type { Blocking } from "./blocking.js";
import { summedAxis } from "./integers.js";
import { amplification, pointsOf, type Filtering } from "./tables.js";
import type { Windowed } from "./window.js";

/** Bytes that stay in the second-level cache, of transforms and products, while weights go by. */
const HELD = 512 * 1024;
/** What errors as large as those of windows are worth of the time, of tiles. */
const RISK = 0.01;
/** What is multiplied: of f32 and of words of two integers. */
interface Rates {
  /** Rows of a tile, and multiply-adds of f32 in the time of a product, where there are as many. */
  readonly rows: number;
  readonly product: number;
  /** Multiply-adds in the time that it takes to transform one element of a tile, there or back: loads and stores, mostly. */
  readonly transform: number;
}

const FLOATS: Rates = { rows: FULL_TILE, product: 1, transform: 9 };
const WORDS: Rates = { rows: 4, product: 1.1, transform: 18 };
/** The same for a byte that the second-level cache does not hold, but the third-level one may. */
export const STREAM = 0.4;
/** Products of integers two by two along windows, in the time of a multiply-add of f32. */
const NARROW = 1.45;

export function errorsOf(filterings: readonly Filtering[]): number {
  return product(filterings.map(amplification));
}

export function tilesOf(
  dims: Windowed["dims"],
  filterings: readonly Filtering[],
): readonly number[] {
  return dims.map(({ out }, d) => Math.ceil(out.extent / filterings[d]!.outputs));
}

export function product(factors: readonly number[]): number {
  return factors.reduce((all, one) => all * one, 1);
}

/** In multiply-adds, for one group. */
export function directCost(
  { dims, inputs, outputs, integers }: Windowed,
  memoryCost: number,
): number {
  const taps = product(dims.map(({ tap }) => tap?.extent ?? 1));
  const pairs = taps * inputs.extent * outputs.extent;
  const [time, bytes] = integers === undefined ? [1, 4] : [1 / NARROW, 2];
  return time * product(dims.map(({ out }) => out.extent)) * pairs + bytes * pairs * memoryCost;
}

/** The same by tiles. */
export function winogradCost(windowed: Windowed, blocking: Blocking, memoryCost: number): number {
  const { dims, outputs, integers } = windowed;
  const inputs = summedAxis(windowed);
  const rates = integers === undefined ? FLOATS : WORDS;
  const { filterings, blocked } = blocking;
  const points = product(filterings.map(pointsOf));
  const tiles = tilesOf(dims, filterings);
  const pairs = points * inputs.extent * outputs.extent;
  const [before, inside] = [product(tiles.slice(0, blocked)), product(tiles.slice(blocked + 1))];
  const whole = Math.floor(tiles[blocked]! / blocking.tiles);
  const rest = (tiles[blocked]! % blocking.tiles) * inside;
  const rows = blocking.tiles * inside;
  const blocks = before * (whole * blockCost(rows, STREAM, rates) + blockCost(rest, STREAM, rates));
  const first = blockCost(rows, memoryCost, rates) - blockCost(rows, STREAM, rates);
  const transforms = rates.transform * points * product(tiles) * (inputs.extent + outputs.extent);
  // Transforms and products that do not stay are read once more.
  const bytes = 4 * points * (inputs.extent + outputs.extent);
  const missed = bytes * rows <= HELD ? 0 : STREAM * bytes * product(tiles);
  const time = (blocks + first) * pairs + transforms + missed;
  return integers === undefined ? time * (1 + RISK * errorsOf(filterings)) : time;
}

/** The products of so many rows by a number of weights each of whose bytes costs as much: they come while the first rows are computed. */
function blockCost(rows: number, byteCost: number, { rows: most, product: each }: Rates): number {
  const first = each * rowsCost(bestTile(rows, most), most);
  return each * rowsCost(rows, most) + Math.max(0, rows === 0 ? 0 : 4 * byteCost - first);
}
