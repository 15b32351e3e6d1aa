/** What a bomb is: a small file whose compilation would cost out of all proportion, and the models they are made of. */
import { tensor, type Tensor } from "../../compiler/base/tensor.js";
import { onnxModel, type NodeText, type OnnxText } from "../support/onnxModel.js";

export interface Bomb {
  readonly title: string;
  /** Of the model, with its ending. */
  readonly file: string;
  readonly bytes: () => Uint8Array;
  /** Files beside the model, by name. */
  readonly beside?: Readonly<Record<string, () => Uint8Array>>;
  /** Further words of the command line; `@name` is the path of a file beside the model. */
  readonly args?: readonly string[];
}

/** `n` things, each made from its number. */
export function times<T>(n: number, make: (i: number) => T): T[] {
  return Array.from({ length: n }, (_, i) => make(i));
}

export const sizes = (...values: readonly number[]): Tensor =>
  tensor("i64", [values.length], values);

/** An ONNX file. */
export function onnx(
  title: string,
  graph: () => OnnxText,
  options?: Parameters<typeof onnxModel>[1],
): Bomb {
  return { title, file: "m.onnx", bytes: () => onnxModel(graph(), options) };
}

/** A chain of nodes from `from`: the i-th is made by `step` and writes `v<i>`. */
export function chain(
  length: number,
  from: string,
  step: (before: string, i: number) => Omit<NodeText, "out">,
): NodeText[] {
  return times(length, (i) => ({ ...step(i === 0 ? from : `v${i - 1}`, i), out: [`v${i}`] }));
}

/** A model in text. */
export function text(title: string, write: () => string): Bomb {
  return { title, file: "m.tw", bytes: () => new TextEncoder().encode(write()) };
}
