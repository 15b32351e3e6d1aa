/** Whether Winograd's algorithm takes less time than the windows themselves, and in which blocks. */
import type { Compute, UnaryOp } from "../../compute/ir.js";
import { walkExpr } from "../../compute/walk.js";
import type { LayoutChoices } from "../layout/choices.js";
import type { Blocking } from "./blocking.js";
import { TAPS, type Outputs } from "./tables.js";
import type { Windowed } from "./window.js";

/** `f2` and `f4` take one of them wherever there are windows, `auto` what takes the least time. */
export type WinogradMode = "off" | "f2" | "f4" | "auto";

export const WINOGRAD_MODES: readonly WinogradMode[] = ["off", "f2", "f4", "auto"];

/** Transforms of so many bytes stay in the second-level cache while weights go by. */
const BLOCK_BYTES = 288 * 1024;
/** Rows of a matrix product that fill the registers of every target. */
const FULL_ROWS = 4;
/** Of the time of the windows themselves: what is not clearly faster has larger errors for nothing. */
const WORTH = 0.9;
/** Multiply-adds in the time that it takes to transform one element of a tile, there or back: loads and stores, mostly. */
const TRANSFORM = 9;
/** The same for a byte of weights that the second-level cache does not hold. */
const STREAM = 0.4;

const ROUNDING: ReadonlySet<UnaryOp> = new Set<UnaryOp>(["floor", "ceil", "trunc", "round"]);

/** The fastest blocks, or undefined where the windows themselves are. */
export function chooseBlocking(
  windowed: Windowed,
  mode: WinogradMode,
  { channelBlock, memoryCost }: LayoutChoices,
): Blocking | undefined {
  const kinds: readonly Outputs[] = mode === "f2" ? [2] : mode === "f4" ? [4] : [4, 2];
  const channels = largestDivisor(windowed.outputs.extent, channelBlock);
  const possible = kinds.filter((outputs) => staysInside(windowed, outputs));
  const candidates = possible.map((outputs) => {
    const tiles = tilesOfBlock(windowed, outputs);
    return { outputs, tiles, channels };
  });
  if (mode !== "auto") return candidates[0];
  if (rounds(windowed.compute)) return undefined;
  let best: Blocking | undefined;
  let least = WORTH * directCost(windowed, memoryCost);
  for (const blocking of candidates) {
    const cost = winogradCost(windowed, blocking, memoryCost);
    if (cost < least) [best, least] = [blocking, cost];
  }
  return best;
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
function staysInside({ slides, x: { boundary } }: Windowed, outputs: Outputs): boolean {
  if (boundary === undefined || boundary.mode === "constant") return true;
  return slides.every(({ out }) => out.extent % outputs === 0);
}

function largestDivisor(extent: number, most: number): number {
  for (let divisor = Math.min(extent, most); divisor > 1; divisor--)
    if (extent % divisor === 0) return divisor;
  return 1;
}

/** As many as stay in the cache, and at least a full tile of rows. */
function tilesOfBlock({ slides, inputs }: Windowed, outputs: Outputs): number {
  const [along, across] = tilesAlong(slides, outputs);
  const bytes = 4 * pointCount(slides, outputs) * across * inputs.extent;
  const wanted = Math.max(Math.floor(BLOCK_BYTES / bytes), Math.ceil(FULL_ROWS / across));
  return Math.min(along, wanted);
}

function tilesAlong(slides: Windowed["slides"], outputs: Outputs): readonly [number, number] {
  const [along, across = 1] = slides.map(({ out }) => Math.ceil(out.extent / outputs));
  return [along!, across];
}

function pointCount(slides: Windowed["slides"], outputs: Outputs): number {
  return (outputs + TAPS - 1) ** slides.length;
}

/** In multiply-adds, for one image and one group. */
function directCost({ slides, inputs, outputs }: Windowed, memoryCost: number): number {
  const taps = TAPS ** slides.length;
  const pixels = slides.reduce((product, { out }) => product * out.extent, 1);
  const pairs = taps * inputs.extent * outputs.extent;
  return pixels * pairs + 4 * pairs * memoryCost;
}

function winogradCost(windowed: Windowed, blocking: Blocking, memoryCost: number): number {
  const { slides, inputs, outputs } = windowed;
  const points = pointCount(slides, blocking.outputs);
  const [along, across] = tilesAlong(slides, blocking.outputs);
  const pairs = points * inputs.extent * outputs.extent;
  const blocks = Math.ceil(along / blocking.tiles);
  const rows = Math.min(1, (blocking.tiles * across) / FULL_ROWS);
  const product = (along * across * pairs) / rows;
  const transforms = TRANSFORM * points * along * across * (inputs.extent + outputs.extent);
  const weights = 4 * pairs * (memoryCost + STREAM * (blocks - 1));
  return product + transforms + weights;
}
