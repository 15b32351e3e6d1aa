/** From products at points to the output, one dimension after the other, with what the kernel does to its sums. */
import {
  addIndex,
  axisIndex,
  scaleIndex,
  substituteExpr,
  substituteIndex,
} from "../../compute/affine.js";
import { load, mapCompute, mul } from "../../compute/expr.js";
import type { Axis, Compute, Index } from "../../compute/ir.js";
import { at, inTile, OUTPUT, temporaryOf, type Frame, type Parts } from "./blocking.js";

/** Reads the temporary `products`, in the loops that those are made in. */
export function outputTransform(frame: Frame, scan: readonly Axis[]): Parts {
  const { windowed, points, group, outputs, t, o, nameOf } = frame;
  const [u, v] = points;
  const [, second] = windowed.slides;
  const products = nameOf("products");
  const downs = partsOf(group.tiles, group.last, outputs);
  if (v === undefined || second === undefined) {
    const computes = downs.map((down) =>
      outputPart(frame, scan, [down], { name: products, point: u }),
    );
    return { temporaries: [], computes };
  }
  const columns = nameOf("columns");
  const i = { name: "i", extent: outputs };
  const axes = [i, v, t, o];
  const across = Math.ceil(second.out.extent / outputs);
  const rights = partsOf(across, second.out.extent - (across - 1) * outputs, outputs);
  return {
    temporaries: [temporaryOf(columns, axes)],
    computes: [
      {
        scan,
        target: columns,
        axes,
        reduce: [u],
        combine: "sum",
        body: mul(load(OUTPUT, at(i, u)), load(products, at(u, v, t, o))),
        index: at(...axes),
      },
      ...downs.flatMap((down) =>
        rights.map((right) => outputPart(frame, scan, [down, right], { name: columns, point: v })),
      ),
    ],
  };
}

/** Neighbouring tiles of which the same outputs are there. */
interface Part {
  readonly from: number;
  readonly tiles: number;
  readonly outputs: number;
}

/** The last tile may be cut off. */
function partsOf(tiles: number, last: number, outputs: number): Part[] {
  if (last === outputs) return [{ from: 0, tiles, outputs }];
  const edge = { from: tiles - 1, tiles: 1, outputs: last };
  return tiles === 1 ? [edge] : [{ from: 0, tiles: tiles - 1, outputs }, edge];
}

/** The last sums of some tiles: over the points that are left of a source, [rows of a tile], points, tiles, channels. */
function outputPart(
  frame: Frame,
  scan: readonly Axis[],
  parts: readonly Part[],
  source: { readonly name: string; readonly point: Axis },
): Compute {
  const { windowed, renamed, base, outputs, tw, ob, o } = frame;
  const { compute, slides, outputs: channels } = windowed;
  const tiles = parts.map((part, d) => ({ name: d === 0 ? "th" : "tw", extent: part.tiles }));
  // The innermost is what the last transform yields.
  const inside = parts.map((part, d) => ({
    name: d === parts.length - 1 ? "j" : "i",
    extent: part.outputs,
  }));
  const tile = parts.map(({ from }, d) => addIndex(axisIndex(tiles[d]!), from));
  const places = new Map<string, Index>([
    ...renamed,
    ...slides.map(({ out }, d): [string, Index] => {
      const whole = d === 0 ? addIndex(base, tile[d]!) : tile[d]!;
      return [out.name, inTile(whole, outputs, axisIndex(inside[d]!))];
    }),
    [channels.name, addIndex(scaleIndex(axisIndex(ob), o.extent), axisIndex(o))],
  ]);
  const own = mapCompute(compute, (expr) => substituteExpr(expr, places));
  const [row, column] = tile as [Index, Index?];
  const t = column === undefined ? row : addIndex(scaleIndex(row, tw.extent), column);
  const rows = inside.slice(0, -1);
  const read = load(source.name, [...at(...rows, source.point), t, axisIndex(o)]);
  return {
    ...own,
    scan,
    axes: [...tiles.flatMap((axis, d) => [axis, inside[d]!]), o],
    reduce: [source.point],
    body: mul(load(OUTPUT, at(inside.at(-1)!, source.point)), read),
    index: own.index.map((index) => substituteIndex(index, places)),
  };
}
