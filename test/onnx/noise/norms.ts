/** Layer norm in the spellings of exporters. */
import { random } from "../../ops/cases/opCase.js";
import { number, vector, type Constants, type Noise, type Step } from "./noise.js";

const normConstants: Constants = {
  two: number(2),
  eps: number(1e-5),
  half: number(0.5),
  scale: random([6], 7),
  bias: random([6], 8),
};
const norm = (variance: readonly Step[]): readonly Step[] => [
  ["ReduceMean", "x", "mean", { axes: [-1] }],
  ["Sub", "x mean", "d"],
  ...variance,
];
export const norms: readonly Noise[] = [
  {
    title: "layer norm by TorchScript",
    steps: norm([
      ["Pow", "d two", "square"],
      ["ReduceMean", "square", "variance", { axes: [-1] }],
      ["Add", "variance eps", "sum"],
      ["Sqrt", "sum", "root"],
      ["Div", "d root", "normal"],
      ["Mul", "normal scale", "scaled"],
      ["Add", "scaled bias", "y"],
    ]),
    constants: normConstants,
    ops: ["layerNorm"],
    kernels: 1,
  },
  {
    title: "layer norm with constants of one element, products and powers",
    steps: norm([
      ["Mul", "d d", "square"],
      ["ReduceMean", "square", "variance", { axes: [3], keepdims: 1 }],
      ["Add", "eps variance", "sum"],
      ["Pow", "sum half", "root"],
      ["Reciprocal", "root", "inverse"],
      ["Mul", "inverse d", "normal"],
      ["Mul", "scale normal", "scaled"],
      ["Add", "bias scaled", "y"],
    ]),
    constants: {
      ...normConstants,
      eps: vector(1e-3),
      half: vector(0.5),
      scale: random([1, 1, 1, 6], 7),
    },
    ops: ["layerNorm"],
    kernels: 1,
  },
  {
    title: "layer norm by Keras and tf2onnx",
    steps: norm([
      ["Mul", "d d", "square"],
      ["ReduceMean", "square", "variance", { axes: [3] }],
      ["Add", "variance eps", "sum"],
      ["Sqrt", "sum", "root"],
      ["Reciprocal", "root", "inverse"],
      ["Mul", "inverse scale", "factor"],
      ["Mul", "x factor", "scaled"],
      ["Mul", "mean factor", "moved"],
      ["Sub", "bias moved", "shift"],
      ["Add", "scaled shift", "y"],
    ]),
    constants: normConstants,
    ops: ["layerNorm"],
    kernels: 1,
  },
  {
    title: "instance norm: over the positions, a scale for each channel",
    steps: [
      ["ReduceMean", "x", "mean", { axes: [2, 3] }],
      ["Sub", "x mean", "d"],
      ["Mul", "d d", "square"],
      ["ReduceMean", "square", "variance", { axes: [2, 3] }],
      ["Add", "variance eps", "sum"],
      ["Sqrt", "sum", "root"],
      ["Div", "d root", "normal"],
      ["Mul", "normal channels", "y"],
    ],
    constants: { ...normConstants, channels: random([4, 1, 1], 9) },
    ops: ["layerNorm", "mul"],
  },
  {
    title: "no layer norm: over channels",
    steps: [
      ["ReduceMean", "x", "mean", { axes: [1] }],
      ["Sub", "x mean", "d"],
      ["Mul", "d d", "square"],
      ["ReduceMean", "square", "variance", { axes: [1] }],
      ["Add", "variance eps", "sum"],
      ["Sqrt", "sum", "root"],
      ["Div", "d root", "y"],
    ],
    constants: normConstants,
    ops: ["reduceMean", "sub", "mul", "reduceMean", "add", "sqrt", "div"],
  },
  {
    title: "no layer norm: the variance is returned",
    steps: norm([
      ["Mul", "d d", "square"],
      ["ReduceMean", "square", "variance", { axes: [3] }],
      ["Add", "variance eps", "sum"],
      ["Sqrt", "sum", "root"],
      ["Div", "d root", "y"],
    ]),
    constants: normConstants,
    ops: ["reduceMean", "sub", "mul", "reduceMean", "add", "sqrt", "div"],
    outputs: ["y", "variance"],
  },
];
