/** Transposed convolution by phases: outputs of equal residue mod stride are a convolution of the taps they share. */
import { addIndex, axisIndex, scaleIndex, ZERO } from "../compute/affine.js";
import { constant, load, mul } from "../compute/expr.js";
import type { Axis, Compute, Index } from "../compute/ir.js";
import { formatType, type TensorType } from "../base/tensor.js";
import { checkDTypes, kernelInputs } from "./axes.js";
import { channelAxes, checkBias, checkChannels, CONV_OPERANDS, convTypes } from "./conv.js";
import { defineOp, reject, type ComputeContext } from "./op.js";
import { FLOAT } from "./pointwiseOp.js";
import { checkPhases, phasesOf, type Phases } from "./transposedPhases.js";
import {
  canonicalTransposed,
  TRANSPOSED_ATTRIBUTES,
  transposedDims,
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
    checkDTypes(CONV_OPERANDS, inputs, FLOAT);
    const { x, w } = convTypes(inputs);
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
    const combined = phases.reduce<Phases[][]>(
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
  phases: readonly Phases[],
): Compute {
  const [x, w, bias] = [inputs[0]!, inputs[1]!, inputs[2]];
  const channel = channelAxes(groups, x.dims[1]! / groups, w.dims[1]! * groups);
  const n: Axis = { name: "n", extent: output.dims[0]! };
  const o = spatialAxes(
    "o",
    phases.map((one) => one.extent),
  );
  const p = spatialAxes(
    "p",
    phases.map((one) => one.count),
  );
  const spatial = phases.flatMap(({ count }, i) => (count === 1 ? [o[i]!] : [o[i]!, p[i]!]));
  const axes = [n, ...channel.axes, ...spatial];
  const at = phases.map((one, i) => moved(one.first, [o[i]!, one.stride], [p[i]!, one.along]));
  const index = [axisIndex(n), channel.output, ...at];
  const start = bias === undefined ? undefined : load("bias", [channel.output]);
  if (phases.some(({ taps }) => taps === 0)) {
    return { target: "out", axes, reduce: [], body: start ?? constant(0), index };
  }
  const k = spatialAxes(
    "k",
    phases.map((one) => one.taps),
  );
  const weight = phases.map((one, i) =>
    moved(one.firstTap, [k[i]!, one.tapStep], [p[i]!, one.tapAlong]),
  );
  const source = phases.map((one, i) =>
    moved(one.start, [o[i]!, 1], [p[i]!, one.startAlong], [k[i]!, -one.step]),
  );
  const leaves = phases.some((one) => one.leaves);
  const boundary = leaves ? ({ mode: "constant", value: 0 } as const) : undefined;
  return {
    target: "out",
    axes,
    reduce: [...channel.reduce, ...k],
    combine: "sum",
    ...(start === undefined ? {} : { init: start }),
    body: mul(
      load("x", [axisIndex(n), channel.input, ...source], "f32", boundary),
      load("w", [channel.input, channel.outputWithin, ...weight]),
    ),
    index,
  };
}

/** start + Σ axis · step; an axis of one phase is none. */
function moved(start: number, ...steps: readonly (readonly [axis: Axis, step: number])[]): Index {
  const parts = steps.map(([axis, step]) =>
    axis.extent === 1 && axis.name.startsWith("p") ? ZERO : scaleIndex(axisIndex(axis), step),
  );
  return addIndex(...parts, start);
}
