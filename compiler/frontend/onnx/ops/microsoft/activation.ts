/** How what onnxruntime's optimiser joins is read: layers with their activation, GELUs, and norms of sums. */
import { z } from "zod";
import {
  flag,
  float,
  floats,
  integer,
  layer,
  refuse,
  row,
  type Layer,
  type Row,
  type Site,
  type Value,
} from "../../importSite.js";
import { swish } from "../activation.js";
import { gemm, type Gemm } from "../product.js";
import { conv, WINDOW, type Window } from "../window.js";

/** The activations that are joined, and what their parameters are called. */
const ACTIVATIONS: Readonly<Record<string, readonly [op: string, ...parameters: string[]]>> = {
  Relu: ["relu"],
  Silu: ["silu"],
  Tanh: ["tanh"],
  Sigmoid: ["sigmoid"],
  Softplus: ["softplus"],
  Softsign: ["softsign"],
  LeakyRelu: ["leakyRelu", "alpha"],
  Elu: ["elu", "alpha"],
  ThresholdedRelu: ["thresholdedRelu", "alpha"],
  Clip: ["clip", "min", "max"],
  HardSigmoid: ["hardSigmoid", "alpha", "beta"],
  Selu: ["selu", "alpha", "gamma"],
};

/** The activation of this name, by its parameters in order; x itself where there is none. */
function activated(x: Value, name: string, parameters: readonly (number | undefined)[]): Value {
  if (name === "") return x;
  const known = Object.hasOwn(ACTIVATIONS, name) ? ACTIVATIONS[name] : undefined;
  if (known === undefined) {
    const names = Object.keys(ACTIVATIONS).join(", ");
    return refuse(`attribute activation ${name.slice(0, 64)} is not supported`, names);
  }
  const [op, ...names] = known;
  return layer(op, [x], Object.fromEntries(names.map((one, i) => [one, parameters[i]])));
}

interface FusedConv extends Window {
  readonly group: number;
  readonly activation: string;
  readonly activation_params?: readonly number[] | undefined;
}

/** Z is added before the activation. */
function fusedConv(site: Site<FusedConv>): Value {
  const { inputs, attributes } = site;
  const sum = conv({ ...site, inputs: inputs.slice(0, 3) });
  const z = inputs[3];
  const { activation, activation_params: parameters = [] } = attributes;
  return activated(z === undefined ? sum : layer("add", [sum, z]), activation, parameters);
}

interface FusedGemm extends Gemm {
  readonly activation: string;
  readonly activation_alpha?: number | undefined;
  readonly activation_beta?: number | undefined;
  readonly activation_gamma?: number | undefined;
}

function fusedGemm(site: Site<FusedGemm>): Value {
  const {
    activation,
    activation_alpha: alpha,
    activation_beta,
    activation_gamma,
  } = site.attributes;
  return activated(gemm(site), activation, [alpha, activation_beta ?? activation_gamma]);
}

const gelu = (x: Value, approximate: "none" | "tanh"): Layer => layer("gelu", [x], { approximate });

/** Of the first input and, where there is one, the second. */
const biased = ({ inputs: [x, bias] }: Site): Value =>
  bias === undefined ? x! : layer("add", [x, bias]);

interface SkipNorm {
  readonly epsilon: number;
}

/** The norm of a sum, and the sum. */
function skipNorm(
  norm: "layerNorm" | "rmsNorm",
  { inputs, attributes, used }: Site<SkipNorm>,
  parameters: readonly (Value | undefined)[],
  bias: Value | undefined,
): readonly (Value | undefined)[] {
  if (used[1] === true || used[2] === true) {
    refuse("mean and inv_std_var are not computed", "leave them out: they are for training");
  }
  const both = layer("add", [inputs[0], inputs[1]]);
  const sum = bias === undefined ? both : layer("add", [both, bias]);
  return [
    layer(norm, [sum, ...parameters], { axis: -1, ...attributes }),
    undefined,
    undefined,
    sum,
  ];
}

const EPSILON = { epsilon: float.default(1e-12) };

export const microsoftActivationRows: Readonly<Record<string, Row>> = {
  FusedConv: row({
    inputs: "X W B? Z?",
    attributes: {
      ...WINDOW,
      group: integer.default(1),
      activation: z.string().default(""),
      activation_params: floats.optional(),
    },
    since: [1],
    build: fusedConv,
  }),
  FusedGemm: row({
    inputs: "A B C?",
    attributes: {
      alpha: float.default(1),
      beta: float.default(1),
      transA: flag.default(false),
      transB: flag.default(false),
      activation: z.string().default(""),
      activation_alpha: float.optional(),
      activation_beta: float.optional(),
      activation_gamma: float.optional(),
    },
    since: [1],
    build: fusedGemm,
  }),
  Gelu: row({ inputs: "X", since: [1], build: ({ inputs: [x] }) => gelu(x!, "none") }),
  BiasGelu: row({ inputs: "A B", since: [1], build: (site) => gelu(biased(site), "none") }),
  FastGelu: row({ inputs: "X bias?", since: [1], build: (site) => gelu(biased(site), "tanh") }),
  QuickGelu: row({
    inputs: "X",
    attributes: { alpha: float.default(1.702) },
    since: [1],
    build: swish,
  }),
  SkipLayerNormalization: row({
    inputs: "input skip gamma beta? bias?",
    outputs: 4,
    attributes: EPSILON,
    since: [1],
    build: (site) => skipNorm("layerNorm", site, [site.inputs[2], site.inputs[3]], site.inputs[4]),
  }),
  SkipSimplifiedLayerNormalization: row({
    inputs: "input skip gamma bias?",
    outputs: 4,
    attributes: EPSILON,
    since: [1],
    build: (site) => skipNorm("rmsNorm", site, [site.inputs[2]], site.inputs[3]),
  }),
};
