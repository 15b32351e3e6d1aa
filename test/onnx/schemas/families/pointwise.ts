/** Random nodes of pointwise ops. */
import { ONNX_TYPES } from "../../../../compiler/onnx/proto.js";
import { tensor, type DType } from "../../../../compiler/base/tensor.js";
import { float } from "../../../support/onnxModel.js";
import type { Schema } from "../changelog.js";
import {
  broadcast,
  broadcastable,
  exactly,
  maybe,
  ranks,
  within,
  type Draw,
  type Generator,
  type Operand,
} from "../draw.js";

const ANY = ranks(0, 4);

/** One operand, and some of the float attributes, with one of their values. */
const one =
  (numbers: Readonly<Record<string, readonly number[]>> = {}): Generator =>
  (draw, { inputs }) => ({
    inputs: [draw.operand(inputs[0]!.dtypes, ANY)],
    attributes: Object.fromEntries(
      Object.entries(numbers).map(([name, values]) => [
        name,
        maybe(draw, float(draw.pick(values))),
      ]),
    ),
  });

/** B for an A: until opset 6 its dims are a run of A's, from `axis` on. */
function second(
  draw: Draw,
  { since, attributes }: Schema,
  a: Operand,
  content: Parameters<Draw["operand"]>[2] = "any",
  dtypes: readonly DType[] = [a.dtype],
) {
  if (since >= 7 || !attributes.has("broadcast")) {
    return { b: draw.operand(dtypes, broadcastable(a.dims), content), how: {} };
  }
  if (a.dims.length === 0 || draw.chance(0.3)) {
    return { b: draw.operand(dtypes, exactly(a.dims), content), how: {} };
  }
  const axis = draw.int(0, a.dims.length - 1);
  const suffix = draw.chance(0.3);
  const end = suffix ? a.dims.length : draw.int(axis + 1, a.dims.length);
  const b = draw.operand(dtypes, exactly(a.dims.slice(axis, end)), content);
  return { b, how: suffix ? { broadcast: 1 } : { broadcast: 1, axis } };
}

const two =
  (integersBy: "any" | "nonzero" = "any"): Generator =>
  (draw, schema) => {
    const a = draw.operand(schema.inputs[0]!.dtypes, ANY);
    const content = a.dtype === "f32" ? "any" : integersBy;
    const { b, how } = second(draw, schema, a, content);
    return { inputs: [a, b], attributes: how };
  };

const variadic: Generator = (draw, { inputs, since }) => {
  const first = draw.operand(inputs[0]!.dtypes, ANY);
  const operands = [first];
  let dims = first.dims;
  for (let more = draw.int(0, 3); more > 0; more--) {
    const shape = since < 8 ? exactly(dims) : broadcastable(dims);
    const next = draw.operand([first.dtype], shape);
    dims = broadcast(dims, next.dims)!;
    operands.push(next);
  }
  return { inputs: operands };
};

const pow: Generator = (draw, schema) => {
  const x = draw.operand(schema.inputs[0]!.dtypes, ANY, draw.chance(0.5) ? "positive" : "any");
  const same = schema.since < 12;
  const dtypes = same ? [x.dtype] : schema.inputs[1]!.dtypes;
  const whole = x.dtype !== "f32";
  const allowed = whole && !same ? dtypes.filter((dtype) => dtype !== "f32") : dtypes;
  const { b, how } = second(draw, schema, x, whole ? "positive" : "plain", allowed);
  return { inputs: [x, b], attributes: how };
};

const mod: Generator = (draw, { inputs, since }) => {
  const fractions = since >= 28 || draw.chance(0.4);
  const dtypes = inputs[0]!.dtypes.filter((dtype) => (dtype === "f32") === fractions);
  const a = draw.operand(dtypes, ANY);
  const b = draw.operand([a.dtype], broadcastable(a.dims), fractions ? "any" : "nonzero");
  const fmod = fractions && since < 28 ? 1 : maybe(draw, draw.int(0, 1));
  return { inputs: [a, b], attributes: { fmod } };
};

const clip: Generator = (draw, { inputs, since }) => {
  const x = draw.operand(inputs[0]!.dtypes, ANY);
  const low = draw.int(-3, 1);
  const bounds = [
    maybe(draw, Math.max(low, x.dtype === "u8" ? 0 : low)),
    maybe(draw, draw.int(2, 5)),
  ];
  if (since < 11) {
    const [min, max] = bounds.map((bound) => (bound === undefined ? bound : float(bound)));
    return { inputs: [x], attributes: { min, max } };
  }
  const operands = bounds.map((bound) =>
    bound === undefined ? undefined : draw.given(tensor(x.dtype, [], [bound]), true),
  );
  return { inputs: [x, ...operands] };
};

const prelu: Generator = (draw, { inputs, since }) => {
  const x = draw.operand(inputs[0]!.dtypes, since < 7 ? ranks(2, 4) : ranks(1, 4));
  const slope = since < 7 ? exactly(draw.chance(0.3) ? [1] : [x.dims[1]!]) : within(x.dims);
  return { inputs: [x, draw.operand([x.dtype], slope)] };
};

/** Floats leave some room to what is out of an integer's range, where ONNX says nothing. */
function castable(draw: Draw, dtypes: readonly DType[], to: DType): Operand {
  const from = draw.pick(dtypes);
  const whole = to !== "f32" && to !== "bool";
  return draw.operand([from], ANY, whole && from === "f32" ? "byte" : "any");
}

const cast: Generator = (draw, { inputs, outputs, attributes }) => {
  const to = draw.pick(outputs[0]!.dtypes);
  return {
    inputs: [castable(draw, inputs[0]!.dtypes, to)],
    attributes: {
      to: ONNX_TYPES[to],
      saturate: attributes.has("saturate") ? maybe(draw, draw.int(0, 1)) : undefined,
      round_mode: attributes.has("round_mode")
        ? maybe(draw, draw.pick(["up", "down", "nearest"]))
        : undefined,
    },
  };
};

const castLike: Generator = (draw, { inputs, attributes }) => {
  const to = draw.operand(inputs[1]!.dtypes, ANY);
  return {
    inputs: [castable(draw, inputs[0]!.dtypes, to.dtype), to],
    attributes: {
      saturate: attributes.has("saturate") ? maybe(draw, draw.int(0, 1)) : undefined,
      round_mode: attributes.has("round_mode")
        ? maybe(draw, draw.pick(["up", "down", "nearest"]))
        : undefined,
    },
  };
};

const where: Generator = (draw, { inputs }) => {
  const x = draw.operand(inputs[1]!.dtypes, ANY);
  const y = draw.operand([x.dtype], broadcastable(x.dims));
  const condition = draw.operand(["bool"], broadcastable(broadcast(x.dims, y.dims)!));
  return { inputs: [condition, x, y] };
};

const isInf: Generator = (draw, { inputs }) => ({
  inputs: [draw.operand(inputs[0]!.dtypes, ANY)],
  attributes: {
    detect_negative: maybe(draw, draw.int(0, 1)),
    detect_positive: maybe(draw, draw.int(0, 1)),
  },
});

const gelu: Generator = (draw, { inputs }) => ({
  inputs: [draw.operand(inputs[0]!.dtypes, ANY)],
  attributes: { approximate: maybe(draw, draw.pick(["none", "tanh"])) },
});

const names = (text: string, generator: Generator) =>
  text.split(" ").map((name) => [name, generator] as const);

export const pointwise: Readonly<Record<string, Generator>> = {
  ...Object.fromEntries([
    ...names("Relu Sigmoid HardSwish Mish Tanh Softplus Softsign Erf Exp Log Sqrt Abs Neg", one()),
    ...names("Reciprocal Floor Ceil Round Sign Sin Cos Tan Asin Acos Atan Sinh Cosh", one()),
    ...names("Asinh Acosh Atanh Not IsNaN", one()),
    ...names("Add Sub Mul Equal Less Greater LessOrEqual GreaterOrEqual And Or Xor", two()),
    ...names("Sum Max Min Mean", variadic),
  ]),
  LeakyRelu: one({ alpha: [0.3, -0.1, 2] }),
  Elu: one({ alpha: [0.3, 1, 2] }),
  Selu: one({ alpha: [0.5, 2], gamma: [0.5, 3] }),
  Celu: one({ alpha: [0.3, 2] }),
  ThresholdedRelu: one({ alpha: [0, 0.5, 2, -1] }),
  Shrink: one({ bias: [0.25, 1], lambd: [0, 1, 1.5] }),
  HardSigmoid: one({ alpha: [0.5, 1], beta: [0, 0.25] }),
  Swish: one({ alpha: [0.5, 1.702, 1] }),
  PRelu: prelu,
  Gelu: gelu,
  Clip: clip,
  Div: two("nonzero"),
  Pow: pow,
  Mod: mod,
  Cast: cast,
  CastLike: castLike,
  Where: where,
  IsInf: isInf,
};
