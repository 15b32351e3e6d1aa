/** From an image to its tiles at points, one dimension after the other. */
import { ZERO, addIndex, at, axisIndex, scaleIndex, substituteExpr } from "../../compute/affine.js";
import { accumulator, load, mul, temporaryOf } from "../../compute/expr.js";
import type { Axis, Compute, Expr, Index, Load } from "../../compute/ir.js";
import { inTile, tileAt, type Frame, type Parts, type Slide } from "./blocking.js";
import { separated, wordOf } from "./integers.js";

/** Makes the temporary `points`. */
export function inputTransform(frame: Frame): Parts {
  const steps = frame.slides.map((_, s) => stepOf(frame, s));
  return {
    temporaries: steps.flatMap(({ temporaries }) => temporaries),
    computes: steps.flatMap(({ computes }) => computes),
  };
}

/** The transform along one slide: what is before it is at points, what is behind it are elements still. */
function stepOf(frame: Frame, s: number): Parts {
  const { windowed, slides, dims, scan, t, summed, dtype, nameOf } = frame;
  const slide = slides[s]!;
  const own = dims.findIndex((dimension) => dimension.slide === slide);
  const element = { name: slide.element, extent: slide.point.extent };
  const along = dims.map(({ slide: of, tile }, d) =>
    of === undefined || d <= own ? tile : elementsOf(of, tile),
  );
  const read = dims.map(({ outputs }, d) =>
    d === own ? inTile(axisIndex(along[d]!), outputs, axisIndex(element)) : axisIndex(along[d]!),
  );
  const before = slides.slice(0, s).map(({ point }) => point);
  const source =
    s === 0
      ? readTiles(frame, read)
      : load(nameOf("lines"), [...at(...before), ...read, axisIndex(summed)], dtype);
  const points = [...before, slide.point];
  const axes = [...points, ...along, summed];
  const isLast = s === slides.length - 1;
  const target = nameOf(isLast ? "points" : "lines");
  const compute: Compute = {
    scan,
    target,
    axes,
    reduce: [element],
    combine: "sum",
    body: mul(load(slide.table("input"), at(slide.point, element), dtype), source),
    ...(isLast && windowed.integers !== undefined
      ? { epilogue: separated(accumulator(dtype)) }
      : {}),
    index: isLast
      ? [...at(...points), tileAt(frame, at(...along)), axisIndex(summed)]
      : at(...axes),
  };
  const kept = isLast ? [...points, t, summed] : axes;
  return { temporaries: [temporaryOf(target, kept, dtype)], computes: [compute] };
}

/** All elements that tiles along a slide read: those of neighbours overlap. */
function elementsOf({ filtering, point }: Slide, { extent }: Axis): Axis {
  return { name: "x", extent: filtering.outputs * (extent - 1) + point.extent };
}

/** x at an element or a tile of a block along each dimension. */
function readTiles(frame: Frame, read: readonly Index[]): Expr {
  const { renamed, dims } = frame;
  const places = new Map<string, Index>([
    ...renamed,
    ...dims.flatMap(({ out, tap, base, outputs }, d): [string, Index][] => [
      [out.name, addIndex(scaleIndex(base, outputs), read[d]!)],
      ...(tap === undefined ? [] : [[tap.name, ZERO] as [string, Index]]),
    ]),
  ]);
  const { windowed } = frame;
  const x = bounded(frame);
  const { integers } = windowed;
  return substituteExpr(integers === undefined ? x : wordOf(x, windowed, integers.zero), places);
}

/** Of tiles that the edge cuts off, what lies beyond it is read, too; it adds nothing to what is kept. */
function bounded({ windowed: { x }, slides }: Frame): Load {
  const cut = slides.some(({ out, filtering }) => out.extent % filtering.outputs !== 0);
  return x.boundary !== undefined || !cut ? x : { ...x, boundary: { mode: "constant", value: 0 } };
}
