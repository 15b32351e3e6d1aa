/** roiAlign: boxes of a feature map as maps of one size, interpolated (He et al. 2017). */
import { axisIndex, opaqueIndex } from "../compute/affine.js";
import {
  accumulator,
  add,
  binary,
  cast,
  div,
  load,
  mul,
  select,
  sub,
  unary,
} from "../compute/expr.js";
import type { Axis, Compute, Kernel, Temporary } from "../compute/ir.js";
import { formatType, type TensorType } from "../base/tensor.js";
import { indicesOf, kernelInputs, typeOf } from "./axes.js";
import { defineOp, reject } from "./op.js";
import {
  at,
  ATTRIBUTES,
  dimsOf,
  float,
  held,
  image,
  inside,
  OPERANDS,
  outputAxes,
  spanOf,
  type Attributes,
  type Context,
  type Dim,
} from "./roiBox.js";
import { spread } from "./roiSpread.js";

/**
 * out[r, c, o…]: the mean (or maximum) of samples of x[batch[r], c] in a part of the box
 * boxes[r] = [x1, y1, x2, y2]. What lies more than one element outside is 0 (ONNX RoiAlign, torchvision
 * roi_align). The maximum is taken of weighted elements, as ONNX has it.
 */
export const roiAlign = defineOp({
  name: "roiAlign",
  operands: OPERANDS,
  attributes: ATTRIBUTES,
  infer(inputs, { outputSize, mode, samplingRatio }) {
    const [x, boxes, batch] = [0, 1, 2].map((i) => typeOf(inputs, i)) as [
      TensorType,
      TensorType,
      TensorType,
    ];
    const count = boxes.dims[0]!;
    const fits =
      x.dims.length === 4 &&
      formatType(boxes) === `f32[${count},4]` &&
      batch.dims.join() === String(count) &&
      (batch.dtype === "i64" || batch.dtype === "i32");
    if (x.dtype !== "f32" || !fits) {
      const shown = [x, boxes, batch].map(formatType).join(", ");
      reject(
        "shape-mismatch",
        `x, boxes and batch are ${shown}: expected f32[n,c,h,w], f32[r,4], i64[r]`,
      );
    }
    if (outputSize.length !== 2) reject("bad-attribute", "outputSize has two numbers");
    if (mode === "max" && samplingRatio === 0) {
      const message = "the maximum of as many samples as a box is large";
      reject("unsupported", message, "set the sampling ratio, or take the mean");
    }
    return { type: { dtype: "f32", dims: [count, x.dims[1]!, ...outputSize] } };
  },
  compute: (context) => (context.attributes.samplingRatio > 0 ? sampled(context) : spread(context)),
  layout: "channels-last",
  /** A position is rounded to f32 before it is told apart from its neighbours. */
  tolerance: 32,
});

/** Every sample lies between two elements along each dimension. */
function sampled(context: Context): Kernel {
  const { inputs, attributes, output } = context;
  const x = inputs[0]!;
  const [n, c, oh, ow] = outputAxes(context);
  const dims = dimsOf(context);
  const parts = dims.map((dim, d) => samplesOf(n, [oh, ow][d]!, dim, attributes));
  const taps = parts.map(({ sample, tap }) => [sample, tap]);
  const found = dims.map(({ name, size }, d) => {
    const value = load(`at_${name}`, indicesOf(taps[d]!), "i32");
    return opaqueIndex(value, 0, size - 1);
  });
  const weights = dims.map(({ name }, d) => load(`weight_${name}`, indicesOf(taps[d]!)));
  const element = load("x", [image(x, n), axisIndex(c), ...found]);
  const count = attributes.samplingRatio ** 2;
  const mean = attributes.mode === "average";
  const result: Compute = {
    target: "out",
    axes: [c],
    reduce: taps.flat(),
    combine: mean ? "sum" : "max",
    body: mul(mul(weights[0]!, weights[1]!), element),
    // + 0: weights of 0 make zeros of either sign, which count as one
    epilogue: mean ? div(accumulator(), count) : add(accumulator(), 0),
    index: indicesOf([n, c, oh, ow]),
  };
  return {
    outer: [n, oh, ow],
    inputs: kernelInputs(OPERANDS, inputs),
    constants: [],
    temporaries: parts.flatMap(({ temporaries }) => temporaries),
    computes: [...parts.flatMap(({ computes }) => computes), result],
    output,
  };
}

/** Per sample the two elements that it lies between, and their weights. */
function samplesOf(n: Axis, o: Axis, dim: Dim, attributes: Attributes) {
  const { name, size } = dim;
  const ratio = attributes.samplingRatio;
  const sample: Axis = { name: `k${name}`, extent: ratio };
  const tap: Axis = { name, extent: 2 };
  const { start, part } = spanOf(n, dim, attributes);
  const along = add(float(o), div(add(float(sample), 0.5), ratio));
  const position = load(`position_${name}`, [axisIndex(sample)]);
  const from = unary("floor", held(position, size));
  const fraction = sub(held(position, size), from);
  const second = binary("gt", at(tap), 0);
  const weight = select(second, fraction, sub(1, fraction));
  const both = { axes: [sample, tap], reduce: [], index: indicesOf([sample, tap]) };
  const temporaries: readonly Temporary[] = [
    { name: `position_${name}`, dtype: "f32", dims: [ratio] },
    { name: `at_${name}`, dtype: "i32", dims: [ratio, 2] },
    { name: `weight_${name}`, dtype: "f32", dims: [ratio, 2] },
  ];
  const computes: readonly Compute[] = [
    {
      target: `position_${name}`,
      axes: [sample],
      reduce: [],
      body: add(start, mul(along, part)),
      index: [axisIndex(sample)],
    },
    { target: `at_${name}`, ...both, body: add(cast("i32", from), at(tap)) },
    { target: `weight_${name}`, ...both, body: select(inside(position, size), weight, 0) },
  ];
  return { sample, tap, temporaries, computes };
}
