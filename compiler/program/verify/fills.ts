/** Checks kernels that fill margins: they go once through all that lies around a value, and write what is said of it. */
import { extentsOf, intervalOf } from "../../compute/affine.js";
import type { Boundary, Compute } from "../../compute/ir.js";
import { mentions, sameIndex } from "../../compute/walk.js";
import { insideIndex } from "../../meaning/boundary.js";
import { compileIndex, slotOf, type Frame } from "../../meaning/interpretExpr.js";
import { holds } from "../../loop/storage.js";
import type { Margin } from "../../place/place.js";
import type { Program, ProgramKernel } from "../program.js";

/** What is wrong with a fill; `value` names what it fills around. */
export function fillProblems(
  { name, kernel, output, places }: ProgramKernel,
  { values, buffers }: Program,
  value: () => string,
): string[] {
  const { type, margin, fill } = values[output]!;
  if (margin === undefined || fill === undefined) return [];
  const { dtype } = buffers[places["out"]!.buffer]!;
  if (fill.mode === "constant" && !holds(dtype, fill.value))
    return [`${name} writes ${fill.value} around ${value()}, whose memory holds ${dtype}`];
  const slabs = slabsOf(type.dims, margin);
  const found = kernel.computes.map(({ axes, index }) =>
    index.map((one) => {
      const { min, max } = intervalOf(one, extentsOf(axes));
      return [min, max];
    }),
  );
  if (JSON.stringify(found) !== JSON.stringify(slabs.map(({ ranges }) => ranges)))
    return [`${name} does not go through all that lies around ${value()}`];
  const right = kernel.computes.every((compute, i) =>
    writes(compute, fill, slabs[i]!.dim, type.dims),
  );
  return right ? [] : [`${name} writes something else around ${value()}`];
}

/**
 * Both sides of every dimension, in order: over the margins of the dims before it, and the interior of those after, so
 * that a fill that repeats elements can repeat corners too.
 */
function slabsOf(dims: readonly number[], margin: Margin) {
  return dims.flatMap((length, dim) =>
    margin[dim]!.flatMap((width, side) => {
      if (width === 0) return [];
      const ranges = dims.map((whole, d) => {
        const [before, after] = margin[d]!;
        if (d === dim) return side === 0 ? [-before, -1] : [length, length + after - 1];
        return d < dim ? [-before, whole + after - 1] : [0, whole - 1];
      });
      return [{ dim, ranges }];
    }),
  );
}

/** Whether a slab beyond the edge of `dim` holds what `fill` says: a number, or the element that a mode repeats. */
function writes(
  { axes, body, index }: Compute,
  fill: Boundary,
  dim: number,
  dims: readonly number[],
): boolean {
  if (fill.mode === "constant")
    return body.kind === "constant" && Object.is(body.value, fill.value);
  if (body.kind !== "load") return false;
  const { mode } = fill;
  const beside = body.index.every((one, d) => d === dim || sameIndex(one, index[d]!));
  const own = axes[dim]!;
  const others = axes.filter((axis) => axis !== own);
  if (!beside || others.some(({ name }) => mentions(body.index[dim]!, name))) return false;
  const frame: Frame = { stores: new Map(), slots: new Map(), counters: [], accumulator: 0 };
  const slot = slotOf(own.name, frame);
  const [from, to] = [compileIndex(body.index[dim]!, frame), compileIndex(index[dim]!, frame)];
  for (let i = 0; i < own.extent; i++) {
    frame.counters[slot] = i;
    if (from() !== insideIndex(to(), dims[dim]!, mode)) return false;
  }
  return true;
}
