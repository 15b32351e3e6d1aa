/**
 * Chooses where few pixels go by for some channels at a time, tile by tile, with all of those channels for each: their
 * weights, which in a whole run come from far away, are then read in one long run by the first tile of pixels, ahead
 * of which processors fetch, and by the others from the second-level cache. Eight channels at a time are short runs.
 */
import type { Axis, Compute, Kernel } from "../../compute/ir.js";
import { exprMentions } from "../../compute/walk.js";
import type { Decide } from "../../schedule/decision.js";
import { bodyLoads, type Fused } from "../../schedule/loops.js";
import { tileOf, type Schedule } from "../../schedule/schedule.js";
import { bytesRead, weightsAlong } from "./outputOrder.js";

/** Bytes of a group: MobileNetV2 is 1.018 times as fast with 64 KB, 1.023 with 128, 1.03 with 192 to 384. */
const GROUP = 192 * 1024;
/** Bytes of weights that are as well read at once. */
const FEW = 128 * 1024;
/** Of more tiles of pixels the first one is little: GoogLeNet takes 1.01 times as long with groups for all. */
const MOST_TILES = 200;

interface Grouping {
  /** What is packed. */
  readonly weights: ReadonlySet<string>;
  readonly split: Schedule["split"];
  /** What axes of `output` are made of. */
  readonly fused: Pick<Fused, "name" | "group">;
  readonly isWanted: boolean;
}

/** The order of loops over what a kernel writes, and what a schedule says where channels are in groups. */
export function groupChannels(
  output: readonly Axis[],
  lane: Axis | undefined,
  compute: Compute,
  kernel: Kernel,
  { weights, split, fused, isWanted }: Grouping,
  decide?: Decide,
): { readonly axes: readonly Axis[]; readonly said: Pick<Schedule, "grouped"> } {
  const none = { axes: output, said: {} };
  if (lane === undefined || !output.includes(lane) || compute.reduce.length === 0 || !isWanted)
    return none;
  // What is read again for other channels: not in a depthwise layer.
  const isProduct = bodyLoads(compute).some((load) => !exprMentions(load, lane.name));
  const bytes = bytesRead(compute, kernel, weights).weights;
  const pixels = output.filter((axis) => axis !== lane);
  const tilesAlong = (axes: readonly Axis[]): number =>
    axes.reduce(
      (product, { name, extent }) => product * Math.ceil(extent / tileOf({ split }, name)),
      1,
    );
  const tiles = tilesAlong(pixels);
  // What has weights of its own reads none of them again.
  const again = tilesAlong(pixels.filter((axis) => !weightsAlong(axis, fused, compute, weights)));
  if (!isProduct || bytes <= FEW || again < 2 || tiles > MOST_TILES) return none;
  const most = GROUP / (bytes / lane.extent);
  const elements = groupSize(lane.extent, tileOf({ split }, lane.name), most);
  if (elements === undefined) return none;
  decide?.({
    what: "groups of channels",
    chosen: `${elements} of ${lane.extent}`,
    candidates: [],
    because: `${tiles} tiles of pixels read their weights, which are at most ${GROUP} bytes`,
  });
  return { axes: [...pixels, lane], said: { grouped: { axis: lane.name, elements } } };
}

/** The most elements up to some that are several tiles and make up an extent that is more. */
function groupSize(extent: number, tile: number, most: number): number | undefined {
  for (let size = tile * Math.floor(most / tile); size > tile; size -= tile)
    if (extent % size === 0) return size < extent ? size : undefined;
  return undefined;
}
