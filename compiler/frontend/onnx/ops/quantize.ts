/** How ONNX's quantised ops are read: integers less their zero points, sums of 32 bits, and rounding back. */
import type { Attributes } from "../../../graph/definition.js";
import { exactType } from "../../../onnx/elementTypes.js";
import { type DType } from "../../../base/tensor.js";
import {
  flag,
  integer,
  layer,
  refuse,
  row,
  type Layer,
  type Row,
  type Site,
  type Value,
} from "../importSite.js";
import { castTo, scalar } from "./pointwise.js";
import { scaled, shifted, viewed, widened } from "./scales.js";
import { WINDOW, windowOf, type Window } from "./window.js";

export const RANGES: Readonly<Record<string, readonly [number, number]>> = {
  u8: [0, 255],
  i8: [-128, 127],
};

/** One number for each index of dimension `axis` as [n, 1, 1 …]; one for all stays as it is. */
export function along(site: Site, input: number, axis: number, rank: number): Value | undefined {
  const operand = site.inputs[input];
  if (operand === undefined) return undefined;
  const { dims } = site.constantType(input) ?? site.type(input);
  if (dims.length === 0) return viewed(site, input, []);
  if (dims.length > 1) {
    refuse("scales in blocks are not supported", "quantise by tensor or by channel");
  }
  if (dims[0] === 1) return viewed(site, input, []);
  const at = axis < 0 ? axis + rank : axis;
  const shape = Array.from({ length: rank - at }, (_, d) => (d === 0 ? dims[0]! : 1));
  return viewed(site, input, shape);
}

/** Round to even, add the zero point, and stay in range. */
export function quantized(ratio: Value, zero: Value | undefined, to: DType): Layer {
  const range = RANGES[to] ?? refuse(`quantised to ${to}`, "uint8 and int8 are supported");
  const point = zero === undefined ? undefined : widened("f32", zero);
  const rounded = shifted("add", layer("round", [ratio]), point);
  return castTo(to, layer("clip", [rounded], { min: range[0], max: range[1] }));
}

interface Linear {
  readonly axis: number;
  readonly block_size: number;
  readonly output_dtype: number;
}

export function quantizeLinear(site: Site<Linear>): Value {
  const { inputs, attributes, type } = site;
  refuseBlocks(attributes);
  const rank = type(0).dims.length;
  const [scale, zero] = [1, 2].map((input) => along(site, input, attributes.axis, rank));
  const x = type(0).dtype === "f32" ? inputs[0]! : castTo("f32", inputs[0]!);
  const named = attributes.output_dtype;
  const to =
    inputs[2] !== undefined ? type(2).dtype : named === 0 ? "u8" : exactType(named, "output");
  return quantized(layer("div", [x, scale]), zero, to);
}

export function dequantizeLinear(site: Site<Linear>): Value {
  const { inputs, attributes, type } = site;
  refuseBlocks(attributes);
  const rank = type(0).dims.length;
  const [scale, zero] = [1, 2].map((input) => along(site, input, attributes.axis, rank));
  const point = zero === undefined ? undefined : widened("f32", zero);
  return layer("mul", [shifted("sub", castTo("f32", inputs[0]!), point), scale]);
}

function refuseBlocks({ block_size }: Linear): void {
  if (block_size !== 0)
    refuse("scales in blocks are not supported", "quantise by tensor or by channel");
}

/** The scale that lets 0 and all of x into a byte. */
export function dynamicQuantize({ inputs: [x] }: Site): readonly Value[] {
  const zero = scalar(0);
  const extreme = (reduce: string, join: string): Layer =>
    layer(join, [layer(reduce, [x], { keepDims: false }), zero]);
  const lowest = extreme("reduceMin", "min");
  const range = layer("sub", [extreme("reduceMax", "max"), lowest]);
  const scale = layer("div", [range, scalar(255)]);
  const zeroPoint = quantized(layer("div", [layer("neg", [lowest]), scale]), undefined, "u8");
  return [quantized(layer("div", [x, scale]), zeroPoint, "u8"), scale, zeroPoint];
}

/** x − zero point, of 32 bits. */
export function centred(x: Value, zero: Value | undefined): Value {
  return shifted("sub", castTo("i32", x), zero === undefined ? undefined : widened("i32", zero));
}

/** Zero points of a's rows and b's columns. */
function integerProduct(site: Site, a: number, aZero: number, b: number, bZero: number): Layer {
  const { inputs, type } = site;
  const rows = along(site, aZero, type(a).dims.length - 2, type(a).dims.length);
  const columns = along(site, bZero, type(b).dims.length - 1, type(b).dims.length);
  return layer("matmul", [centred(inputs[a]!, rows), centred(inputs[b]!, columns)]);
}

/** What multiplies sums of products: the scales of both operands over that of the result. */
function rescaled(sum: Value, a: Value, b: Value, y: Value, zero: Value, to: DType): Layer {
  const factor = scaled("div", scaled("mul", a, b), y);
  return quantized(layer("mul", [castTo("f32", sum), factor]), zero, to);
}

function qLinearMatMul(site: Site): Value {
  const { inputs, type } = site;
  const [a, b] = [type(0).dims.length, type(3).dims.length];
  const aScale = along(site, 1, a - 2, a)!;
  const bScale = along(site, 4, b - 1, b)!;
  const yScale = along(site, 6, a - 2, a)!;
  const yZero = along(site, 7, a - 2, a)!;
  const sum = integerProduct(site, 0, 2, 3, 5);
  return rescaled(sum, aScale, bScale, yScale, yZero, type(inputs.length - 1).dtype);
}

export type Conv = Window & { readonly group: number };

function integerConv(
  site: Site<Conv>,
  [x, xZero, w, wZero]: readonly [number, number, number, number],
  bias?: Value,
  image: Value = site.inputs[x]!,
): Layer {
  const { inputs, attributes, type } = site;
  const rank = type(x).dims.length;
  const operands = [
    centred(image, along(site, xZero, 1, rank)),
    centred(inputs[w]!, along(site, wZero, 0, rank)),
    bias,
  ];
  const how: Attributes = { ...windowOf(attributes), groups: attributes.group };
  return layer("conv", operands, how);
}

/** `image` stands for the first input where that has other dims. */
export function qLinearConv(site: Site<Conv>, image?: Value): Value {
  const rank = site.type(0).dims.length;
  const sum = integerConv(site, [0, 2, 3, 5], site.inputs[8], image);
  const scale = (input: number): Value => along(site, input, 1, rank)!;
  return rescaled(sum, scale(1), scale(4), scale(6), scale(7), site.type(7).dtype);
}

export const LINEAR = {
  axis: integer.default(1),
  block_size: integer.default(0),
  output_dtype: integer.default(0),
  saturate: flag.optional(),
  precision: integer.optional(),
};
const FLOAT8 = ["axis", "saturate"] as const;
export const CONV = { ...WINDOW, group: integer.default(1) };

export const quantizeRows: Readonly<Record<string, Row>> = {
  QuantizeLinear: row({
    inputs: "x y_scale y_zero_point?",
    attributes: LINEAR,
    since: [
      [10, []],
      [13, ["axis"]],
      [19, FLOAT8],
      [21, [...FLOAT8, "block_size", "output_dtype"]],
      23,
      24,
      25,
      28,
    ],
    build: quantizeLinear,
  }),
  DequantizeLinear: row({
    inputs: "x x_scale x_zero_point?",
    attributes: LINEAR,
    since: [
      [10, []],
      [13, ["axis"]],
      [19, ["axis"]],
      [21, ["axis", "block_size"]],
      [23, ["axis", "block_size", "output_dtype"]],
      [24, ["axis", "block_size", "output_dtype"]],
      [25, ["axis", "block_size", "output_dtype"]],
      [28, ["axis", "block_size", "output_dtype"]],
    ],
    build: dequantizeLinear,
  }),
  DynamicQuantizeLinear: row({ inputs: "x", outputs: 3, since: [11], build: dynamicQuantize }),
  MatMulInteger: row({
    inputs: "A B a_zero_point? b_zero_point?",
    since: [10],
    build: (site) => integerProduct(site, 0, 2, 1, 3),
  }),
  ConvInteger: row({
    inputs: "x w x_zero_point? w_zero_point?",
    attributes: CONV,
    since: [10],
    build: (site) => integerConv(site, [0, 2, 1, 3]),
  }),
  QLinearMatMul: row({
    inputs: "a a_scale a_zero_point b b_scale b_zero_point y_scale y_zero_point",
    since: [10, 21],
    build: qLinearMatMul,
  }),
  QLinearConv: row({
    inputs: "x x_scale x_zero_point w w_scale w_zero_point y_scale y_zero_point B?",
    attributes: CONV,
    since: [10],
    build: (site) => qLinearConv(site),
  }),
};
