/** From an image to its tiles at points, one dimension after the other. */
import { addIndex, axisIndex, scaleIndex, substituteExpr, ZERO } from "../../compute/affine.js";
import { load, mul } from "../../compute/expr.js";
import type { Axis, Compute, Expr, Index } from "../../compute/ir.js";
import { at, INPUT, inTile, temporaryOf, type Frame, type Parts } from "./blocking.js";
import type { Load } from "./window.js";

/** Makes the temporary `points`. */
export function inputTransform(frame: Frame): Parts {
  const { windowed, points, scan, outputs, th, tw, t, nameOf } = frame;
  const { inputs } = windowed;
  const [u, v] = points;
  const sum = (target: string, axes: readonly Axis[], summed: Axis, body: Expr): Compute => {
    const index = at(...axes);
    return { scan, target, axes, reduce: [summed], combine: "sum", body, index };
  };
  const p = { name: "p", extent: u.extent };
  const along = { name: "x", extent: outputs * (tw.extent - 1) + u.extent };
  const read = mul(load(INPUT, at(u, p)), readTiles(frame, p, along));
  const name = nameOf("points");
  if (v === undefined) {
    const axes = [u, th, inputs];
    return { temporaries: [temporaryOf(name, axes)], computes: [sum(name, axes, p, read)] };
  }
  const [lines, q] = [nameOf("lines"), { name: "q", extent: v.extent }];
  const lineAxes = [u, th, along, inputs];
  const across = inTile(axisIndex(tw), outputs, axisIndex(q));
  const line = load(lines, [...at(u, th), across, axisIndex(inputs)]);
  const tile = addIndex(scaleIndex(axisIndex(th), tw.extent), axisIndex(tw));
  return {
    temporaries: [temporaryOf(lines, lineAxes), temporaryOf(name, [u, v, t, inputs])],
    computes: [
      sum(lines, lineAxes, p, read),
      {
        ...sum(name, [u, v, th, tw, inputs], q, mul(load(INPUT, at(v, q)), line)),
        index: [...at(u, v), tile, axisIndex(inputs)],
      },
    ],
  };
}

/** x at element p of a tile along the first slide, and at `along` of the second. */
function readTiles(frame: Frame, p: Axis, along: Axis): Expr {
  const { windowed, renamed, base, outputs, th } = frame;
  const [first, second] = windowed.slides;
  const places = new Map<string, Index>([
    ...renamed,
    [first.out.name, inTile(addIndex(base, axisIndex(th)), outputs, ZERO)],
    [first.tap.name, axisIndex(p)],
  ]);
  if (second !== undefined) {
    places.set(second.out.name, axisIndex(along));
    places.set(second.tap.name, ZERO);
  }
  return substituteExpr(bounded(frame), places);
}

/** Of tiles that the edge cuts off, what lies beyond it is read, too; it adds nothing to what is kept. */
function bounded({ windowed: { x, slides }, outputs }: Frame): Load {
  const cut = slides.some(({ out }) => out.extent % outputs !== 0);
  return x.boundary !== undefined || !cut ? x : { ...x, boundary: { mode: "constant", value: 0 } };
}
