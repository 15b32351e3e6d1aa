/** Shape arithmetic of exporters: gone once sizes are known. */
import { tensor } from "../../../compiler/base/tensor.js";
import { random } from "../../ops/cases/opCase.js";
import { whole, type Constants, type Noise, type Step } from "./noise.js";

/** The flattening of a batch, and what follows it so that it does not stand alone. */
const classified = (shape: readonly Step[]): readonly Step[] => [
  ...shape,
  ["Reshape", "x target", "flat"],
  ["Gemm", "flat fc", "y", { transB: 1 }],
];
const fc: Constants = { fc: random([3, 144], 3) };

export const sizes: readonly Noise[] = [
  {
    title: "x.view(x.size(0), -1), by TorchScript",
    steps: classified([
      ["Shape", "x", "shape"],
      ["Constant", "", "zero", { value: tensor("i64", [], [0]) }],
      ["Gather", "shape zero", "n", { axis: 0 }],
      ["Unsqueeze", "n axes", "ns"],
      ["Concat", "ns rest", "target", { axis: 0 }],
    ]),
    constants: { ...fc, axes: whole(0), rest: whole(-1) },
    ops: ["reshape", "matmul"],
    kernels: 1,
  },
  {
    title: "the same by dynamo",
    steps: classified([
      ["Shape", "x", "ns", { start: 0, end: 1 }],
      ["Constant", "", "rest", { value_ints: [-1] }],
      ["Concat", "ns rest", "target", { axis: 0 }],
    ]),
    constants: fc,
    ops: ["reshape", "matmul"],
    kernels: 1,
  },
  {
    title: "the same by tf2onnx",
    steps: classified([
      ["Shape", "x", "shape"],
      ["Cast", "shape", "narrow", { to: 6 }],
      ["Slice", "narrow zero one zero", "first"],
      ["Squeeze", "first zero", "n"],
      ["Unsqueeze", "n zero", "ns"],
      ["Concat", "ns rest", "both", { axis: 0 }],
      ["Cast", "both", "target", { to: 7 }],
    ]),
    constants: {
      ...fc,
      zero: whole(0),
      one: whole(1),
      rest: tensor("i32", [1], [-1]),
    },
    ops: ["reshape", "matmul"],
    kernels: 1,
  },
  {
    title: "the product of all other sizes",
    steps: classified([
      ["Shape", "x", "shape"],
      ["Gather", "shape zero", "n"],
      ["Slice", "shape one end", "others"],
      ["ReduceProd", "others", "rest", { keepdims: 0 }],
      ["Unsqueeze", "n axes", "ns"],
      ["Unsqueeze", "rest axes", "rests"],
      ["Concat", "ns rests", "target", { axis: 0 }],
    ]),
    constants: {
      ...fc,
      zero: tensor("i64", [], [0]),
      axes: whole(0),
      one: whole(1),
      end: whole(2 ** 52),
    },
    ops: ["reshape", "matmul"],
    kernels: 1,
  },
];
