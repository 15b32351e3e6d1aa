/** Transposed convolution by phases: outputs of equal residue mod stride are a convolution of the taps they share. */
import { addIndex, axisIndex, scaleIndex } from "../compute/affine.js";
import { constant, load, mul } from "../compute/expr.js";
import type { Axis, Compute, Expr, Index } from "../compute/ir.js";
import { formatType, type TensorType } from "../base/tensor.js";
import { kernelInputs } from "./axes.js";
import { channelAxes, checkBias, checkChannels, CONV_OPERANDS, convTypes } from "./conv.js";
import { defineOp, reject, type ComputeContext } from "./op.js";
import { FLOAT } from "./pointwiseOp.js";
import {
  canonicalTransposed,
  checkPhases,
  phasesOf,
  TRANSPOSED_ATTRIBUTES,
  transposedDims,
  type Phase,
  type TransposedAttributes,
} from "./transposedWindow.js";
import { spatialAxes } from "./window.js";

/**
 * convTranspose(x [n, c, …], w [c, oc/groups, …kernel], bias? [oc]): the gradient of a convolution as in
 * PyTorch and ONNX; out = (in − 1) · stride + (kernel − 1) · dilation + 1 + outputPads − pads.
 */
export const convTranspose = defineOp({
  name: "convTranspose",
  operands: CONV_OPERANDS,
  attributes: TRANSPOSED_ATTRIBUTES,
  infer(inputs, attributes) {
    const { x, w } = convTypes(inputs, FLOAT);
    const { groups } = attributes;
    const [channels, outputs] = [x.dims[1]!, w.dims[1]! * groups];
    checkChannels(channels, w.dims[0]!, w, NaN, 1);
    if (channels % groups !== 0) {
      const message = `x has ${channels} channels (${formatType(x)}), which ${groups} groups do not divide`;
      reject("shape-mismatch", message);
    }
    checkBias(inputs, outputs, w);
    const dims = transposedDims(x, w, attributes);
    checkPhases(dims);
    const type: TensorType = {
      dtype: "f32",
      dims: [x.dims[0]!, outputs, ...dims.map((dim) => dim.output)],
    };
    return { type, attributes: canonicalTransposed(attributes, dims) };
  },
  compute(context) {
    const { inputs, attributes, output } = context;
    const phases = transposedDims(inputs[0]!, inputs[1]!, attributes).map(phasesOf);
    const combined = phases.reduce<Phase[][]>(
      (before, next) => before.flatMap((list) => next.map((phase) => [...list, phase])),
      [[]],
    );
    return {
      outer: [],
      inputs: kernelInputs(CONV_OPERANDS, inputs),
      constants: [],
      temporaries: [],
      computes: combined.map((list) => phaseCompute(context, list)),
      output,
    };
  },
  layout: "channels-last",
});

function phaseCompute(
  { inputs, attributes: { groups }, output }: ComputeContext<TransposedAttributes>,
  phases: readonly Phase[],
): Compute {
  const [x, w, bias] = [inputs[0]!, inputs[1]!, inputs[2]];
  const channel = channelAxes(groups, x.dims[1]! / groups, w.dims[1]! * groups);
  const n: Axis = { name: "n", extent: output.dims[0]! };
  const o = spatialAxes(
    "o",
    phases.map((phase) => phase.extent),
  );
  const axes = [n, ...channel.axes, ...o];
  const at = phases.map(({ stride, first }, i) => along(o[i]!, stride, first));
  const index = [axisIndex(n), channel.output, ...at];
  const start = bias === undefined ? undefined : load("bias", [channel.output]);
  if (phases.some(({ taps }) => taps === 0)) {
    return { target: "out", axes, reduce: [], body: start ?? constant(0), index };
  }
  const k = spatialAxes(
    "k",
    phases.map((phase) => phase.taps),
  );
  const weight = phases.map(({ tapStep, firstTap }, i) => along(k[i]!, tapStep, firstTap));
  return {
    target: "out",
    axes,
    reduce: [...channel.reduce, ...k],
    combine: "sum",
    ...(start === undefined ? {} : { init: start }),
    body: mul(
      loadInput([axisIndex(n), channel.input], phases, o, k),
      load("w", [channel.input, channel.outputWithin, ...weight]),
    ),
    index,
  };
}

function along(axis: Axis, step: number, start: number): Index {
  return addIndex(scaleIndex(axisIndex(axis), step), start);
}

function loadInput(
  map: readonly Index[],
  phases: readonly Phase[],
  o: readonly Axis[],
  k: readonly Axis[],
): Expr {
  const at = phases.map(({ start, step }, i) =>
    addIndex(axisIndex(o[i]!), scaleIndex(axisIndex(k[i]!), -step), start),
  );
  const leaves = phases.some((phase) => phase.leaves);
  const boundary = leaves ? ({ mode: "constant", value: 0 } as const) : undefined;
  return load("x", [...map, ...at], "f32", boundary);
}
