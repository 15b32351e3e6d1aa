/** How ONNX's constants, and ops that only speak of shapes or pass values on, are read: one row an op. */
import { formatType, newData, tensor, type Tensor } from "../../../base/tensor.js";
import {
  flag,
  float,
  floats,
  integer,
  integers,
  layer,
  refuse,
  row,
  same,
  tensorValue,
  type Result,
  type Row,
  type Site,
  type Value,
} from "../importSite.js";

/** Opsets in which types were added and nothing else. */
const TYPES_ONLY = [13, 19, 21, 23, 24, 25] as const;

const identity = ({ given: [x] }: Site): Result => x!;

interface ConstantAttributes {
  readonly value?: Tensor | undefined;
  readonly value_float?: number | undefined;
  readonly value_floats?: readonly number[] | undefined;
  readonly value_int?: number | undefined;
  readonly value_ints?: readonly number[] | undefined;
}

function constant({ attributes }: Site<ConstantAttributes>): Value {
  const { value, value_float, value_floats, value_int, value_ints } = attributes;
  if (value !== undefined) return value;
  if (value_float !== undefined) return tensor("f32", [], [value_float]);
  if (value_floats !== undefined) return tensor("f32", [value_floats.length], value_floats);
  if (value_int !== undefined) return tensor("i64", [], [value_int]);
  if (value_ints !== undefined) return tensor("i64", [value_ints.length], value_ints);
  return refuse("the constant has no value", undefined, "bad-attribute");
}

function constantOfShape({ inputs, attributes }: Site<{ value?: Tensor | undefined }>): Value {
  const value = attributes.value ?? tensor("f32", [1], [0]);
  if (value.data.length !== 1) {
    refuse(`value is ${formatType(value.type)}: expected one element`, undefined, "bad-attribute");
  }
  const one: Tensor = { type: { dtype: value.type.dtype, dims: [] }, data: value.data };
  return layer("expand", [one, ...inputs]);
}

export function numbers({ data }: Tensor): number[] {
  return Array.from(data as ArrayLike<number | bigint>, Number);
}

/** An axis that may count from the end. Throws CompileError `bad-attribute` outside. */
export function axisOf(axis: number, rank: number): number {
  const at = axis < 0 ? axis + rank : axis;
  if (at >= 0 && at < rank) return at;
  return refuse(`axis ${axis} of ${rank} dimensions`, undefined, "bad-attribute");
}

const LONGEST_RANGE = 2 ** 22;

/** start, start + delta, … before limit: how many there are is a shape, so the values are constants. */
function range({ value }: Site): Value {
  const [start, limit, delta] = [value(0), value(1), value(2)];
  const [from, to, by] = [start, limit, delta].map((one) => numbers(one)[0] ?? NaN) as [
    number,
    number,
    number,
  ];
  for (const { type } of [limit, delta]) {
    if (type.dtype === start.type.dtype) continue;
    refuse(
      `a range from ${formatType(start.type)} by ${formatType(type)}`,
      undefined,
      "type-mismatch",
    );
  }
  const count = Math.max(0, Math.ceil((to - from) / by));
  if (Number.isNaN(count) || by === 0) {
    refuse(`range from ${from} to ${to} by ${by}`, undefined, "bad-attribute");
  }
  if (count > LONGEST_RANGE) refuse(`range of ${count} elements`, undefined, "too-large");
  const { dtype } = start.type;
  const data = newData(dtype, count);
  for (let i = 0; i < count; i++) {
    if (data instanceof BigInt64Array) data[i] = BigInt(from + i * by);
    else data[i] = from + i * by;
  }
  return { type: { dtype, dims: [count] }, data };
}

/** A dropout that is not told to train keeps everything, and its mask is true; before opset 10 it is of numbers. */
function dropout({ inputs, used, constant, value, opset }: Site): readonly (Value | undefined)[] {
  const [x, , training] = inputs;
  if (training !== undefined && numbers(constant(2) ?? value(2))[0] !== 0) {
    const ratio = inputs[1] === undefined ? 0.5 : numbers(value(1))[0];
    if (ratio !== 0) refuse("dropout in training mode is random", "export the model for inference");
  }
  const kept = tensor(opset < 10 ? "f32" : "bool", [], [1]);
  const mask = layer("expand", [kept, layer("shape", [x])]);
  return [x, used[1] === true ? mask : undefined];
}

export const constantRows: Readonly<Record<string, Row>> = {
  Identity: row({
    inputs: "input",
    since: [1, 14, 16, ...TYPES_ONLY].sort((a, b) => a - b),
    sequences: true,
    build: identity,
  }),
  Dropout: row({
    inputs: "data ratio? training_mode?",
    outputs: 2,
    attributes: {
      ratio: float.optional(),
      seed: integer.optional(),
      is_test: flag.optional(),
    },
    since: [
      [1, ["ratio", "is_test"]],
      [6, ["ratio", "is_test"]],
      [7, ["ratio"]],
      [10, ["ratio"]],
      [12, ["seed"]],
      [13, ["seed"]],
      [22, ["seed"]],
    ],
    build: dropout,
  }),
  Constant: row({
    inputs: "",
    attributes: {
      value: tensorValue.optional(),
      value_float: float.optional(),
      value_floats: floats.optional(),
      value_int: integer.optional(),
      value_ints: integers.optional(),
    },
    since: [[1, ["value"]], [9, ["value"]], [11, ["value"]], 12, ...TYPES_ONLY],
    build: constant,
  }),
  ConstantOfShape: row({
    inputs: "input",
    attributes: { value: tensorValue.optional() },
    since: [9, 20, 21, 23, 24, 25],
    build: constantOfShape,
  }),
  Shape: row({
    inputs: "data",
    attributes: { start: integer.optional(), end: integer.optional() },
    since: [[1, []], [13, []], 15, 19, 21, 23, 24, 25],
    build: same("shape"),
  }),
  Size: row({ inputs: "data", since: [1, ...TYPES_ONLY], build: same("size") }),
  Range: row({
    inputs: "start limit delta",
    attributes: { stash_type: integer.optional() },
    since: [[11, []], 27],
    build: range,
  }),
};
