/** The activations that recurrent layers choose from, by the names of the ops that they are elsewhere. */
import { add, div, mul, unary } from "../compute/expr.js";
import type { Expr } from "../compute/ir.js";
import { activations } from "./activation.js";
import { clamp, exp, softplus } from "./formulas.js";

type Formula = (x: Expr, alpha: number, beta: number) => Expr;

interface Activation {
  /** Where ONNX gives none. */
  readonly alpha?: number;
  readonly beta?: number;
  readonly formula: Formula;
}

const sigmoid: Formula = (x) => div(1, add(1, exp(unary("neg", x))));

/** Each with what alpha and beta are by default, where it has them. */
export const recurrentActivations = {
  sigmoid: { formula: sigmoid },
  tanh: { formula: (x) => unary("tanh", x) },
  relu: { formula: (x) => activations.relu.expression([x], {}) },
  softsign: { formula: (x) => activations.softsign.expression([x], {}) },
  softplus: { formula: softplus },
  affine: { alpha: 1, beta: 0, formula: (x, alpha, beta) => add(mul(alpha, x), beta) },
  leakyRelu: {
    alpha: 0.01,
    formula: (x, alpha) => activations.leakyRelu.expression([x], { alpha }),
  },
  thresholdedRelu: {
    alpha: 1,
    formula: (x, alpha) => activations.thresholdedRelu.expression([x], { alpha }),
  },
  scaledTanh: {
    alpha: 1,
    beta: 1,
    formula: (x, alpha, beta) => mul(alpha, unary("tanh", mul(beta, x))),
  },
  hardSigmoid: {
    alpha: 0.2,
    beta: 0.5,
    formula: (x, alpha, beta) => activations.hardSigmoid.expression([x], { alpha, beta }),
  },
  elu: { alpha: 1, formula: (x, alpha) => activations.elu.expression([x], { alpha }) },
} as const satisfies Readonly<Record<string, Activation>>;

export type RecurrentActivation = keyof typeof recurrentActivations;

export const RECURRENT_ACTIVATIONS = Object.keys(recurrentActivations) as [
  RecurrentActivation,
  ...RecurrentActivation[],
];

/** What a layer's attributes say of its activations, one each, in the order in which it has them. */
export interface ActivationAttributes {
  readonly activations?: readonly RecurrentActivation[] | undefined;
  readonly alpha?: readonly number[] | undefined;
  readonly beta?: readonly number[] | undefined;
  /** Bounds what activations are given, on both sides. */
  readonly clip?: number | undefined;
}

/** The functions of a layer, those of `names` where its attributes have none. */
export function activationsOf(
  names: readonly RecurrentActivation[],
  { activations: given, alpha, beta, clip }: ActivationAttributes,
): ((x: Expr) => Expr)[] {
  return (given ?? names).map((name, i) => {
    const own: Activation = recurrentActivations[name];
    const [a, b] = [alpha?.[i] ?? own.alpha ?? 0, beta?.[i] ?? own.beta ?? 0];
    return (x) => own.formula(clip === undefined ? x : clamp(x, -clip, clip), a, b);
  });
}
