/** From products at points to the output, one dimension after the other, with what the kernel does to its sums. */
import { addIndex, at, axisIndex, substituteExpr, substituteIndex } from "../../compute/affine.js";
import { load, mapCompute, mul, temporaryOf } from "../../compute/expr.js";
import type { Axis, Compute, Expr, Index } from "../../compute/ir.js";
import {
  channelAt,
  inTile,
  tileAt,
  type Frame,
  type Parts,
  type TiledDimension,
} from "./blocking.js";
import { undone } from "./integers.js";

/** Reads the temporary `products`, in the loops that those are made in. */
export function outputTransform(frame: Frame, scan: readonly Axis[]): Parts {
  const { slides, dims, t, sums, dtype, channels, nameOf } = frame;
  const { block, o } = channels;
  const [first, second] = slides;
  const products = (tile: Index): Expr =>
    load(
      nameOf("products"),
      [...at(...slides.map(({ point }) => point), ...sums.part, block), tile, axisIndex(o)],
      dtype,
    );
  const parts = combinations(dims.map(partsOf));
  if (second === undefined)
    return {
      temporaries: [],
      computes: parts.map((part) => outputPart(frame, scan, part, products, sums.part)),
    };
  const columns = nameOf("columns");
  const inside = { name: first!.inside, extent: first!.filtering.outputs };
  const axes = [inside, second.point, t, o];
  return {
    temporaries: [temporaryOf(columns, axes, dtype)],
    computes: [
      {
        scan,
        target: columns,
        axes,
        reduce: [first!.point, ...sums.part],
        combine: "sum",
        body: mul(
          load(first!.table("output"), at(inside, first!.point), dtype),
          products(axisIndex(t)),
        ),
        index: at(...axes),
      },
      ...parts.map((part) =>
        outputPart(frame, scan, part, (tile) =>
          load(columns, [...at(inside, second.point), tile, axisIndex(o)], dtype),
        ),
      ),
    ],
  };
}

/** Neighbouring tiles along a dimension of which the same outputs are there. */
interface Part {
  readonly from: number;
  readonly tiles: number;
  readonly outputs: number;
}

/** The last tile may be cut off. */
function partsOf({ tile: { extent }, outputs, last }: TiledDimension): Part[] {
  if (last === outputs) return [{ from: 0, tiles: extent, outputs }];
  const edge = { from: extent - 1, tiles: 1, outputs: last };
  return extent === 1 ? [edge] : [{ from: 0, tiles: extent - 1, outputs }, edge];
}

/** One of each list, in all ways. */
function combinations<T>(lists: readonly (readonly T[])[]): readonly (readonly T[])[] {
  return lists.reduce<readonly (readonly T[])[]>(
    (all, list) => all.flatMap((before) => list.map((one) => [...before, one])),
    [[]],
  );
}

/** The last sums of some tiles: over the points that are left of what is read of a tile, and whatever else is. */
function outputPart(
  frame: Frame,
  scan: readonly Axis[],
  parts: readonly Part[],
  source: (tile: Index) => Expr,
  others: readonly Axis[] = [],
): Compute {
  const { windowed, slides, dims, renamed, dtype } = frame;
  const { outputs: channels } = windowed;
  const compute =
    windowed.integers === undefined
      ? windowed.compute
      : undone(
          windowed.compute,
          slides.map(({ filtering }) => filtering),
        );
  const tiles = dims.map(({ tile }, d) => ({ name: tile.name, extent: parts[d]!.tiles }));
  const insides = dims.map(({ slide }, d) =>
    slide === undefined ? undefined : { name: slide.inside, extent: parts[d]!.outputs },
  );
  const tile = parts.map(({ from }, d) => addIndex(axisIndex(tiles[d]!), from));
  const places = new Map<string, Index>([
    ...renamed,
    ...dims.map(({ out, base, outputs }, d): [string, Index] => {
      const whole = addIndex(base, tile[d]!);
      const inside = insides[d];
      return [out.name, inside === undefined ? whole : inTile(whole, outputs, axisIndex(inside))];
    }),
    [channels.name, channelAt(frame.channels)],
  ]);
  const own = mapCompute(compute, (expr) => substituteExpr(expr, places));
  // The innermost is what the last transform yields.
  const [slide, inside] = [slides.at(-1)!, insides.findLast((one) => one !== undefined)!];
  return {
    ...own,
    scan,
    axes: [
      ...tiles.flatMap((axis, d) => [axis, ...(insides[d] === undefined ? [] : [insides[d]])]),
      frame.channels.o,
    ],
    reduce: [slide.point, ...others],
    body: mul(
      load(slide.table("output"), at(inside, slide.point), dtype),
      source(tileAt(frame, tile)),
    ),
    index: own.index.map((index) => substituteIndex(index, places)),
  };
}
