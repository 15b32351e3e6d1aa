/** A piece of a model as an exporter writes it, and what must be left of it. */
import { tensor, type Tensor } from "../../../compiler/base/tensor.js";

export type Constants = Readonly<Record<string, Tensor>>;
export type Step = readonly [op: string, inputs: string, output: string, attributes?: object];

export interface Noise {
  readonly title: string;
  readonly steps: readonly Step[];
  readonly constants?: Constants;
  /** Ops that are left after all passes. */
  readonly ops: readonly string[];
  /** Kernels of the TypeScript target, where the number says something. */
  readonly kernels?: number;
  readonly outputs?: readonly string[];
  readonly opset?: number;
}

export const number = (value: number): Tensor => tensor("f32", [], [value]);
export const vector = (value: number): Tensor => tensor("f32", [1], [value]);
export const whole = (...values: readonly number[]): Tensor =>
  tensor("i64", [values.length], values);
