/** How onnxruntime's quantised ops of one element each are read: floats in between, rounded where its kernels round. */
import { type DType } from "../../../../base/tensor.js";
import {
  float,
  integer,
  layer,
  refuse,
  row,
  type Layer,
  type Row,
  type Site,
  type Value,
} from "../../importSite.js";
import { castTo, scalar } from "../pointwise.js";
import { along, dequantizeLinear, LINEAR, quantized, quantizeLinear, RANGES } from "../quantize.js";
import { alongAxis } from "../reduce.js";
import { scaled, shifted, widened } from "../scales.js";

/** A scale or zero point that counts for all elements. */
export function single(site: Site, input: number): Value | undefined {
  return along(site, input, 0, 1);
}

/** (x − zero point) · scale, as f32. */
export function dequantized(site: Site, x: number, scale = x + 1, zero = x + 2): Layer {
  const point = single(site, zero);
  const wide = castTo("f32", site.inputs[x]!);
  const centred = shifted("sub", wide, point === undefined ? undefined : widened("f32", point));
  return layer("mul", [centred, single(site, scale)]);
}

/**
 * As onnxruntime's kernels of sums, products and averages do it: the zero point is added before rounding. Of
 * two neighbours just as near that is another one than QuantizeLinear takes where the zero point is odd.
 */
export function quantizedLate(ratio: Value, zero: Value | undefined, to: DType): Layer {
  const late = shifted("add", ratio, zero === undefined ? undefined : widened("f32", zero));
  const [min, max] = RANGES[to] ?? refuse(`quantised to ${to}`, "uint8 and int8 are supported");
  return castTo(to, layer("clip", [layer("round", [late])], { min, max }));
}

/** Two quantised operands, joined as floats. */
const joined = (op: "add" | "mul"): Row =>
  row({
    inputs: "A A_scale A_zero_point? B B_scale B_zero_point? C_scale C_zero_point?",
    since: [1],
    build(site) {
      const value = layer(op, [dequantized(site, 0), dequantized(site, 3)]);
      const ratio = layer("div", [value, single(site, 6)]);
      return quantizedLate(ratio, single(site, 7), site.type(0).dtype);
    },
  });

/** What onnxruntime has as a table of 256 entries. */
function activated(site: Site, of: (x: Layer) => Layer): Value {
  const ratio = layer("div", [of(dequantized(site, 0)), single(site, 3)]);
  return quantized(ratio, single(site, 4), site.type(0).dtype);
}

const ACTIVATION = "X X_scale X_zero_point? Y_scale Y_zero_point?";

interface Softmax {
  readonly axis: number;
  readonly opset: number;
}

/** Probabilities by the whole number of steps in 1: 256 of 1/256. */
function qLinearSoftmax(site: Site<Softmax>): Value {
  const { axis, opset } = site.attributes;
  const likely = alongAxis("softmax", dequantized(site, 0), axis, opset);
  const steps = layer("floor", [scaled("div", scalar(1), single(site, 3)!)]);
  return quantized(layer("mul", [likely, steps]), single(site, 4), site.type(0).dtype);
}

/** Whether two inputs are the same number of the file. */
function sameNumber({ constant }: Site, one: number, other: number): boolean {
  const [a, b] = [constant(one), constant(other)];
  if (a?.data.length !== 1 || b?.data.length !== 1) return false;
  return a.type.dtype === b.type.dtype && Object.is(a.data[0], b.data[0]);
}

/** The same numbers by the result's scale; what is of that already is only moved. */
function moved(site: Site, x: number, scale: number, zero: number): Value {
  if (sameNumber(site, x + 1, scale) && sameNumber(site, x + 2, zero)) return site.inputs[x]!;
  const ratio = layer("div", [dequantized(site, x), single(site, scale)]);
  return quantized(ratio, single(site, zero), site.type(x).dtype);
}

function qLinearConcat(site: Site<{ axis: number }>): Value {
  const { inputs, attributes } = site;
  const parts = (inputs.length - 2) / 3;
  if (!Number.isInteger(parts)) {
    refuse(
      `${inputs.length - 2} inputs to concatenate`,
      "each comes with its scale and zero point",
    );
  }
  const values = Array.from({ length: parts }, (_, i) => moved(site, 2 + 3 * i, 0, 1));
  return layer("concat", values, { axis: attributes.axis });
}

export const microsoftQuantizeRows: Readonly<Record<string, Row>> = {
  QuantizeLinear: row({
    inputs: "x y_scale y_zero_point?",
    attributes: LINEAR,
    since: [[1, ["axis"]]],
    build: quantizeLinear,
  }),
  DequantizeLinear: row({
    inputs: "x x_scale x_zero_point?",
    attributes: LINEAR,
    since: [[1, ["axis"]]],
    build: dequantizeLinear,
  }),
  QLinearAdd: joined("add"),
  QLinearMul: joined("mul"),
  QLinearSigmoid: row({
    inputs: ACTIVATION,
    since: [1],
    build: (site) => activated(site, (x) => layer("sigmoid", [x])),
  }),
  QLinearLeakyRelu: row({
    inputs: ACTIVATION,
    attributes: { alpha: float.default(0.01) },
    since: [1],
    // a slope that is a tensor is an f32, as onnxruntime's is
    build: (site) => activated(site, (x) => layer("prelu", [x, scalar(site.attributes.alpha)])),
  }),
  QLinearSoftmax: row({
    inputs: "X X_scale x_zero_point? y_scale y_zero_point",
    attributes: { axis: integer.default(-1), opset: integer },
    since: [1],
    build: qLinearSoftmax,
  }),
  QLinearConcat: row({
    inputs: "Y_scale Y_zero_point inputs…",
    attributes: { axis: integer },
    since: [1],
    build: qLinearConcat,
  }),
  QLinearWhere: row({
    inputs: "condition X x_scale x_zero_point Y y_scale y_zero_point z_scale z_zero_point",
    since: [1],
    build: (site) => layer("where", [site.inputs[0], moved(site, 1, 7, 8), moved(site, 4, 7, 8)]),
  }),
};
