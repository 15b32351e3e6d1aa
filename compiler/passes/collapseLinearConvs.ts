/**
 * collapse-linear-convs: two stacked convolutions with nothing between are one convolution; done where it is
 * exact and takes fewer multiply-adds, and left alone with the reason where not.
 *
 *   %a = conv(%x, @u) {pads=[1,1,1,1]}     // 3×3, 64 -> 256
 *   %b = conv(%a, @v)                      // 1×1, 256 -> 8       =>    %b = conv(%x, @v.folded) {pads=[1,1,1,1]}
 *
 * A border that the second adds holds zeros (or the first's own values, reflected), which the first would not
 * compute from the border of x, unless along that dimension it looks at one element alone and has no bias.
 */
import type { Constant } from "../graph/definition.js";
import type { NodeOf } from "../graph/graph.js";
import type { Replacement, RewriteContext, Rule } from "../graph/rewrite/rule.js";
import { elementCount } from "../base/tensor.js";
import {
  composeBias,
  composeDim,
  composeWeights,
  type ComposedDim,
  type StackedDim,
  type Weights,
  type WindowDim,
} from "./composeConvs.js";
import { foldedConstant } from "./linear.js";
import type { Pass } from "./pass.js";
import { windowOf } from "./spatial.js";

type Conv = NodeOf<"conv">;

/** The most multiply-adds that computing the weights may take: a second or so. */
const MOST_STEPS = 2 ** 30;

const collapse: Rule = {
  name: "collapse",
  match(node, context) {
    const inner = context.node(node.inputs[0]);
    if (node.op !== "conv" || inner?.op !== "conv") return undefined;
    const answer = collapsed(inner, node, context);
    if (typeof answer !== "string") return answer;
    context.note(`is not made one with '${inner.name}': ${answer}`);
    return undefined;
  },
};

/** The one convolution, or why not. */
function collapsed(first: Conv, second: Conv, context: RewriteContext): Replacement | string {
  if (context.uses(`%${first.name}`) !== 1) return `'${first.name}' is read elsewhere too`;
  if (first.attributes.groups !== 1 || second.attributes.groups !== 1) return "it has groups";
  const stack = stackOf(first, second, context);
  const mode = borderMode(first, second, stack);
  if (mode === undefined) return "its padding is not what the first would compute there";
  const dims = stack.map(composeDim);
  const cost = costReason(first, second, dims, context);
  if (cost !== undefined) return cost;
  return composedConv(first, second, dims, mode, context) ?? "its weights are not at hand";
}

/** Both windows, dimension by dimension. */
function stackOf(first: Conv, second: Conv, context: RewriteContext): StackedDim[] {
  const input = context.type(first.inputs[0]!).dims.slice(2);
  const windows = [first, second].map((node) => {
    const kernel = context.type(node.inputs[1]!).dims.slice(2);
    const { strides, dilations, begin, end } = windowOf(node.attributes, kernel.length);
    return kernel.map((extent, d): WindowDim => ({
      kernel: extent,
      stride: strides[d]!,
      dilation: dilations[d]!,
      begin: begin[d]!,
      end: end[d]!,
    }));
  });
  return input.map((extent, d) => ({
    input: extent,
    output: second.type.dims[d + 2]!,
    first: windows[0]![d]!,
    second: windows[1]![d]!,
  }));
}

/** The padMode with which one convolution sees the borders that two see; undefined where there is none. */
function borderMode(
  first: Conv,
  second: Conv,
  stack: readonly StackedDim[],
): Conv["attributes"]["padMode"] | undefined {
  const isPadded = ({ begin, end }: WindowDim): boolean => begin !== 0 || end !== 0;
  const [one, two] = [first.attributes.padMode, second.attributes.padMode];
  if (!stack.some((dim) => isPadded(dim.second))) return one;
  if (two === "constant" && first.inputs[2] !== undefined) return undefined;
  const commutes = stack.every(
    (dim) =>
      !isPadded(dim.second) ||
      (dim.first.kernel === 1 &&
        !isPadded(dim.first) &&
        (two === "constant" || dim.first.stride === 1)),
  );
  if (!commutes) return undefined;
  return one === two || !stack.some((dim) => isPadded(dim.first)) ? two : undefined;
}

/** Why it would not pay, in multiply-adds, or undefined where it would. */
function costReason(
  first: Conv,
  second: Conv,
  dims: readonly ComposedDim[],
  context: RewriteContext,
): string | undefined {
  const [w1, w2] = [first, second].map((node) => context.type(node.inputs[1]!).dims);
  const perOutput = (dims_: readonly number[]): number => elementCount(dims_.slice(1));
  const before =
    elementCount(first.type.dims) * perOutput(w1!) +
    elementCount(second.type.dims) * perOutput(w2!);
  const kernel = dims.map((dim) => dim.kernel);
  const after = elementCount(second.type.dims) * w1![1]! * elementCount(kernel);
  if (after >= before) return `it would take ${after} multiply-adds instead of ${before}`;
  const steps = elementCount(w2!) * perOutput(w1!);
  return steps > MOST_STEPS ? `its weights would take ${steps} multiply-adds to make` : undefined;
}

function composedConv(
  first: Conv,
  second: Conv,
  dims: readonly ComposedDim[],
  padMode: Conv["attributes"]["padMode"],
  context: RewriteContext,
): Replacement | undefined {
  const [w1, w2] = [weightsOf(first, context), weightsOf(second, context)];
  const [b1, b2] = [biasOf(first, context), biasOf(second, context)];
  if (w1 === undefined || w2 === undefined || b1 === null || b2 === null) return undefined;
  const weightDims = [w2.outputs, w1.inputs, ...dims.map((dim) => dim.kernel)];
  const [, was, biasWas] = second.inputs;
  const weight = foldedConstant(
    context,
    was,
    `${second.name}.weight`,
    weightDims,
    composeWeights(w1, w2, dims),
  );
  const data = composeBias(b1, w2, b2);
  const bias: Constant[] =
    data === undefined
      ? []
      : [foldedConstant(context, biasWas, `${second.name}.bias`, [data.length], data)];
  const operands = [weight, ...bias].map(({ name }) => `@${name}` as const);
  const attributes = {
    groups: 1,
    padMode,
    strides: dims.map((dim) => dim.stride),
    dilations: dims.map((dim) => dim.dilation),
    pads: [...dims.map((dim) => dim.begin), ...dims.map((dim) => dim.end)],
  };
  return {
    constants: [weight, ...bias],
    node: { op: "conv", inputs: [first.inputs[0], ...operands], attributes },
  };
}

function weightsOf(node: Conv, context: RewriteContext): Weights | undefined {
  const value = context.value(node.inputs[1]);
  if (!(value?.data instanceof Float32Array)) return undefined;
  const [outputs, inputs, ...kernel] = value.type.dims;
  return { data: value.data, outputs: outputs!, inputs: inputs!, kernel };
}

/** null where there is one that is not at hand. */
function biasOf(node: Conv, context: RewriteContext): Float32Array | undefined | null {
  if (node.inputs[2] === undefined) return undefined;
  const data = context.value(node.inputs[2])?.data;
  return data instanceof Float32Array ? data : null;
}

export const collapseLinearConvs: Pass = { name: "collapse-linear-convs", stages: [[collapse]] };
