/** How pointwise ops and reductions are said in ONNX: one row an op. */
import type { NodeOf, OpName } from "../graph/graph.js";
import { nearestScalar } from "../base/numbers.js";
import type { reductions } from "../ops/reduce.js";
import { sameDims, tensor } from "../base/tensor.js";
import { float, int, intList, reshaped, step, text, type Site, type Step } from "./site.js";
import { ONNX_TYPES } from "../onnx/proto.js";

/** The ONNX op of the same meaning, operands and (no) attributes. */
const same =
  (opType: string) =>
  ({ inputs }: Pick<Site, "inputs">): Step =>
    step(opType, inputs);

type WithAlpha = "leakyRelu" | "thresholdedRelu" | "elu" | "celu";

const withAlpha =
  (opType: string) =>
  ({ inputs, node }: Site<WithAlpha>): Step =>
    step(opType, inputs, { alpha: float(node.attributes.alpha) });

/** x · f(x) */
const gatedBy =
  (opType: string) =>
  (site: Site<"silu">): Step =>
    step("Mul", [site.inputs[0]!, site.emit(step(opType, [site.inputs[0]!]))]);

/** An absent bound of ONNX's is the largest finite number, which an infinity would become. */
function clip(site: Site<"clip">): Step {
  const { dtype } = site.node.type;
  const { min, max } = site.node.attributes;
  if (min === undefined && max === undefined) return step("Identity", site.inputs);
  const bound = (value: number | undefined, infinity: number): string => {
    if (value === undefined && dtype !== "f32") return "";
    return site.constant(nearestScalar(dtype, value ?? infinity));
  };
  return step("Clip", [site.inputs[0]!, bound(min, -Infinity), bound(max, Infinity)]);
}

/** ONNX has Python's remainder for integers only: mod of floats => fmod, plus y where the signs differ. */
function mod(site: Site<"mod">): Step {
  const { fmod } = site.node.attributes;
  const [x, y] = site.inputs as [string, string];
  if (fmod || site.node.type.dtype !== "f32")
    return step("Mod", [x, y], { fmod: int(fmod ? 1 : 0) });
  const zero = site.constant(tensor("f32", [], [0]));
  const of = (opType: string, ...inputs: string[]): string => site.emit(step(opType, inputs));
  const rest = site.emit(step("Mod", [x, y], { fmod: int(1) }));
  const opposed = of("Xor", of("Less", rest, zero), of("Less", y, zero));
  const shifted = of("And", of("Not", of("Equal", rest, zero)), opposed);
  return step("Where", [shifted, of("Add", rest, y), rest]);
}

/** A slope [c] belongs to the channels: ONNX aligns it only as [c, 1, …]. Only the slope is stretched there. */
function prelu(site: Site<"prelu">): Step {
  const [x, slope] = site.types;
  const [rank, { dims }] = [x!.dims.length, site.node.type];
  const aligned = slope!.dims.length === 1 && slope!.dims[0] === x!.dims[1] && rank > 2;
  const slopeDims = [slope!.dims[0]!, ...new Array<number>(Math.max(0, rank - 2)).fill(1)];
  return step("PRelu", [
    sameDims(x!.dims, dims)
      ? site.inputs[0]!
      : site.emit(step("Expand", [site.inputs[0]!, intList(site, dims)])),
    aligned ? reshaped(site, site.inputs[1]!, slopeDims) : site.inputs[1]!,
  ]);
}

type Reduction = keyof typeof reductions;

const reduction =
  (opType: string) =>
  (site: Site<Reduction>): Step => {
    const { axes, keepDims } = site.node.attributes as NodeOf<"reduceSum">["attributes"];
    return step(opType, [site.inputs[0]!, intList(site, axes!)], {
      keepdims: int(keepDims ? 1 : 0),
      noop_with_empty_axes: int(1),
    });
  };

/** ONNX counts in i64. */
const argExtreme =
  (opType: string) =>
  (site: Site<"argMax" | "argMin">): Step => {
    const { axis, keepDims, selectLast } = site.node.attributes;
    const found = site.emit(
      step(opType, site.inputs, {
        axis: int(axis),
        keepdims: int(keepDims ? 1 : 0),
        select_last_index: int(selectLast ? 1 : 0),
      }),
    );
    return step("Cast", [found], { to: int(ONNX_TYPES.i32) });
  };

/** The second output of TopK, which counts in i64. */
function topKIndices(site: Site<"topKIndices">): Step {
  const { axis, k, largest } = site.node.attributes;
  const found = site.emit({
    ...step("TopK", [site.inputs[0]!, intList(site, [k])], {
      axis: int(axis),
      largest: int(largest ? 1 : 0),
    }),
    output: 1,
  });
  return step("Cast", [found], { to: int(ONNX_TYPES.i32) });
}

function cumSum(site: Site<"cumSum">): Step {
  const { axis, exclusive, reverse } = site.node.attributes;
  return step("CumSum", [site.inputs[0]!, site.constant(tensor("i64", [], [axis]))], {
    exclusive: int(exclusive ? 1 : 0),
    reverse: int(reverse ? 1 : 0),
  });
}

const alongAxis =
  (opType: string) =>
  ({ inputs, node }: Site<"softmax" | "logSoftmax">): Step =>
    step(opType, inputs, { axis: int(node.attributes.axis) });

export const pointwiseExporters = {
  relu: same("Relu"),
  clip,
  leakyRelu: withAlpha("LeakyRelu"),
  prelu,
  thresholdedRelu: withAlpha("ThresholdedRelu"),
  shrink: ({ inputs, node: { attributes } }: Site<"shrink">) =>
    step("Shrink", inputs, { lambd: float(attributes.lambd), bias: float(attributes.bias) }),
  elu: withAlpha("Elu"),
  selu: ({ inputs, node: { attributes } }: Site<"selu">) =>
    step("Selu", inputs, { alpha: float(attributes.alpha), gamma: float(attributes.gamma) }),
  celu: withAlpha("Celu"),
  gelu: ({ inputs, node }: Site<"gelu">) =>
    step("Gelu", inputs, { approximate: text(node.attributes.approximate) }),
  sigmoid: same("Sigmoid"),
  hardSigmoid: ({ inputs, node: { attributes } }: Site<"hardSigmoid">) =>
    step("HardSigmoid", inputs, {
      alpha: float(attributes.alpha),
      beta: float(attributes.beta),
    }),
  hardSwish: same("HardSwish"),
  silu: gatedBy("Sigmoid"),
  mish: same("Mish"),
  tanh: same("Tanh"),
  softplus: same("Softplus"),
  softsign: same("Softsign"),
  erf: same("Erf"),
  exp: same("Exp"),
  log: same("Log"),
  sin: same("Sin"),
  cos: same("Cos"),
  tan: same("Tan"),
  asin: same("Asin"),
  acos: same("Acos"),
  atan: same("Atan"),
  sinh: same("Sinh"),
  cosh: same("Cosh"),
  asinh: same("Asinh"),
  acosh: same("Acosh"),
  atanh: same("Atanh"),
  sqrt: same("Sqrt"),
  abs: same("Abs"),
  neg: same("Neg"),
  reciprocal: same("Reciprocal"),
  floor: same("Floor"),
  ceil: same("Ceil"),
  round: same("Round"),
  sign: same("Sign"),
  add: same("Add"),
  sub: same("Sub"),
  mul: same("Mul"),
  div: same("Div"),
  pow: same("Pow"),
  mod,
  min: same("Min"),
  max: same("Max"),
  equal: same("Equal"),
  less: same("Less"),
  greater: same("Greater"),
  lessOrEqual: same("LessOrEqual"),
  greaterOrEqual: same("GreaterOrEqual"),
  and: same("And"),
  or: same("Or"),
  xor: same("Xor"),
  not: same("Not"),
  isNaN: same("IsNaN"),
  isInf: ({ inputs, node: { attributes } }: Site<"isInf">) =>
    step("IsInf", inputs, {
      detect_negative: int(attributes.detectNegative ? 1 : 0),
      detect_positive: int(attributes.detectPositive ? 1 : 0),
    }),
  where: same("Where"),
  cast: ({ inputs, node }: Site<"cast">) =>
    step("Cast", inputs, { to: int(ONNX_TYPES[node.attributes.to]) }),
  reduceMean: reduction("ReduceMean"),
  reduceSum: reduction("ReduceSum"),
  reduceMax: reduction("ReduceMax"),
  reduceMin: reduction("ReduceMin"),
  reduceProd: reduction("ReduceProd"),
  reduceL1: reduction("ReduceL1"),
  reduceL2: reduction("ReduceL2"),
  reduceSumSquare: reduction("ReduceSumSquare"),
  reduceLogSum: reduction("ReduceLogSum"),
  reduceLogSumExp: reduction("ReduceLogSumExp"),
  argMax: argExtreme("ArgMax"),
  argMin: argExtreme("ArgMin"),
  topKIndices,
  cumSum,
  softmax: alongAxis("Softmax"),
  logSoftmax: alongAxis("LogSoftmax"),
} satisfies { [Name in OpName]?: (site: Site<Name>) => Step };
