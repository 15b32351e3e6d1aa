/** How onnxruntime's products of matrices are read: of bytes, of weights in blocks of few bits, and transposed ones. */
import { z } from "zod";
import { tensor } from "../../../../base/tensor.js";
import {
  flag,
  float,
  integer,
  layer,
  refuse,
  reshape,
  row,
  type Layer,
  type Row,
  type Site,
  type Value,
} from "../../importSite.js";
import { castTo, scalar } from "../pointwise.js";
import { scaled } from "../scales.js";
import { along, centred, dynamicQuantize, quantized } from "../quantize.js";
import { single } from "./quantize.js";

const swapped = (x: Value): Layer => layer("transpose", [x], { permutation: [1, 0] });

interface QGemm {
  readonly alpha: number;
  readonly transA: boolean;
  readonly transB: boolean;
}

/** Sums of 32 bits with C; without a scale of the result they stay floats. */
function qGemm(site: Site<QGemm>): Value {
  const { inputs, attributes, type } = site;
  const { alpha, transA, transB } = attributes;
  const [a, b, c, yScale] = [inputs[0]!, inputs[3]!, inputs[6], inputs[7]];
  const left = centred(transA ? swapped(a) : a, single(site, 2));
  const right = centred(transB ? swapped(b) : b, along(site, 5, 1, 2));
  const product = layer("matmul", [left, right]);
  const sum = c === undefined ? product : layer("add", [product, c]);
  const aScale = scaled("mul", scalar(alpha), single(site, 1)!);
  const scale = scaled("mul", aScale, along(site, 4, 1, 2)!);
  if (yScale === undefined) return layer("mul", [castTo("f32", sum), scale]);
  const factor = scaled("div", scale, single(site, 7)!);
  return quantized(layer("mul", [castTo("f32", sum), factor]), single(site, 8), type(0).dtype);
}

/** Rows of bytes by columns of bytes, as floats. */
function integerToFloat(sum: Value, aScale: Value, bScale: Value, bias: Value | undefined): Layer {
  const product = layer("mul", [castTo("f32", sum), scaled("mul", aScale, bScale)]);
  return bias === undefined ? product : layer("add", [product, bias]);
}

function matMulIntegerToFloat(site: Site): Value {
  const { inputs, type } = site;
  const rank = type(1).dims.length;
  const left = centred(inputs[0]!, single(site, 4));
  const right = centred(inputs[1]!, along(site, 5, rank - 1, rank));
  const sum = layer("matmul", [left, right]);
  return integerToFloat(sum, single(site, 2)!, along(site, 3, rank - 1, rank)!, inputs[6]);
}

function dynamicQuantizeMatMul(site: Site): Value {
  const { inputs, type } = site;
  const rank = type(1).dims.length;
  const [a, aScale, aZero] = dynamicQuantize(site);
  const right = centred(inputs[1]!, along(site, 3, rank - 1, rank));
  const sum = layer("matmul", [centred(a!, aZero), right]);
  return integerToFloat(sum, aScale!, along(site, 2, rank - 1, rank)!, inputs[4]);
}

interface NBits {
  readonly K: number;
  readonly N: number;
  readonly bits: number;
  readonly block_size: number;
  readonly weight_prepacked: number;
}

/** Numbers of a few bits out of bytes [rows, bytes], the lowest bits first: [rows, count] as f32. */
function unpacked(x: Value, bits: number, rows: number, bytes: number, count: number): Value {
  const each = 8 / bits;
  const byte = reshape(castTo("i32", x), rows, bytes, 1);
  const whole = (value: number): Value => tensor("i32", [], [value]);
  const parts = Array.from({ length: each }, (_, i) => {
    const shifted = i === 0 ? byte : layer("div", [byte, whole(2 ** (i * bits))]);
    return i === each - 1 ? shifted : layer("mod", [shifted, whole(2 ** bits)]);
  });
  const all = reshape(layer("concat", parts, { axis: 2 }), rows, bytes * each);
  const wanted = count === bytes * each ? all : cut(all, count);
  return castTo("f32", wanted);
}

const cut = (x: Value, count: number): Layer =>
  layer("slice", [x], { starts: [0], ends: [count], axes: [1] });

/** Zero points of blocks: packed as the weights are, floats, or the middle of the range. */
function zeroPoints({ inputs, type, attributes }: Site<NBits>, blocks: number): Value {
  const { N, bits } = attributes;
  const given = inputs[3];
  if (given === undefined) return scalar(2 ** (bits - 1));
  if (type(3).dtype !== "u8") return reshape(given, N, blocks, 1);
  const bytes = Math.ceil((blocks * bits) / 8);
  return reshape(unpacked(given, bits, N, bytes, blocks), N, blocks, 1);
}

/** Weights become floats; where they are constants, before anything runs. */
function matMulNBits(site: Site<NBits>): Value {
  const { inputs, attributes } = site;
  const { K, N, bits, block_size: size, weight_prepacked } = attributes;
  if (![2, 4, 8].includes(bits)) refuse(`weights of ${bits} bits`, "2, 4 and 8 are read");
  if (weight_prepacked !== 0) refuse("the weights are packed for one device", "leave them as ONNX");
  if (inputs[4] !== undefined) refuse("g_idx is given", "export without reordering channels");
  if (size < 16 || size > 2 ** 30 || !Number.isInteger(Math.log2(size)))
    refuse(`block_size ${size}`, "expected a power of 2, 16 or more", "bad-attribute");
  const blocks = Math.ceil(K / size);
  const bytes = (blocks * size * bits) / 8;
  const steps = reshape(unpacked(inputs[1]!, bits, N, bytes, blocks * size), N, blocks, size);
  const centredSteps = layer("sub", [steps, zeroPoints(site, blocks)]);
  const scaled = layer("mul", [centredSteps, reshape(inputs[2]!, N, blocks, 1)]);
  const weights = reshape(scaled, N, blocks * size);
  const used = blocks * size === K ? weights : cut(weights, K);
  return layer("matmul", [inputs[0], used, inputs[5]], { axis: -1 });
}

interface FusedMatMul {
  readonly alpha: number;
  readonly transA: boolean;
  readonly transB: boolean;
  readonly transBatchA: boolean;
  readonly transBatchB: boolean;
}

/** The last two dims exchanged, and the first one moved behind the other batches. */
function turned(site: Site, input: number, matrix: boolean, batch: boolean): Value {
  const x = site.inputs[input]!;
  const rank = site.type(input).dims.length;
  if (rank < 2 || (!matrix && !batch)) return x;
  const order = Array.from({ length: rank }, (_, i) => i);
  if (batch) order.splice(rank - 2, 0, ...order.splice(0, 1));
  if (matrix) order.push(...order.splice(rank - 2, 1));
  return layer("transpose", [x], { permutation: order });
}

function fusedMatMul(site: Site<FusedMatMul>): Value {
  const { alpha, transA, transB, transBatchA, transBatchB } = site.attributes;
  const left = turned(site, 0, transA, transBatchA);
  const right = turned(site, 1, transB, transBatchB);
  const product = layer("matmul", [left, right]);
  return alpha === 1 ? product : layer("mul", [product, scalar(alpha)]);
}

const TRANSPOSED = {
  alpha: float.default(1),
  transA: flag.default(false),
  transB: flag.default(false),
  transBatchA: flag.default(false),
  transBatchB: flag.default(false),
};

const extent = z
  .int()
  .min(1)
  .max(2 ** 31 - 1);

export const microsoftProductRows: Readonly<Record<string, Row>> = {
  QGemm: row({
    inputs: "A a_scale a_zero_point B b_scale b_zero_point C? y_scale? y_zero_point?",
    attributes: {
      alpha: float.default(1),
      transA: flag.default(false),
      transB: flag.default(false),
    },
    since: [1],
    build: qGemm,
  }),
  MatMulIntegerToFloat: row({
    inputs: "A B a_scale b_scale a_zero_point? b_zero_point? bias?",
    since: [1],
    build: matMulIntegerToFloat,
  }),
  DynamicQuantizeMatMul: row({
    inputs: "A B b_scale b_zero_point? bias?",
    since: [1],
    build: dynamicQuantizeMatMul,
  }),
  MatMulNBits: row({
    inputs: "A B scales zero_points? g_idx? bias?",
    attributes: {
      K: extent,
      N: extent,
      accuracy_level: integer.default(0),
      bits: integer.default(4),
      block_size: integer,
      weight_prepacked: integer.default(0),
    },
    since: [1],
    build: matMulNBits,
  }),
  FusedMatMul: row({ inputs: "A B", attributes: TRANSPOSED, since: [1], build: fusedMatMul }),
  TransposeMatMul: row({
    inputs: "A B",
    attributes: TRANSPOSED,
    since: [[1, ["alpha", "transA", "transB"]]],
    build: fusedMatMul,
  }),
};
