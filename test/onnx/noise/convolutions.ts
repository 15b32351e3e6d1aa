/** What exporters leave around convolutions and pools. */
import { tensor } from "../../../compiler/base/tensor.js";
import { random } from "../../ops/cases/opCase.js";
import { number, whole, type Constants, type Noise, type Step } from "./noise.js";

const weight = random([4, 4, 3, 3], 5);
const affine = (first: Step, second: Step): readonly Step[] => [
  ["Conv", "x w", "c", { pads: [1, 1, 1, 1] }],
  first,
  second,
];
const pads = (value?: string): Step =>
  value === undefined ? ["Pad", "x pads", "p"] : ["Pad", `x pads ${value}`, "p"];
const around = whole(0, 0, 1, 1, 0, 0, 1, 1);
/** As ShuffleNet has it, of 8 channels in 2 groups. */
const shuffled = (from: string, to: string): readonly Step[] => [
  ["Reshape", `${from} groups`, "a"],
  ["Transpose", "a", "b", { perm: [0, 2, 1, 3, 4] }],
  ["Reshape", "b channels", to],
];
const shuffle: Constants = { groups: whole(0, 2, 4, 6, 6), channels: whole(0, -1, 6, 6) };

export const convolutions: readonly Noise[] = [
  {
    title: "batch norm as Mul and Add of [1,c,1,1]",
    steps: affine(["Mul", "c scale", "m"], ["Add", "m shift", "y"]),
    constants: { w: weight, scale: random([1, 4, 1, 1], 1), shift: random([1, 4, 1, 1], 2) },
    ops: ["conv"],
    kernels: 1,
  },
  {
    title: "batch norm as Sub and Mul of [c,1,1], swapped",
    steps: affine(["Sub", "c shift", "m"], ["Mul", "scale m", "y"]),
    constants: { w: weight, scale: random([4, 1, 1], 1), shift: random([4, 1, 1], 2) },
    ops: ["conv"],
    kernels: 1,
  },
  {
    title: "batch norm as Add and Div",
    steps: affine(["Add", "shift c", "m"], ["Div", "m scale", "y"]),
    constants: { w: weight, scale: random([4, 1, 1], 1), shift: random([4, 1, 1], 2) },
    ops: ["conv"],
    kernels: 1,
  },
  {
    title: "no batch norm: the convolution is returned",
    steps: affine(["Mul", "c scale", "m"], ["Add", "m shift", "y"]),
    constants: { w: weight, scale: random([4, 1, 1], 1), shift: random([4, 1, 1], 2) },
    ops: ["conv", "mul", "add"],
    outputs: ["y", "c"],
  },
  {
    title: "weights shared through Identity",
    steps: [
      ["Identity", "w", "v"],
      ["Conv", "x w", "c", { pads: [1, 1, 1, 1] }],
      ["Relu", "c", "r"],
      ["Identity", "r", "i"],
      ["Conv", "i v", "y", { pads: [1, 1, 1, 1] }],
    ],
    constants: { w: weight },
    ops: ["conv", "relu", "conv"],
    kernels: 2,
  },
  {
    title: "Pad before Conv",
    steps: [pads(), ["Conv", "p w", "y"]],
    constants: { w: weight, pads: around },
    ops: ["conv"],
    kernels: 1,
  },
  {
    title: "Pad before Conv, its pads computed by TorchScript",
    steps: [
      ["ConstantOfShape", "four", "zeros", { value: tensor("i64", [1], [0]) }],
      ["Concat", "list zeros", "all", { axis: 0 }],
      ["Reshape", "all pairs", "rows"],
      ["Slice", "rows last first axis back", "turned"],
      ["Transpose", "turned", "columns", { perm: [1, 0] }],
      ["Reshape", "columns flat", "long"],
      ["Cast", "long", "pads", { to: 7 }],
      pads("zero"),
      ["Conv", "p w", "y"],
    ],
    constants: {
      w: weight,
      zero: number(0),
      four: whole(4),
      list: whole(1, 1, 1, 1),
      pairs: whole(-1, 2),
      last: whole(-1),
      first: whole(-(2 ** 52)),
      axis: whole(0),
      back: whole(-1),
      flat: whole(-1),
    },
    ops: ["conv"],
    kernels: 1,
  },
  {
    title: "no Pad before Conv: ones",
    steps: [pads("one"), ["Conv", "p w", "y"]],
    constants: { w: weight, pads: around, one: number(1) },
    ops: ["pad", "conv"],
  },
  {
    title: "Pad of zeros before AveragePool",
    steps: [pads(), ["AveragePool", "p", "y", { kernel_shape: [3, 3], strides: [2, 2] }]],
    constants: { pads: around },
    ops: ["averagePool"],
    kernels: 1,
  },
  {
    title: "Pad of the lowest before MaxPool",
    steps: [pads("lowest"), ["MaxPool", "p", "y", { kernel_shape: [3, 3], strides: [2, 2] }]],
    constants: { pads: around, lowest: number(-Infinity) },
    ops: ["maxPool"],
    kernels: 1,
  },
  {
    title: "Pad of zeros before MaxPool, after Relu",
    steps: [
      ["Relu", "x", "r"],
      ["Pad", "r pads", "p"],
      ["MaxPool", "p", "y", { kernel_shape: [3, 3], strides: [2, 2] }],
    ],
    constants: { pads: around },
    ops: ["relu", "maxPool"],
  },
  {
    title: "no Pad before MaxPool: zeros may win",
    steps: [pads(), ["MaxPool", "p", "y", { kernel_shape: [3, 3], strides: [2, 2] }]],
    constants: { pads: around },
    ops: ["pad", "maxPool"],
  },
  {
    title: "channel shuffle between convolutions: one copy",
    steps: [
      ["Conv", "x grouped", "c", { group: 2 }],
      ...shuffled("c", "s"),
      ["Conv", "s deep", "y", { group: 8 }],
    ],
    constants: {
      ...shuffle,
      grouped: random([8, 2, 1, 1], 1),
      deep: random([8, 1, 3, 3], 2),
    },
    ops: ["conv", "reshape", "transpose", "reshape", "conv"],
    kernels: 3,
  },
  {
    title: "channel shuffle of a Concat: its parts are written where they belong",
    steps: [
      ["Relu", "x", "r"],
      ["Conv", "x w", "c", { pads: [1, 1, 1, 1] }],
      ["Concat", "r c", "both", { axis: 1 }],
      ...shuffled("both", "s"),
      ["Conv", "s deep", "y", { group: 8 }],
    ],
    constants: { ...shuffle, w: weight, deep: random([8, 1, 3, 3], 2) },
    ops: ["relu", "conv", "reshape", "reshape", "concat", "reshape", "conv"],
    kernels: 3,
  },
];
