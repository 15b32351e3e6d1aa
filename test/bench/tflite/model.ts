/** Collects the tensors and operators of a .tflite file; numbers are those of the public schema. */
import { elementCount } from "../../../compiler/base/tensor.js";
import {
  byte,
  elements,
  float,
  floats,
  int,
  ints,
  list,
  longs,
  table,
  text,
  writeFlatBuffer,
  type Field,
  type Table,
} from "./flatbuffer.js";

/** A number in the file's list of tensors. */
export type TensorIndex = number;

const OPERATORS = {
  ADD: 0,
  AVERAGE_POOL_2D: 1,
  CONCATENATION: 2,
  CONV_2D: 3,
  DEPTHWISE_CONV_2D: 4,
  FULLY_CONNECTED: 9,
  LOGISTIC: 14,
  MAX_POOL_2D: 17,
  MUL: 18,
  RELU: 19,
  RELU6: 21,
  RESHAPE: 22,
  SOFTMAX: 25,
  PAD: 34,
  TRANSPOSE: 39,
  MEAN: 40,
  PADV2: 60,
  SLICE: 65,
  HARD_SWISH: 117,
} as const;
export type OperatorName = keyof typeof OPERATORS;

export const ACTIVATIONS = { none: 0, relu: 1, relu6: 3 } as const;
export type Activation = keyof typeof ACTIVATIONS;

/** One of the union of options: its number there and its fields. */
interface Options {
  readonly type: number;
  readonly table: Table;
}

export interface Window {
  readonly padding: "SAME" | "VALID";
  readonly strides: readonly [number, number];
  readonly activation: Activation;
}

const stride = ({ padding, strides: [h, w] }: Window): Field[] => [
  byte(padding === "SAME" ? 0 : 1),
  int(w),
  int(h),
];
const activated = (activation: Activation): Field => byte(ACTIVATIONS[activation]);

export const OPTIONS = {
  conv: (window: Window, [h, w]: readonly number[]): Options => ({
    type: 1,
    table: table(...stride(window), activated(window.activation), int(w!), int(h!)),
  }),
  depthwise: (window: Window, [h, w]: readonly number[], multiplier: number): Options => ({
    type: 2,
    table: table(
      ...[...stride(window), int(multiplier), activated(window.activation), int(w!), int(h!)],
    ),
  }),
  pool: (window: Window, [h, w]: readonly number[]): Options => ({
    type: 5,
    table: table(...stride(window), int(w!), int(h!), activated(window.activation)),
  }),
  fullyConnected: (activation: Activation): Options => ({
    type: 8,
    table: table(activated(activation)),
  }),
  softmax: (): Options => ({ type: 9, table: table(float(1)) }),
  concatenation: (axis: number): Options => ({ type: 10, table: table(int(axis)) }),
  add: (activation: Activation): Options => ({ type: 11, table: table(activated(activation)) }),
  mul: (activation: Activation): Options => ({ type: 21, table: table(activated(activation)) }),
  reshape: (dims: readonly number[]): Options => ({ type: 17, table: table(ints(dims)) }),
  keepDims: (): Options => ({ type: 27, table: table(byte(1)) }),
} as const;

type Data = Float32Array | Int32Array | Int8Array;
const typeOf = (data: Data | undefined): number =>
  data instanceof Int32Array ? 2 : data instanceof Int8Array ? 9 : 0;

export interface ModelBuilder {
  /** A value without `data`, a constant with it; `scales`, by its dimension 0, make numbers of a constant's bytes. */
  tensor(name: string, dims: readonly number[], data?: Data, scales?: Float32Array): TensorIndex;
  operator(
    name: OperatorName,
    inputs: readonly TensorIndex[],
    output: TensorIndex,
    options?: Options,
  ): void;
  write(inputs: readonly TensorIndex[], outputs: readonly TensorIndex[]): Uint8Array;
}

/** An Error where data is not as long as its dims say. */
export function createModel(name: string): ModelBuilder {
  // Buffer 0 is empty: that of values.
  const buffers: Table[] = [table()];
  const tensors: Table[] = [];
  const operators: Table[] = [];
  const codes: OperatorName[] = [];
  return {
    tensor(of, dims, data, scales) {
      if (data !== undefined && data.length !== elementCount(dims))
        throw new Error(`${of} has ${data.length} values for ${dims.join("×")}`);
      const buffer = data === undefined ? 0 : buffers.push(table(elements(bytesOf(data), 16))) - 1;
      const zeros = scales && longs([...scales].map(() => 0));
      const quantization = scales && table(undefined, undefined, floats(scales), zeros);
      return (
        tensors.push(table(ints(dims), byte(typeOf(data)), int(buffer), text(of), quantization)) - 1
      );
    },
    operator(code, inputs, output, options) {
      if (!codes.includes(code)) codes.push(code);
      const of = options === undefined ? [] : [byte(options.type), options.table];
      operators.push(table(int(codes.indexOf(code)), ints(inputs), ints([output]), ...of));
    },
    write(inputs, outputs) {
      const graph = table(list(tensors), ints(inputs), ints(outputs), list(operators), text(name));
      const known = codes.map((code) =>
        table(byte(OPERATORS[code]), undefined, int(1), int(OPERATORS[code])),
      );
      const parts = [int(3), list(known), list([graph]), text(name), list(buffers)];
      return writeFlatBuffer(table(...parts), "TFL3");
    },
  };
}

function bytesOf(data: Data): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}
