/** Activations, each as a function of a value and, called without one, as a layer for `sequential`. */
import type { Attributes } from "../definition.js";
import { layer, type Layer, type Same } from "./layer.js";
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

function activation<Options = never>(
  op: string,
  attributes: (options: Options | undefined) => Attributes = () => ({}),
): ActivationWith<Options> {
  return ((first?: Value | Options, options?: Options) => {
    if (isValue(first)) return record(first.recorder, op, [first], attributes(options));
    const given = attributes(first);
    return layer(
      (path) => (x) => record(x.recorder, op, [x], given, path === "" ? undefined : path),
    );
  }) as ActivationWith<Options>;
}

export const relu: Activation = activation("relu");
export const sigmoid: Activation = activation("sigmoid");
export const tanh: Activation = activation("tanh");
export const silu: Activation = activation("silu");
export const mish: Activation = activation("mish");
export const hardswish: Activation = activation("hardSwish");
export const softplus: Activation = activation("softplus");
export const softsign: Activation = activation("softsign");
export const selu: Activation = activation("selu");
export const identity: Activation = activation("identity");
export const exp: Activation = activation("exp");
export const log: Activation = activation("log");
export const sqrt: Activation = activation("sqrt");
export const abs: Activation = activation("abs");
export const neg: Activation = activation("neg");
export const erf: Activation = activation("erf");
export const reciprocal: Activation = activation("reciprocal");
export const floor: Activation = activation("floor");
export const ceil: Activation = activation("ceil");
export const round: Activation = activation("round");
export const sign: Activation = activation("sign");
/** min(max(x, 0), 6) */
export const relu6: Activation = activation("clip", () => ({ min: 0, max: 6 }));
/** PyTorch's slope of 1/6. */
export const hardsigmoid: Activation = activation("hardSigmoid", () => ({ alpha: 1 / 6 }));
export const leakyRelu = activation<{ readonly negativeSlope?: number }>("leakyRelu", (o) => ({
  alpha: o?.negativeSlope,
}));
export const elu = activation<{ readonly alpha?: number }>("elu", (o) => ({ alpha: o?.alpha }));
export const celu = activation<{ readonly alpha?: number }>("celu", (o) => ({ alpha: o?.alpha }));
export const gelu = activation<{ readonly approximate?: "none" | "tanh" }>("gelu", (o) => ({
  approximate: o?.approximate,
}));
export const hardtanh = activation<{ readonly minVal?: number; readonly maxVal?: number }>(
  "clip",
  (o) => ({
    min: o?.minVal ?? -1,
    max: o?.maxVal ?? 1,
  }),
);
export const softmax = activation<{ readonly dim?: number }>("softmax", (o) => ({ axis: o?.dim }));
export const logSoftmax = activation<{ readonly dim?: number }>("logSoftmax", (o) => ({
  axis: o?.dim,
}));
/** Does nothing at inference; its probability is kept out of the graph. */
export const dropout = activation<{ readonly p?: number }>("dropout");
/** Joins all dims from startDim on. */
export const flatten = activation<{ readonly startDim?: number }>("flatten", (o) => ({
  axis: o?.startDim === undefined ? undefined : o.startDim,
})) as unknown as FlattenActivation;

/** Flattening loses the channel count. */
export interface FlattenActivation {
  (options?: { readonly startDim?: number }): Layer<number, number>;
  (x: Value, options?: { readonly startDim?: number }): Value<never>;
}
