/** Finds small maps whose rows make poor tiles: 7 pixels are 4 and 3, but 49 are nine times 5 and 4. */
import { exprMentions } from "../../compute/walk.js";
import type { Axis, Compute, Kernel } from "../../compute/ir.js";
import { canFuse, canMerge } from "../../place/accesses.js";
import type { Places } from "../../place/place.js";
import { decisionOf, type Decide } from "../../schedule/decision.js";
import { bodyLoads, fuseGroup, type Fused } from "../../schedule/loops.js";
import { rowsCost } from "../../schedule/rows.js";
import { CACHED, bytesRead, STREAMED } from "./outputOrder.js";

/** What tiles have to gain by it. Where rows lie apart, their ends are computed for each pixel of a tile. */
const WORTH = 1.04;

const [WITHIN, ACROSS] = ["within rows", "across rows"];

/**
 * The pixels of a contraction as one loop, though there is room between their rows in what it reads or writes;
 * undefined where tiles of `most` pixels within rows are as good, or share what they read.
 */
export function fuseRows(
  output: readonly Axis[],
  vector: Axis | undefined,
  compute: Compute,
  kernel: Kernel,
  places: Places,
  weights: ReadonlySet<string>,
  unrolled: readonly Axis[],
  most: number,
  decide?: Decide,
): Fused | undefined {
  if (vector === undefined || !output.includes(vector)) return undefined;
  const loads = bodyLoads(compute);
  const ofWeights = loads.filter(({ source }) => weights.has(source));
  const others = loads.filter((load) => !ofWeights.includes(load));
  const reads = (load: (typeof loads)[number], axes: readonly Axis[]): boolean =>
    axes.some((axis) => exprMentions(load, axis.name));
  const rows = output.filter(
    (axis) => axis !== vector && axis.extent > 1 && !ofWeights.some((load) => reads(load, [axis])),
  );
  const isContraction = ofWeights.length > 0 && !others.some((load) => reads(load, [vector]));
  const overlap = others.some((load) => reads(load, rows) && reads(load, unrolled));
  if (!isContraction || overlap || rows.length < 2) return undefined;
  const bytes = bytesRead(compute, kernel, weights);
  // What does not stay in the second-level cache is read a row at a time, for all channels.
  if (bytes.input > 2 * CACHED && bytes.weights <= STREAMED) return undefined;
  const pixels = rows.reduce((product, { extent }) => product * extent, 1);
  const inRow = rows.at(-1)!.extent;
  const [within, across] = [(pixels / inRow) * rowsCost(inRow, most), rowsCost(pixels, most)];
  const tell = (chosen: string): void =>
    decide?.(
      decisionOf(
        "tiles of pixels",
        "pixels at full speed",
        [
          [WITHIN, within],
          [ACROSS, across],
        ],
        chosen,
      ),
    );
  if (within < WORTH * across) {
    tell(WITHIN);
    return undefined;
  }
  const names = rows.map(({ name }) => name);
  if (!canFuse(kernel, compute, places, names) || canMerge(kernel, compute, places, names))
    return undefined;
  tell(ACROSS);
  return fuseGroup(output, rows, vector, compute, kernel);
}
