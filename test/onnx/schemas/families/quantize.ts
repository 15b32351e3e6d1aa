/** Random nodes of quantised ops. */
import { ONNX_TYPES } from "../../../../compiler/onnx/proto.js";
import { tensor, type DType } from "../../../../compiler/base/tensor.js";
import type { Random } from "../../../support/random.js";
import { axisOf, exactly, maybe, ranks, type Draw, type Generator, type Operand } from "../draw.js";

const scale = (random: Random): number => random.pick([0.5, 0.25, 0.1, 0.02, 1]);
const zero = (random: Random, dtype: DType): number =>
  dtype === "u8" ? random.int(0, 255) : dtype === "i8" ? random.int(-20, 20) : 0;

/** One scale for all, or one for each index of an axis. */
export function scales(draw: Draw, dims: readonly number[], vary = true): Operand {
  const count = dims.reduce((product, dim) => product * dim, 1);
  return draw.given(
    tensor(
      "f32",
      dims,
      Array.from({ length: count }, () => scale(draw)),
    ),
    vary,
  );
}

export function zeros(draw: Draw, dtype: DType, dims: readonly number[]): Operand {
  const count = dims.reduce((product, dim) => product * dim, 1);
  return draw.given(
    tensor(
      dtype,
      dims,
      Array.from({ length: count }, () => zero(draw, dtype)),
    ),
    true,
  );
}

export const quantizeLinear: Generator = (draw, { outputs, attributes }) => {
  const x = draw.operand(["f32"], ranks(1, 4));
  const axis = axisOf(draw, x.dims.length);
  const each = attributes.has("axis") && draw.chance(0.5);
  const dims = each ? [x.dims.at(axis)!] : [];
  const to = draw.pick(outputs[0]!.dtypes);
  const point = draw.chance(0.7) ? zeros(draw, to, dims) : undefined;
  const named = attributes.has("output_dtype") && draw.chance(0.5) ? ONNX_TYPES[to] : undefined;
  return {
    inputs: [x, scales(draw, dims), point],
    attributes: {
      axis: each ? axis : attributes.has("axis") ? maybe(draw, axis) : undefined,
      saturate: attributes.has("saturate") ? maybe(draw, draw.int(0, 1)) : undefined,
      block_size: attributes.has("block_size") ? maybe(draw, 0) : undefined,
      output_dtype: named,
      precision: attributes.has("precision") ? maybe(draw, draw.pick([0, 1])) : undefined,
    },
  };
};

export const dequantizeLinear: Generator = (draw, { inputs, attributes }) => {
  const x = draw.operand(inputs[0]!.dtypes, ranks(1, 4));
  const axis = axisOf(draw, x.dims.length);
  const each = attributes.has("axis") && draw.chance(0.5);
  const dims = each ? [x.dims.at(axis)!] : [];
  return {
    inputs: [x, scales(draw, dims), draw.chance(0.6) ? zeros(draw, x.dtype, dims) : undefined],
    attributes: {
      axis: each ? axis : attributes.has("axis") ? maybe(draw, axis) : undefined,
      block_size: attributes.has("block_size") ? maybe(draw, 0) : undefined,
      output_dtype: attributes.has("output_dtype") ? maybe(draw, ONNX_TYPES.f32) : undefined,
    },
  };
};

const dynamicQuantize: Generator = (draw) => ({
  inputs: [draw.operand(["f32"], ranks(1, 3), "plain")],
  outputs: 3,
});

const matMulInteger: Generator = (draw, { inputs }) => {
  const a = draw.operand(inputs[0]!.dtypes, ranks(2, 3));
  const [k, n] = [a.dims.at(-1)!, draw.int(1, 4)];
  const b = draw.operand(inputs[1]!.dtypes, exactly([k, n]));
  const points = [
    draw.chance(0.6) ? zeros(draw, a.dtype, []) : undefined,
    draw.chance(0.6) ? zeros(draw, b.dtype, draw.chance(0.4) ? [n] : []) : undefined,
  ];
  return { inputs: [a, b, ...points] };
};

/** An image, weights and how they are convolved. */
function convolution(draw: Draw, from: readonly DType[], by: readonly DType[]) {
  const group = draw.pick([1, 1, 2]);
  const channels = group * draw.int(1, 2);
  const x = draw.operand(from, exactly([1, channels, draw.int(3, 5), draw.int(3, 5)]));
  const kernel = [draw.int(1, 3), draw.int(1, 3)];
  const outputs = group * draw.int(1, 2);
  const w = draw.operand(by, exactly([outputs, channels / group, ...kernel]), "any");
  const auto = draw.pick([undefined, undefined, "NOTSET", "SAME_UPPER", "VALID"]);
  const explicit = auto === undefined || auto === "NOTSET";
  const attributes = {
    auto_pad: auto,
    pads: explicit
      ? maybe(
          draw,
          [0, 1, 1, 0].map((side, i) => Math.min(side, kernel[i % 2]! - 1)),
        )
      : undefined,
    strides: maybe(draw, [draw.int(1, 2), draw.int(1, 2)]),
    dilations: maybe(draw, [1, 1]),
    kernel_shape: maybe(draw, kernel),
    group: group === 1 ? maybe(draw, 1) : group,
  };
  return { x, w, outputs, attributes };
}

const convInteger: Generator = (draw, { inputs }) => {
  const { x, w, attributes } = convolution(draw, inputs[0]!.dtypes, inputs[1]!.dtypes);
  const points = [
    draw.chance(0.6) ? zeros(draw, x.dtype, []) : undefined,
    draw.chance(0.6) ? zeros(draw, w.dtype, []) : undefined,
  ];
  return { inputs: [x, w, ...points], attributes };
};

export const qLinearConv: Generator = (draw, { inputs }) => {
  const { x, w, outputs, attributes } = convolution(draw, inputs[0]!.dtypes, inputs[3]!.dtypes);
  const each = draw.chance(0.5) ? [outputs] : [];
  const bias = Array.from({ length: outputs }, () => draw.int(-90, 90));
  const weightZeros = draw.given(
    tensor(
      w.dtype,
      each,
      new Array<number>(Math.max(1, each[0] ?? 1)).fill(w.dtype === "u8" ? 128 : 0),
    ),
  );
  return {
    inputs: [
      x,
      scales(draw, []),
      zeros(draw, x.dtype, []),
      w,
      scales(draw, each, false),
      weightZeros,
      draw.given(tensor("f32", [], [draw.pick([4, 8, 2.5])]), true),
      zeros(draw, x.dtype, []),
      draw.chance(0.5) ? draw.given(tensor("i32", [outputs], bias)) : undefined,
    ],
    attributes,
  };
};

const qLinearMatMul: Generator = (draw, { inputs }) => {
  const a = draw.operand(inputs[0]!.dtypes, ranks(2, 3));
  const [k, n] = [a.dims.at(-1)!, draw.int(1, 4)];
  const b = draw.operand(inputs[3]!.dtypes, exactly([k, n]));
  const each = draw.chance(0.4) ? [n] : [];
  return {
    inputs: [
      a,
      scales(draw, []),
      zeros(draw, a.dtype, []),
      b,
      scales(draw, each, false),
      zeros(draw, b.dtype, each),
      draw.given(tensor("f32", [], [draw.pick([4, 8, 2.5])]), true),
      zeros(draw, a.dtype, []),
    ],
  };
};

export const quantize: Readonly<Record<string, Generator>> = {
  QuantizeLinear: quantizeLinear,
  DequantizeLinear: dequantizeLinear,
  DynamicQuantizeLinear: dynamicQuantize,
  MatMulInteger: matMulInteger,
  ConvInteger: convInteger,
  QLinearConv: qLinearConv,
  QLinearMatMul: qLinearMatMul,
};
