/** Small ONNX models of what the exporter does not write: old ops, shape arithmetic, branches, functions, tensors in every encoding. */
import { type Tensor, tensor } from "../../compiler/base/tensor.js";
import { random } from "../ops/cases/opCase.js";
import { float, type NodeText, onnxModel, type OnnxText } from "./onnxModel.js";

type Attributes = NonNullable<NodeText["attributes"]>;

const image = { x: "f32[1,4,4,6]" };
const i64 = (...values: readonly number[]): Tensor => tensor("i64", [values.length], values);
const f32 = (dims: readonly number[], ...values: readonly number[]): Tensor =>
  tensor("f32", dims, values);
const channels = f32([4], 1, 2, 3, 4);
const quantum = { s: f32([], 0.1), z: tensor("u8", [], [3]) };
const kernel = tensor("u8", [1, 4, 2, 2], Array.from(Array(16).keys()));

type Constants = Readonly<Record<string, Tensor>>;

/** Nodes of x: f32[1,4,4,6] and constants, the last of which yields y. */
function chain(nodes: readonly NodeText[], initializers: Constants = {}): Uint8Array {
  return onnxModel({ inputs: image, initializers, nodes, outputs: ["y"] }, { opset: 24 });
}

/** One node of x and constants. */
export function one(
  op: string,
  constants: Constants = {},
  attributes: Attributes = {},
): Uint8Array {
  return chain([{ op, in: ["x", ...Object.keys(constants)], out: ["y"], attributes }], constants);
}

/** Quantises x, and does something with the bytes. */
function ofBytes(op: string, constants: Constants, ...inputs: readonly string[]): Uint8Array {
  const quantize = { op: "QuantizeLinear", in: ["x", "s", "z"], out: ["q"] };
  return chain([quantize, { op, in: ["q", ...inputs], out: ["y"] }], { ...quantum, ...constants });
}

/** What the exporter writes otherwise. */
export const rows: readonly Uint8Array[] = [
  one("Swish"),
  one("Sum", { b: f32([6], 1, 2, 3, 4, 5, 6) }),
  one("Mean", { b: f32([4, 1, 1], 1, 2, 3, 4) }),
  one("CastLike", { to: tensor("i32", [1], [0]) }),
  one("GlobalLpPool", {}, { p: 2 }),
  one("RMSNormalization", { s: f32([6], 1, 2, 3, 4, 5, 6) }, { axis: -1, epsilon: 0.5 }),
  one("MeanVarianceNormalization", {}, { axes: [0, 2, 3] }),
  one("LpNormalization", {}, { axis: 1, p: 2 }),
  one("GroupNormalization", { s: channels, b: channels }, { num_groups: 2 }),
  one("Dropout", { r: f32([], 0.5), t: tensor("bool", [], [0]) }),
  one("Trilu", { k: tensor("i64", [], [1]) }, { upper: 0 }),
  one("Hardmax", {}, { axis: 1 }),
  one("DynamicQuantizeLinear"),
  ofBytes("DequantizeLinear", {}, "s", "z"),
  ofBytes("ConvInteger", { w: kernel }, "w", "z"),
  ofBytes("MatMulInteger", { w: tensor("u8", [6, 2], [1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1, 2]) }, "w"),
  ofBytes("QLinearConv", { w: kernel }, "s", "z", "w", "s", "z", "s", "z"),
  ofBytes(
    "QLinearMatMul",
    { w: tensor("u8", [6, 1], [1, 2, 3, 4, 5, 6]) },
    ...["s", "z", "w", "s", "z", "s", "z"],
  ),
  chain(
    [
      { op: "Cast", in: ["x"], out: ["i"], attributes: { to: 7 } },
      { op: "OneHot", in: ["i", "depth", "values"], out: ["y"], attributes: { axis: 1 } },
    ],
    { depth: i64(3), values: f32([2], 0, 1) },
  ),
  onnxModel({
    inputs: { x: "f32[3,4]" },
    nodes: [
      { op: "EyeLike", in: ["x"], out: ["eye"], attributes: { k: 1 } },
      { op: "Mul", in: ["x", "eye"], out: ["y"] },
    ],
    outputs: ["y"],
  }),
  chain(
    [
      { op: "Split", in: ["x", "sizes"], out: ["a", "b"], attributes: { axis: 3 } },
      { op: "Concat", in: ["b", "a"], out: ["y"], attributes: { axis: -1 } },
    ],
    { sizes: i64(2, 4) },
  ),
  chain([
    { op: "Split", in: ["x"], out: ["a", "b"], attributes: { axis: 1, num_outputs: 2 } },
    { op: "Mul", in: ["b", "a"], out: ["y"] },
  ]),
];

/** Shape arithmetic as PyTorch writes it, with constants as nodes. */
export const shapes = onnxModel({
  inputs: { x: "f32[2,4,6]" },
  nodes: [
    { op: "Shape", in: ["x"], out: ["shape"] },
    { op: "Constant", out: ["zero"], attributes: { value: tensor("i64", [], [0]) } },
    { op: "Gather", in: ["shape", "zero"], out: ["n"], attributes: { axis: 0 } },
    { op: "Constant", out: ["axes"], attributes: { value_ints: [0] } },
    { op: "Unsqueeze", in: ["n", "axes"], out: ["ns"] },
    { op: "Constant", out: ["rest"], attributes: { value: i64(-1) } },
    { op: "Concat", in: ["ns", "rest"], out: ["target"], attributes: { axis: 0 } },
    { op: "Reshape", in: ["x", "target"], out: ["flat"] },
    { op: "Size", in: ["x"], out: ["size"] },
    { op: "Div", in: ["size", "two"], out: ["limit"] },
    { op: "Range", in: ["zero", "limit", "step"], out: ["range"] },
    { op: "Cast", in: ["range"], out: ["ramp"], attributes: { to: 1 } },
    { op: "ConstantOfShape", in: ["target2"], out: ["zeros"], attributes: { value: f32([1], 2) } },
    { op: "Add", in: ["flat", "ramp"], out: ["sum"] },
    { op: "Expand", in: ["sum", "target2"], out: ["wide"] },
    { op: "Mul", in: ["wide", "zeros"], out: ["y"] },
  ],
  initializers: { step: tensor("i64", [], [1]), two: tensor("i64", [], [2]), target2: i64(2, 24) },
  outputs: { y: "f32[2,24]" },
});

/** A network with what most have: padding, norm, a residual, squeezing, pooling, a classifier. */
export const network = chain(
  [
    { op: "Pad", in: ["x", "pads", "zero"], out: ["p"] },
    {
      op: "Conv",
      in: ["p", "w", "b"],
      out: ["c"],
      attributes: { kernel_shape: [3, 3], strides: [1, 1], group: 2, dilations: [1, 1] },
    },
    { op: "BatchNormalization", in: ["c", "b", "b", "b", "b"], out: ["n"] },
    { op: "Relu", in: ["n"], out: ["r"] },
    { op: "Add", in: ["r", "x"], out: ["s"] },
    { op: "Resize", in: ["s", "", "scales"], out: ["u"], attributes: { mode: "linear" } },
    {
      op: "MaxPool",
      in: ["u"],
      out: ["m"],
      attributes: { kernel_shape: [2, 2], strides: [2, 2], auto_pad: "SAME_UPPER" },
    },
    { op: "GlobalAveragePool", in: ["m"], out: ["g"] },
    { op: "Flatten", in: ["g"], out: ["f"], attributes: { axis: 1 } },
    { op: "Gemm", in: ["f", "fc", "bias"], out: ["l"], attributes: { transB: 1 } },
    { op: "Softmax", in: ["l"], out: ["y"], attributes: { axis: -1 } },
  ],
  {
    pads: i64(0, 0, 1, 1, 0, 0, 1, 1),
    zero: f32([], 0),
    w: random([4, 2, 3, 3], 5),
    b: channels,
    scales: f32([4], 1, 1, 2, 2),
    fc: random([3, 4], 6),
    bias: f32([3], 1, 2, 3),
  },
);

const branch = (op: string): OnnxText => ({
  nodes: [{ op, in: ["x"], out: ["r"] }],
  outputs: ["r"],
});

export const conditional = chain(
  [
    { op: "Shape", in: ["x"], out: ["shape"], attributes: { start: 1, end: 2 } },
    { op: "Equal", in: ["shape", "four"], out: ["c"] },
    {
      op: "If",
      in: ["c"],
      out: ["y"],
      attributes: { then_branch: branch("Exp"), else_branch: branch("Neg") },
    },
  ],
  { four: i64(4) },
);

export const functions = onnxModel(
  {
    inputs: image,
    nodes: [
      { op: "Own", domain: "own", in: ["x"], out: ["h"], name: "first", attributes: { a: 0.5 } },
      { op: "Own", domain: "own", in: ["h", "x"], out: ["y"], attributes: { a: float(2) } },
    ],
    outputs: ["y"],
  },
  {
    functions: [
      {
        name: "Own",
        domain: "own",
        inputs: ["p", "q"],
        outputs: ["r"],
        attributes: ["a"],
        nodes: [
          { op: "LeakyRelu", in: ["p"], out: ["t"], attributes: { alpha: { ref: "a", type: 1 } } },
          { op: "Clip", in: ["t", "", "q"], out: ["u"] },
          { op: "Identity", in: ["t"], out: ["r"] },
        ],
      },
    ],
  },
);

const elsewhere = (name: string, dims: readonly number[], dataType: number, length: number) => ({
  ...{ name, dims, dataType, dataLocation: 1 },
  externalData: Object.entries({ location: "w.bin", offset: "4", length: String(length) }).map(
    ([key, value]) => ({ key, value }),
  ),
});

/** Numbers in a file beside it, in lists, and of 16 bits. */
export const tensors = onnxModel(
  {
    inputs: image,
    nodes: [{ op: "Sum", in: ["x", "a", "b", "c", "d"], out: ["y"] }],
    outputs: ["y"],
  },
  {
    change: (model) =>
      Object.assign(model["graph"] as object, {
        initializer: [
          elsewhere("a", [4, 6], 1, 96),
          elsewhere("b", [6], 10, 12),
          { name: "c", dims: [6], dataType: 1, floatData: [1, 2, 3, 4, 5, 6] },
          { name: "d", dims: [1], dataType: 11, doubleData: [0.5] },
        ],
      }),
  },
);
