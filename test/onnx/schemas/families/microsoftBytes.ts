/** Random nodes of onnxruntime's own ops of bytes. */
import { tensor, type DType } from "../../../../compiler/base/tensor.js";
import { float } from "../../../support/onnxModel.js";
import {
  axisOf,
  broadcastable,
  exactly,
  maybe,
  ranks,
  type Draw,
  type Generator,
  type Operand,
  type Shape,
} from "../draw.js";
import { dequantizeLinear, qLinearConv, quantizeLinear, scales, zeros } from "./quantize.js";
import { image, windowOf } from "./window.js";

/** Scales of results, by which many values are in range and few half way between two. */
const wide = (draw: Draw, choices: readonly number[]): Operand =>
  draw.given(tensor("f32", [], [draw.pick(choices)]), true);

/** A scale, and perhaps a zero point. */
function quantum(draw: Draw, dtype: DType): [Operand, Operand | undefined] {
  return [scales(draw, []), draw.chance(0.7) ? zeros(draw, dtype, []) : undefined];
}

const RESULTS = { add: [0.3, 0.7, 1, 0.05], mul: [2.3, 7, 0.5, 30] } as const;

const joined =
  (op: "add" | "mul"): Generator =>
  (draw, { inputs }) => {
    const a = draw.operand(inputs[0]!.dtypes, ranks(1, 4));
    const b = draw.operand([a.dtype], broadcastable(a.dims));
    const [a1, a2] = quantum(draw, a.dtype);
    const [b1, b2] = quantum(draw, a.dtype);
    const zero = draw.chance(0.7) ? zeros(draw, a.dtype, []) : undefined;
    return { inputs: [a, a1, a2, b, b1, b2, wide(draw, RESULTS[op]), zero] };
  };

const activation: Generator = (draw, { inputs, attributes }) => {
  const x = draw.operand(inputs[0]!.dtypes, ranks(1, 4));
  const [scale, zero] = quantum(draw, x.dtype);
  const [yScale, yZero] = [wide(draw, [0.013, 1 / 256, 0.4]), zeros(draw, x.dtype, [])];
  return {
    inputs: [x, scale, zero, yScale, yZero],
    attributes: {
      alpha: attributes.has("alpha") ? maybe(draw, float(draw.pick([0.1, 0.2, 0.013]))) : undefined,
    },
  };
};

const softmax: Generator = (draw, { inputs }) => {
  const x = draw.operand(inputs[0]!.dtypes, ranks(1, 4));
  const [scale, zero] = quantum(draw, x.dtype);
  const least = tensor(x.dtype, [], [x.dtype === "u8" ? 0 : -128]);
  const opset = draw.pick([11, 13, 17]);
  return {
    inputs: [x, scale, zero, wide(draw, [1 / 256, 0.01]), draw.given(least, true)],
    attributes: { axis: maybe(draw, axisOf(draw, x.dims.length)), opset },
  };
};

const concat: Generator = (draw, { inputs }) => {
  const dtype = draw.pick(inputs[1]!.dtypes);
  const shape = ranks(1, 4).make(draw);
  const axis = axisOf(draw, shape.length);
  const at = axis < 0 ? axis + shape.length : axis;
  const [yScale, yZero] = [scales(draw, [], false), zeros(draw, dtype, [])];
  const parts = Array.from({ length: draw.int(1, 3) }, () => {
    const dims = shape.map((dim, i) => (i === at ? draw.int(1, 3) : dim));
    const own = draw.operand([dtype], exactly(dims));
    if (draw.chance(0.3)) return [own, yScale, yZero];
    return [own, scales(draw, []), zeros(draw, dtype, [])];
  });
  return { inputs: [yScale, yZero, ...parts.flat()], attributes: { axis } };
};

/** Scales and zero points are constants: onnxruntime-web asks for that. */
const where: Generator = (draw, { inputs }) => {
  const dtype = draw.pick(inputs[1]!.dtypes);
  const condition = draw.operand(["bool"], ranks(1, 4));
  const quanta = (): Operand[] => [
    scales(draw, [], false),
    draw.given(tensor(dtype, [], [draw.int(0, 255)])),
  ];
  const z = quanta();
  const sides = Array.from({ length: 2 }, () => {
    const own = draw.operand([dtype], broadcastable(condition.dims));
    return [own, ...(draw.chance(0.3) ? z : quanta())];
  });
  return { inputs: [condition, ...sides.flat(), ...z] };
};

/** Spatial dims of any number, channels at either end. */
function maps(draw: Draw, dtypes: readonly DType[], last: boolean): Operand {
  const shape = image([1, 3]);
  if (!last) return draw.operand(dtypes, shape);
  const [n, c, ...spatial] = shape.make(draw);
  return draw.operand(dtypes, exactly([n!, ...spatial, c!]));
}

const globalPool: Generator = (draw, { inputs }) => {
  const last = draw.chance(0.4);
  const x = maps(draw, inputs[0]!.dtypes, last);
  const quanta = [scales(draw, []), zeros(draw, x.dtype, []), wide(draw, [0.31, 0.1])];
  return {
    inputs: [x, ...quanta, zeros(draw, x.dtype, [])],
    attributes: { channels_last: last ? 1 : maybe(draw, 0) },
  };
};

const averagePool: Generator = (draw, schema) => {
  const last = draw.chance(0.4);
  const x = maps(draw, schema.inputs[0]!.dtypes, last);
  const [n, ...rest] = x.dims;
  const dims = last ? [n!, rest.at(-1)!, ...rest.slice(0, -1)] : x.dims;
  const { kernel, attributes } = windowOf(draw, dims, schema);
  const [scale, zero] = quantum(draw, x.dtype);
  return {
    inputs: [
      ...[x, scale, zero, wide(draw, [0.31, 0.1])],
      draw.chance(0.7) ? zeros(draw, x.dtype, []) : undefined,
    ],
    attributes: {
      ...attributes,
      kernel_shape: kernel,
      ceil_mode: maybe(draw, 0),
      count_include_pad: maybe(draw, draw.int(0, 1)),
      channels_last: last ? 1 : maybe(draw, 0),
    },
  };
};

const maxPool: Generator = (draw, schema) => {
  const x = maps(draw, schema.inputs[0]!.dtypes, true);
  const [n, ...rest] = x.dims;
  const { kernel, attributes } = windowOf(draw, [n!, rest.at(-1)!, ...rest.slice(0, -1)], schema);
  const ceil = draw.chance(0.3) ? 1 : maybe(draw, 0);
  return { inputs: [x], attributes: { ...attributes, kernel_shape: kernel, ceil_mode: ceil } };
};

/** An image whose channels come last has other dims, and the same window. */
const convolution: Generator = (draw, schema) => {
  const { inputs, attributes } = qLinearConv(draw, schema);
  const last = draw.chance(0.5);
  const [x, ...rest] = inputs;
  const [n, c, ...spatial] = x!.dims;
  const image = last ? draw.operand([x!.dtype], exactly([n!, ...spatial, c!])) : x!;
  return {
    inputs: [image, ...rest],
    attributes: { ...attributes, channels_last: last ? 1 : maybe(draw, 0) },
  };
};

/** Bytes by bytes, as onnxruntime has them: unsigned by any, signed by signed. */
function matrices(draw: Draw, a: Shape, columns: (k: number) => readonly number[]) {
  const left = draw.operand(["u8", "i8"], a);
  const right: readonly DType[] = left.dtype === "u8" ? ["u8", "i8"] : ["i8"];
  return [left, draw.operand(right, exactly(columns(left.dims.at(-1)!)))] as const;
}

const qGemm: Generator = (draw) => {
  const [transA, transB, n] = [draw.int(0, 1), draw.int(0, 1), draw.int(1, 4)];
  const m = draw.int(1, 4);
  const k = draw.int(1, 6);
  const [a, b] = matrices(draw, exactly(transA === 1 ? [k, m] : [m, k]), () =>
    transB === 1 ? [n, k] : [k, n],
  );
  const each = draw.chance(0.4) ? [n] : [];
  const bytes = draw.chance(0.7);
  const bias = draw.given(
    tensor(
      "i32",
      [n],
      Array.from({ length: n }, () => draw.int(-90, 90)),
    ),
  );
  return {
    inputs: [
      ...[a, scales(draw, []), zeros(draw, a.dtype, [])],
      ...[b, scales(draw, each, false), zeros(draw, b.dtype, each)],
      draw.chance(0.5) ? bias : undefined,
      bytes ? wide(draw, [4, 8, 2.5]) : undefined,
      bytes ? zeros(draw, a.dtype, []) : undefined,
    ],
    attributes: {
      alpha: maybe(draw, float(draw.pick([1, 0.5]))),
      transA: transA === 0 ? maybe(draw, 0) : 1,
      transB: transB === 0 ? maybe(draw, 0) : 1,
    },
  };
};

const floatsOf = (draw: Draw, n: number): Operand => draw.operand(["f32"], exactly([n]), "plain");

const integerToFloat: Generator = (draw) => {
  const n = draw.int(1, 4);
  const [a, b] = matrices(draw, ranks(2, 3), (k) => [k, n]);
  const each = draw.chance(0.4) ? [n] : [];
  return {
    inputs: [
      ...[a, b, scales(draw, []), scales(draw, each)],
      draw.chance(0.6) ? zeros(draw, a.dtype, []) : undefined,
      draw.chance(0.6) ? zeros(draw, b.dtype, each) : undefined,
      draw.chance(0.5) ? floatsOf(draw, n) : undefined,
    ],
  };
};

const dynamicQuantize: Generator = (draw, { inputs }) => {
  const a = draw.operand(["f32"], ranks(2, 3), "plain");
  const n = draw.int(1, 4);
  const b = draw.operand(inputs[1]!.dtypes, exactly([a.dims.at(-1)!, n]));
  const each = draw.chance(0.4) ? [n] : [];
  return {
    inputs: [
      ...[a, b, scales(draw, each)],
      draw.chance(0.6) ? zeros(draw, b.dtype, each) : undefined,
      draw.chance(0.5) ? floatsOf(draw, n) : undefined,
    ],
  };
};

export const microsoftBytes: Readonly<Record<string, Generator>> = {
  "com.microsoft.QuantizeLinear": quantizeLinear,
  "com.microsoft.DequantizeLinear": dequantizeLinear,
  "com.microsoft.QLinearAdd": joined("add"),
  "com.microsoft.QLinearMul": joined("mul"),
  "com.microsoft.QLinearSigmoid": activation,
  "com.microsoft.QLinearLeakyRelu": activation,
  "com.microsoft.QLinearSoftmax": softmax,
  "com.microsoft.QLinearConcat": concat,
  "com.microsoft.QLinearWhere": where,
  "com.microsoft.QLinearGlobalAveragePool": globalPool,
  "com.microsoft.QLinearAveragePool": averagePool,
  "com.microsoft.NhwcMaxPool": maxPool,
  "com.microsoft.QLinearConv": convolution,
  "com.microsoft.QGemm": qGemm,
  "com.microsoft.MatMulIntegerToFloat": integerToFloat,
  "com.microsoft.DynamicQuantizeMatMul": dynamicQuantize,
};
