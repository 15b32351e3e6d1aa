/** nonMaxSuppression: the best boxes of each class, less those that overlap a better one too much. */
import { z } from "zod";
import { axisIndex, constantIndex, opaqueIndex, ZERO } from "../compute/affine.js";
import {
  add,
  binary,
  cast,
  constant,
  div,
  load,
  max,
  min,
  mul,
  select,
  sub,
  unary,
} from "../compute/expr.js";
import type { Axis, Compute, Expr, Index, Kernel, Temporary } from "../compute/ir.js";
import { formatType } from "../base/tensor.js";
import { kernelInputs, typeOf } from "./axes.js";
import { defineOp, reject, type ComputeContext, type OperandSpec } from "./op.js";
import { mergeSort, orderKey } from "./sorting.js";

const OPERANDS: readonly OperandSpec[] = [{ name: "boxes" }, { name: "scores" }];

const fround = (value: Expr): Expr => unary("fround", value);

/** Corners of a box, x1 y1 x2 y2 or with x and y exchanged. */
type Corners = readonly [Expr, Expr, Expr, Expr];

function areaOf([x1, y1, x2, y2]: Corners): Expr {
  return fround(mul(fround(sub(x2, x1)), fround(sub(y2, y1))));
}

/** Intersection over union in f32 at each step, as every implementation in f32 has it; 0 where there is none. */
function overlapOf(a: Corners, areaA: Expr, b: Corners, areaB: Expr): Expr {
  const extent = (low: 0 | 1, high: 2 | 3): Expr =>
    max(fround(sub(min(a[high], b[high]), max(a[low], b[low]))), 0);
  const both = fround(mul(extent(0, 2), extent(1, 3)));
  const union = fround(sub(fround(add(areaA, areaB)), both));
  return select(binary("gt", both, 0), div(both, union), 0);
}

const ATTRIBUTES = z.strictObject({
  most: z.int().min(1),
  iouThreshold: z.number().default(0),
  scoreThreshold: z.union([z.number(), z.literal(-Infinity)]).default(-Infinity),
});

/**
 * out[b, c, j] = the box that is taken as the j-th of class c, −1 beyond: of `boxes` [b, n, 4] (low corner, then
 * high), from the highest of `scores` [b, c, n] down, each is taken whose score is above `scoreThreshold` and whose
 * intersection over union with every one taken is at most `iouThreshold`, until there are `most`.
 */
export const nonMaxSuppression = defineOp({
  name: "nonMaxSuppression",
  operands: OPERANDS,
  attributes: ATTRIBUTES,
  infer(inputs, attributes) {
    const [boxes, scores] = [typeOf(inputs, 0), typeOf(inputs, 1)];
    const shown = `boxes ${formatType(boxes)}, scores ${formatType(scores)}`;
    if (boxes.dtype !== "f32" || scores.dtype !== "f32") {
      reject("type-mismatch", `${shown}: expected f32`, "cast them");
    }
    const [batch, count, corners] = boxes.dims;
    const fits = boxes.dims.length === 3 && corners === 4 && scores.dims.length === 3;
    if (!fits || scores.dims[0] !== batch || scores.dims[2] !== count) {
      reject("shape-mismatch", `${shown}: expected [b,n,4] and [b,c,n]`);
    }
    const most = Math.min(attributes.most, Math.max(1, count!));
    return {
      type: { dtype: "i32", dims: [...scores.dims.slice(0, 2), most] },
      attributes: { ...attributes, most },
    };
  },
  compute: suppression,
  layout: "row-major",
  tolerance: 0,
});

function suppression({
  inputs,
  attributes: { most, iouThreshold, scoreThreshold },
  output,
}: ComputeContext<z.output<typeof ATTRIBUTES>>): Kernel {
  const [n, c, place] = ["n", "c", "m"].map((name, d) => ({ name, extent: output.dims[d]! })) as [
    Axis,
    Axis,
    Axis,
  ];
  const count = inputs[0]!.dims[1]!;
  const along: Axis = { name: "w", extent: count };
  const scoreAt = (at: Index): Expr => load("scores", [axisIndex(n), axisIndex(c), at]);
  const sorted = mergeSort(along, orderKey(scoreAt(axisIndex(along)), true));
  const s: Axis = { name: "s", extent: count };
  const box = opaqueIndex(load("box", [], "i32"), 0, count - 1);
  const corner = (d: Index): Expr => load("boxes", [axisIndex(n), box, d]);
  const number = load("count", [ZERO], "i32");
  const enough = binary("gt", scoreAt(box), constant(scoreThreshold));
  const free = binary("and", enough, binary("lt", number, most));
  const fits = unary("not", binary("gt", load("worst", []), iouThreshold));
  const made = (target: string, axes: readonly Axis[], body: Expr): Compute => {
    const index = axes.length === 0 ? [ZERO] : axes.map((axis) => axisIndex(axis));
    return { target, axes, reduce: [], body, index };
  };
  const step = (target: string, index: readonly Index[], body: Expr): Compute => ({
    ...made(target, [], body),
    scan: [s],
    index,
  });
  // There is room for one more: what is not taken goes where the next one will.
  const room: Axis = { name: "m", extent: most + 1 };
  const next = opaqueIndex(number, 0, most);
  const isTaken = load("isTaken", [], "bool");
  const side: Axis = { name: "j", extent: 4 };
  const lanes: Axis = { name: "k", extent: most };
  return {
    outer: [n, c],
    inputs: kernelInputs(OPERANDS, inputs),
    constants: [],
    temporaries: [...sorted.temporaries, ...temporaries(most)],
    computes: [
      ...sorted.computes,
      made("kept", [side, room], constant(0)),
      made("areas", [room], constant(0)),
      made("places", [room], integer(-1)),
      made("count", [], integer(0)),
      step("box", [], sorted.at(axisIndex(s))),
      ...CORNERS.map((name, d) => step(name, [], corner(constantIndex(d)))),
      step("area", [], areaOf(candidate)),
      {
        ...step("worst", [], overlapWith(lanes)),
        reduce: [lanes],
        combine: "max",
        init: constant(0),
      },
      step("isTaken", [], binary("and", free, fits)),
      {
        ...step("kept", [axisIndex(side), next], select(isTaken, corner(axisIndex(side)), 0)),
        axes: [side],
      },
      step("areas", [next], select(isTaken, load("area", []), 0)),
      step("places", [next], select(isTaken, load("box", [], "i32"), integer(-1))),
      step("count", [ZERO], add(number, cast("i32", isTaken))),
      {
        ...made("out", [place], load("places", [axisIndex(place)], "i32")),
        index: [n, c, place].map((axis) => axisIndex(axis)),
      },
    ],
    output,
  };
}

const integer = (value: number): Expr => constant(value, "i32");
const CORNERS = ["x1", "y1", "x2", "y2"] as const;

/** The corners of the box that is looked at. */
const candidate = CORNERS.map((name) => load(name, [])) as unknown as Corners;

/** How much it overlaps with the k-th that is taken. */
function overlapWith(k: Axis): Expr {
  const taken = CORNERS.map((_, d) => load("kept", [constantIndex(d), axisIndex(k)]));
  const area = load("areas", [axisIndex(k)]);
  return overlapOf(candidate, load("area", []), taken as unknown as Corners, area);
}

function temporaries(most: number): Temporary[] {
  const floats = (name: string, ...dims: number[]): Temporary => ({ name, dtype: "f32", dims });
  const integers = (name: string, ...dims: number[]): Temporary => ({ name, dtype: "i32", dims });
  return [
    floats("kept", 4, most + 1),
    floats("areas", most + 1),
    integers("places", most + 1),
    integers("count", 1),
    integers("box"),
    ...[...CORNERS, "area", "worst"].map((name) => floats(name)),
    { name: "isTaken", dtype: "bool", dims: [] },
  ];
}
