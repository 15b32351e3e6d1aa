/** Activations, each as a function of a value and, called without one, as a layer for `sequential`. */
import type { Attributes } from "../../graph/definition.js";
import { layer, type Layer, type Same } from "./layer.js";
import { checkOptions, type OptionTable } from "./options.js";
import { record, type Value } from "./value.js";

/** relu(x) is a value; relu() a layer. */
export interface Activation {
  (): Layer<number, Same>;
  <C extends number>(x: Value<C>): Value<C>;
}

/** The same with options: leakyRelu(x, { negativeSlope }) and leakyRelu({ negativeSlope }). */
export interface ActivationWith<Options> {
  (options?: Options): Layer<number, Same>;
  <C extends number>(x: Value<C>, options?: Options): Value<C>;
}

function isValue(x: unknown): x is Value {
  return typeof x === "object" && x !== null && "recorder" in x;
}

function activation<Options extends object = object>(
  op: string,
  table: OptionTable<Options>,
  attributes: (options: Options) => Attributes = () => ({}),
): ActivationWith<Options> {
  const attributesOf = (options: Options | undefined): Attributes => {
    checkOptions(options, table);
    return attributes(options ?? ({} as Options));
  };
  return ((first?: Value | Options, options?: Options) => {
    if (isValue(first)) return record(first, op, [first], attributesOf(options));
    return layer((path) => (x) => record(x, op, [x], attributesOf(first), path));
  }) as ActivationWith<Options>;
}

/** One without options. */
function plain(op: string, attributes: Attributes = {}): Activation {
  return activation(op, {}, () => attributes);
}

export const relu: Activation = plain("relu");
export const sigmoid: Activation = plain("sigmoid");
export const tanh: Activation = plain("tanh");
export const silu: Activation = plain("silu");
export const mish: Activation = plain("mish");
export const hardswish: Activation = plain("hardSwish");
export const softplus: Activation = plain("softplus");
export const softsign: Activation = plain("softsign");
export const selu: Activation = plain("selu");
export const identity: Activation = plain("identity");
export const exp: Activation = plain("exp");
export const log: Activation = plain("log");
export const sqrt: Activation = plain("sqrt");
export const abs: Activation = plain("abs");
export const neg: Activation = plain("neg");
export const erf: Activation = plain("erf");
export const reciprocal: Activation = plain("reciprocal");
export const floor: Activation = plain("floor");
export const ceil: Activation = plain("ceil");
export const round: Activation = plain("round");
export const sign: Activation = plain("sign");
export const sin: Activation = plain("sin");
export const cos: Activation = plain("cos");
export const tan: Activation = plain("tan");
export const asin: Activation = plain("asin");
export const acos: Activation = plain("acos");
export const atan: Activation = plain("atan");
export const sinh: Activation = plain("sinh");
export const cosh: Activation = plain("cosh");
export const asinh: Activation = plain("asinh");
export const acosh: Activation = plain("acosh");
export const atanh: Activation = plain("atanh");
/** min(max(x, 0), 6) */
export const relu6: Activation = plain("clip", { min: 0, max: 6 });
/** PyTorch's slope of 1/6. */
export const hardsigmoid: Activation = plain("hardSigmoid", { alpha: 1 / 6 });
export const leakyRelu = activation<{ readonly negativeSlope?: number }>(
  "leakyRelu",
  { negativeSlope: "optional" },
  ({ negativeSlope }) => ({ alpha: negativeSlope }),
);
export const elu = activation<{ readonly alpha?: number }>(
  "elu",
  { alpha: "optional" },
  ({ alpha }) => ({ alpha }),
);
export const celu = activation<{ readonly alpha?: number }>(
  "celu",
  { alpha: "optional" },
  ({ alpha }) => ({ alpha }),
);
/** x beyond ±lambd, 0 between. */
export const hardshrink = activation<{ readonly lambd?: number }>(
  "shrink",
  { lambd: "optional" },
  ({ lambd }) => ({ lambd }),
);
/** x nearer to 0 by lambd, 0 between ±lambd. */
export const softshrink = activation<{ readonly lambd?: number }>(
  "shrink",
  { lambd: "optional" },
  ({ lambd = 0.5 }) => ({ lambd, bias: lambd }),
);
export const gelu = activation<{ readonly approximate?: "none" | "tanh" }>(
  "gelu",
  { approximate: "optional" },
  ({ approximate }) => ({ approximate }),
);
export const hardtanh = activation<{ readonly minVal?: number; readonly maxVal?: number }>(
  "clip",
  { minVal: "optional", maxVal: "optional" },
  ({ minVal = -1, maxVal = 1 }) => ({ min: minVal, max: maxVal }),
);
export const softmax = activation<{ readonly dim?: number }>(
  "softmax",
  { dim: "optional" },
  ({ dim }) => ({ axis: dim }),
);
export const logSoftmax = activation<{ readonly dim?: number }>(
  "logSoftmax",
  { dim: "optional" },
  ({ dim }) => ({ axis: dim }),
);
/** Does nothing at inference; its probability is kept out of the graph. */
export const dropout = activation<{ readonly p?: number }>("dropout", { p: "optional" });
/** Joins all dims from startDim on. */
export const flatten = activation<{ readonly startDim?: number }>(
  "flatten",
  { startDim: "optional" },
  ({ startDim }) => ({ axis: startDim }),
) as unknown as FlattenActivation;

/** Flattening loses the channel count. */
export interface FlattenActivation {
  (options?: { readonly startDim?: number }): Layer<number, number>;
  (x: Value, options?: { readonly startDim?: number }): Value<never>;
}
