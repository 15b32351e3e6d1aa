/** Hard swish, SiLU and GELU in the spellings of exporters. */
import { number, vector, type Constants, type Noise } from "./noise.js";

const hardSwishConstants: Constants = {
  three: number(3),
  six: number(6),
  zero: number(0),
  sixth: number(1 / 6),
};
export const activations: readonly Noise[] = [
  {
    title: "hard swish: Add Clip Mul Div",
    steps: [
      ["Add", "x three", "a"],
      ["Clip", "a zero six", "b"],
      ["Mul", "x b", "c"],
      ["Div", "c six", "y"],
    ],
    constants: hardSwishConstants,
    ops: ["hardSwish"],
  },
  {
    title: "hard swish: Add Clip Div Mul, swapped",
    steps: [
      ["Add", "three x", "a"],
      ["Clip", "a zero six", "b"],
      ["Div", "b six", "c"],
      ["Mul", "c x", "y"],
    ],
    constants: hardSwishConstants,
    ops: ["hardSwish"],
  },
  {
    title: "hard swish with Relu and Min, by a sixth before it",
    steps: [
      ["Add", "x three", "a"],
      ["Relu", "a", "b"],
      ["Min", "b six", "c"],
      ["Mul", "sixth c", "d"],
      ["Mul", "x d", "y"],
    ],
    constants: { three: vector(3), six: vector(6), sixth: vector(1 / 6) },
    ops: ["hardSwish"],
  },
  {
    title: "hard swish with Max and Min",
    steps: [
      ["Add", "x three", "a"],
      ["Max", "a zero", "b"],
      ["Min", "six b", "c"],
      ["Mul", "c x", "d"],
      ["Mul", "d sixth", "y"],
    ],
    constants: hardSwishConstants,
    ops: ["hardSwish"],
  },
  {
    title: "hard swish of HardSigmoid",
    steps: [
      ["HardSigmoid", "x", "a", { alpha: 1 / 6, beta: 0.5 }],
      ["Mul", "x a", "y"],
    ],
    ops: ["hardSwish"],
  },
  {
    title: "no hard swish: 5 for 6",
    steps: [
      ["Add", "x three", "a"],
      ["Clip", "a zero six", "b"],
      ["Mul", "x b", "c"],
      ["Div", "c six", "y"],
    ],
    constants: { ...hardSwishConstants, six: number(5) },
    ops: ["add", "clip", "mul", "div"],
  },
  {
    title: "no hard swish: HardSigmoid of another slope",
    steps: [
      ["HardSigmoid", "x", "a", { alpha: 0.2, beta: 0.5 }],
      ["Mul", "x a", "y"],
    ],
    ops: ["hardSigmoid", "mul"],
  },
  ...["x s", "s x"].map((order) => ({
    title: `SiLU: Mul ${order}`,
    steps: [
      ["Sigmoid", "x", "s"],
      ["Mul", order, "y"],
    ] as const,
    ops: ["silu"],
  })),
  {
    title: "no SiLU: the sigmoid is returned",
    steps: [
      ["Sigmoid", "x", "s"],
      ["Mul", "x s", "y"],
    ],
    ops: ["sigmoid", "mul"],
    outputs: ["y", "s"],
  },
];

const geluConstants: Constants = {
  root: number(Math.SQRT2),
  inverse: vector(Math.SQRT1_2),
  one: number(1),
  half: number(0.5),
  three: number(3),
  cubic: number(0.044715),
  scale: number(Math.sqrt(2 / Math.PI)),
};
export const gelus: readonly Noise[] = [
  {
    title: "GELU by TorchScript",
    steps: [
      ["Div", "x root", "a"],
      ["Erf", "a", "b"],
      ["Add", "b one", "c"],
      ["Mul", "x c", "d"],
      ["Mul", "d half", "y"],
    ],
    constants: geluConstants,
    ops: ["gelu"],
  },
  {
    title: "GELU by dynamo",
    steps: [
      ["Mul", "x half", "a"],
      ["Mul", "x inverse", "b"],
      ["Erf", "b", "c"],
      ["Add", "c one", "d"],
      ["Mul", "a d", "y"],
    ],
    constants: geluConstants,
    ops: ["gelu"],
  },
  {
    title: "GELU by tf2onnx",
    steps: [
      ["Mul", "inverse x", "a"],
      ["Erf", "a", "b"],
      ["Add", "one b", "c"],
      ["Mul", "half c", "d"],
      ["Mul", "x d", "y"],
    ],
    constants: geluConstants,
    ops: ["gelu"],
  },
  {
    title: "GELU by tanh and Pow",
    steps: [
      ["Pow", "x three", "a"],
      ["Mul", "a cubic", "b"],
      ["Add", "x b", "c"],
      ["Mul", "c scale", "d"],
      ["Tanh", "d", "e"],
      ["Add", "e one", "f"],
      ["Mul", "x half", "g"],
      ["Mul", "g f", "y"],
    ],
    constants: geluConstants,
    ops: ["gelu"],
  },
  {
    title: "GELU by tanh and products",
    steps: [
      ["Mul", "x x", "a"],
      ["Mul", "x a", "b"],
      ["Mul", "cubic b", "c"],
      ["Add", "c x", "d"],
      ["Mul", "scale d", "e"],
      ["Tanh", "e", "f"],
      ["Add", "one f", "g"],
      ["Mul", "half g", "h"],
      ["Mul", "h x", "y"],
    ],
    constants: geluConstants,
    ops: ["gelu"],
  },
  {
    title: "no GELU: another cubic",
    steps: [
      ["Pow", "x three", "a"],
      ["Mul", "a cubic", "b"],
      ["Add", "x b", "c"],
      ["Mul", "c scale", "d"],
      ["Tanh", "d", "e"],
      ["Add", "e one", "f"],
      ["Mul", "x half", "g"],
      ["Mul", "g f", "y"],
    ],
    constants: { ...geluConstants, cubic: number(0.0447) },
    ops: ["pow", "mul", "add", "mul", "tanh", "add", "mul", "mul"],
  },
];
