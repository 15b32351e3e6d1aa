/** Layer normalisation as its formula, and the scale and bias that come after it. */
import type { Constant, Operand } from "../../graph/definition.js";
import type { Node, NodeOf } from "../../graph/graph.js";
import type { RewriteContext, Rule } from "../../graph/rewrite/rule.js";
import { formatF32 } from "../../base/numbers.js";
import { elementCount, sameDims, sameType } from "../../base/tensor.js";
import { aliasConstant } from "../linear.js";
import { eitherWay, inverseRootOf, isClosed, rootOf, squareOf, withScalar } from "./match.js";

/**
 * %m = reduceMean(x), %d = sub(x, %m), %v = reduceMean(mul(%d, %d)):
 * div(%d, sqrt(add(%v, epsilon))) => layerNorm(x) {axis=…, epsilon=…}
 */
const layerNorm: Rule = {
  name: "layer-norm",
  match(node, context) {
    const quotient = quotientOf(node, context);
    const centred = quotient && centredOf(quotient.over, context);
    if (centred === undefined || !sameType(context.type(centred.x), node.type)) return undefined;
    const variance = varianceOf(quotient!.root, centred, context);
    if (variance === undefined) return undefined;
    const parts = [...quotient!.parts, ...centred.parts, ...variance.parts];
    if (!isClosed(node, parts, context)) return undefined;
    const { axis } = centred;
    const { epsilon } = variance;
    return { node: { op: "layerNorm", inputs: [centred.x], attributes: { axis, epsilon } } };
  },
};

interface Quotient {
  readonly over: Operand;
  /** What the root is taken of. */
  readonly root: Operand;
  readonly parts: readonly Node[];
}

/** x / √y, or x · (1 / √y) */
function quotientOf(node: Node, context: RewriteContext): Quotient | undefined {
  if (node.op === "div") {
    const root = rootOf(node.inputs[1], context);
    return root && { over: node.inputs[0]!, root: root.value, parts: root.parts };
  }
  if (node.op !== "mul") return undefined;
  return eitherWay(node, (over, operand) => {
    const root = inverseRootOf(operand, context);
    return root && { over, root: root.value, parts: root.parts };
  });
}

interface Centred {
  readonly x: Operand;
  /** The first of the dims that the mean is taken over. */
  readonly axis: number;
  readonly parts: readonly Node[];
}

/** x − mean x over its last dims */
function centredOf(operand: Operand, context: RewriteContext): Centred | undefined {
  const node = context.node(operand);
  const [x, mean] = node?.inputs ?? [];
  const average = meanOf(mean, context);
  if (node?.op !== "sub" || x === undefined || average?.x !== x) return undefined;
  return { x, axis: average.axis, parts: [node, ...average.parts] };
}

function meanOf(operand: Operand | undefined, context: RewriteContext): Centred | undefined {
  const node = context.node(operand);
  if (node?.op !== "reduceMean" || !node.attributes.keepDims) return undefined;
  const x = node.inputs[0]!;
  const rank = context.type(x).dims.length;
  const axes = node.attributes.axes?.map((axis) => (axis < 0 ? axis + rank : axis));
  axes?.sort((a, b) => a - b);
  const axis = rank - (axes?.length ?? rank);
  if (axis === rank || axes?.some((one, i) => one !== axis + i) === true) return undefined;
  return { x, axis, parts: [node] };
}

/** mean (x − mean x)² + epsilon */
function varianceOf(operand: Operand, { x, axis }: Centred, context: RewriteContext) {
  const sum = context.node(operand);
  const shifted = withScalar(sum, "add", context);
  const variance = meanOf(shifted?.x, context);
  const square = squareOf(variance?.x, context);
  const centred = square && centredOf(square.value, context);
  if (centred?.x !== x || centred.axis !== axis || variance?.axis !== axis) return undefined;
  const epsilon = Number(formatF32(shifted!.number));
  if (!(epsilon >= 0 && epsilon < 1)) return undefined;
  return { epsilon, parts: [sum!, ...variance.parts, ...square!.parts, ...centred.parts] };
}

/**
 * As TensorFlow writes it, with %s = mul(1 / √(variance + epsilon), @scale):
 * add(mul(x, %s), sub(@bias, mul(%m, %s))) => layerNorm(x, @scale, @bias)
 */
const layerNormSpread: Rule = {
  name: "layer-norm-spread",
  match(node, context) {
    if (node.op !== "add") return undefined;
    return eitherWay(node, (left, right) => {
      const [scaled, shift] = [context.node(left), context.node(right)];
      const moved = shift?.op === "sub" ? context.node(shift.inputs[1]) : undefined;
      const bias = context.constant(shift?.inputs[0]);
      if (scaled?.op !== "mul" || moved?.op !== "mul" || bias === undefined) return undefined;
      return eitherWay(scaled, (x, factor) => {
        if (!moved.inputs.includes(factor)) return undefined;
        const mean = meanOf(
          moved.inputs.find((input) => input !== factor),
          context,
        );
        const spread = mean?.x === x ? spreadOf(factor, mean, context) : undefined;
        if (spread === undefined || !sameType(context.type(x), node.type)) return undefined;
        const parts = [scaled, shift!, moved, ...mean!.parts, ...spread.parts];
        if (!isClosed(node, parts, context)) return undefined;
        const { epsilon } = spread;
        return normOf(x, { axis: mean!.axis, epsilon }, spread.scale, bias, context);
      });
    });
  },
};

/** scale / √(variance + epsilon) */
function spreadOf(operand: Operand, mean: Centred, context: RewriteContext) {
  const node = context.node(operand);
  if (node?.op !== "mul") return undefined;
  return eitherWay(node, (inverse, constant) => {
    const scale = context.constant(constant);
    const root = inverseRootOf(inverse, context);
    const variance = root && varianceOf(root.value, mean, context);
    if (scale === undefined || variance === undefined) return undefined;
    const { epsilon } = variance;
    return { scale, epsilon, parts: [node, ...root!.parts, ...variance.parts] };
  });
}

function normOf(
  x: Operand,
  attributes: NodeOf<"layerNorm">["attributes"],
  scale: Constant,
  bias: Constant,
  context: RewriteContext,
) {
  const dims = context.type(x).dims.slice(attributes.axis);
  const parameters = [scale, bias].map((one) => shapedAs(one, dims, context));
  if (parameters.some((one) => one === undefined)) return undefined;
  const constants = parameters.flatMap((one) => one!.added);
  const inputs = [x, ...parameters.map((one) => one!.operand)];
  return { constants, node: { op: "layerNorm" as const, inputs, attributes } };
}

/** mul(layerNorm(x), @scale) => layerNorm(x, @scale) */
const layerNormScale: Rule = {
  name: "layer-norm-scale",
  match(node, context) {
    if (node.op !== "mul") return undefined;
    return withParameter(node, context, ({ inputs: [x, scale, bias] }, parameter) =>
      scale === undefined && bias === undefined ? [x, parameter] : undefined,
    );
  },
};

/** add(layerNorm(x, @scale), @bias) => layerNorm(x, @scale, @bias) */
const layerNormBias: Rule = {
  name: "layer-norm-bias",
  match(node, context) {
    if (node.op !== "add") return undefined;
    return withParameter(node, context, ({ inputs: [x, scale, bias] }, parameter) =>
      bias === undefined ? [x, scale, parameter] : undefined,
    );
  },
};

/** A norm before the node, with a constant of the dims that it normalises as one of its operands. */
function withParameter(
  node: Node,
  context: RewriteContext,
  inputsWith: (
    norm: NodeOf<"layerNorm">,
    parameter: Operand,
  ) => readonly (Operand | undefined)[] | undefined,
) {
  return eitherWay(node, (operand, other) => {
    const norm = context.node(operand);
    const constant = context.constant(other);
    if (norm?.op !== "layerNorm" || constant === undefined || context.uses(operand) !== 1)
      return undefined;
    if (!sameType(norm.type, node.type)) return undefined;
    const dims = norm.type.dims.slice(norm.attributes.axis);
    const parameter = shapedAs(constant, dims, context);
    const inputs = parameter && inputsWith(norm, parameter.operand);
    if (parameter === undefined || inputs === undefined) return undefined;
    const { added: constants } = parameter;
    return { constants, node: { op: "layerNorm" as const, inputs, attributes: norm.attributes } };
  });
}

/** A constant whose dims are those wanted, but for ones before them. */
function shapedAs(constant: Constant, dims: readonly number[], context: RewriteContext) {
  const own = constant.type.dims;
  if (sameDims(own, dims)) return { operand: `@${constant.name}` as Operand, added: [] };
  const extra = own.length - dims.length;
  const leading = own.slice(0, Math.max(0, extra));
  if (extra < 0 || elementCount(leading) !== 1 || !sameDims(own.slice(extra), dims))
    return undefined;
  return aliasConstant(context, constant, "vector", dims);
}

export const layerNormRules: readonly Rule[] = [
  layerNorm,
  layerNormSpread,
  layerNormScale,
  layerNormBias,
];
