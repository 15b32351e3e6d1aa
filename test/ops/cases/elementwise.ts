/** Makes cases of pointwise ops: a formula on plain numbers, applied to special values and broadcast operands. */
import { type DType, type Tensor, tensor } from "../../../compiler/base/tensor.js";
import type { AttributeValue } from "../../../compiler/graph/definition.js";
import {
  at,
  build,
  type OpCase,
  random,
  SPECIAL_FLOATS,
  SPECIAL_INTEGERS,
  unbroadcast,
} from "./opCase.js";

type Formula = (...values: number[]) => number;
type Given = Readonly<Record<string, AttributeValue>>;

function specials(dtype: DType): readonly number[] {
  if (dtype === "bool") return [0, 1];
  return dtype === "f32" ? SPECIAL_FLOATS : SPECIAL_INTEGERS;
}

export function applied(
  dtype: DType,
  dims: readonly number[],
  inputs: Tensor[],
  formula: Formula,
): Tensor {
  return build(dtype, dims, (index) =>
    formula(...inputs.map((input) => at(input, unbroadcast(index, input.type.dims)))),
  );
}

/** Cases of an op of one operand: specials in a vector, random values in every rank from 0 to 6. */
export function one(
  formula: Formula,
  attributes: Given = {},
  dtype: DType = "f32",
  result = dtype,
): OpCase[] {
  const values = specials(dtype);
  const inputs = [
    tensor(dtype, [values.length], values),
    random([], 1, dtype),
    random([3, 5], 2, dtype),
    random([2, 3, 1, 5], 3, dtype),
    random([1, 2, 1, 2, 3, 2], 4, dtype),
  ];
  return inputs.map((x) => ({
    title: `${dtype}[${x.type.dims.join(",")}] ${JSON.stringify(attributes)}`,
    inputs: [x],
    attributes,
    expected: applied(result, x.type.dims, [x], formula),
  }));
}

/** Cases of an op of two operands: every pair of specials, equal dims, and stretched ones on both sides. */
export function two(formula: Formula, dtype: DType = "f32", result = dtype): OpCase[] {
  const values = specials(dtype);
  const row = tensor(dtype, [values.length], values);
  const column = tensor(dtype, [values.length, 1], values);
  const pairs: readonly (readonly [Tensor, Tensor, readonly number[]])[] = [
    [column, row, [values.length, values.length]],
    [random([2, 3], 5, dtype), random([2, 3], 6, dtype), [2, 3]],
    [random([2, 3, 4, 5], 7, dtype), random([3, 1, 1], 8, dtype), [2, 3, 4, 5]],
    [random([3, 1], 9, dtype), random([2, 1, 4], 10, dtype), [2, 3, 4]],
    [random([], 11, dtype), random([1, 3, 1, 2, 1, 2], 12, dtype), [1, 3, 1, 2, 1, 2]],
  ];
  return pairs.map(([x, y, dims]) => ({
    title: `${dtype}[${x.type.dims.join(",")}] and [${y.type.dims.join(",")}]`,
    inputs: [x, y],
    expected: applied(result, dims, [x, y], formula),
  }));
}

export const both = (formula: Formula, attributes: Given = {}): OpCase[] => [
  ...one(formula, attributes),
  ...one(formula, attributes, "i32"),
];

type Integers = (a: bigint, b: bigint) => bigint;

/** Arithmetic on floats, and on integers where results wrap to as many bits as they have. */
export const arithmetic = (float: Formula, integer: Integers, attributes: Given = {}): OpCase[] => {
  const wrapped: Formula = (a, b) => Number(BigInt.asIntN(32, integer(BigInt(a!), BigInt(b!))));
  const small = random([4], 20, "i64");
  const pair = [small, random([4], 21, "i64")];
  const cases: OpCase[] = [
    ...two(float),
    ...two(wrapped, "i32"),
    { title: "i64[4]", inputs: pair, expected: applied("i64", [4], pair, wrapped) },
    ...bytes("u8", (a, b) => BigInt.asUintN(8, integer(a, b))),
    ...bytes("i8", (a, b) => BigInt.asIntN(8, integer(a, b))),
  ];
  return cases.map((one) => ({ ...one, attributes }));
};

/** Random 8-bit values, and the extremes against each other. */
export function bytes(dtype: "u8" | "i8", integer: Integers): OpCase[] {
  const ends = dtype === "u8" ? [0, 1, 7, 254, 255] : [-128, -127, -7, -1, 0, 1, 127];
  const pairs: readonly (readonly [Tensor, Tensor, readonly number[]])[] = [
    [random([3, 20], 22, dtype), random([20], 23, dtype), [3, 20]],
    [
      tensor(dtype, [ends.length, 1], ends),
      tensor(dtype, [ends.length], ends),
      [ends.length, ends.length],
    ],
  ];
  return pairs.map(([x, y, dims]) => ({
    title: `${dtype}[${x.type.dims.join(",")}] and [${y.type.dims.join(",")}]`,
    inputs: [x, y],
    expected: applied(dtype, dims, [x, y], (a, b) => Number(integer(BigInt(a!), BigInt(b!)))),
  }));
}

export const comparison = (formula: (a: number, b: number) => boolean): OpCase[] =>
  (["f32", "i32", "u8", "i8"] as const).flatMap((dtype) =>
    dtype === "f32" || dtype === "i32"
      ? two((a, b) => Number(formula(a!, b!)), dtype, "bool")
      : comparedBytes(dtype, formula),
  );

function comparedBytes(dtype: DType, formula: (a: number, b: number) => boolean): OpCase[] {
  const inputs = [random([40], 31, dtype), random([1], 32, dtype)];
  const expected = applied("bool", [40], inputs, (a, b) => Number(formula(a!, b!)));
  return [{ title: `${dtype}[40] and [1]`, inputs, expected }];
}

export function byteCase(
  dtype: DType,
  values: readonly number[],
  expected: readonly number[],
  attributes: Given = {},
): OpCase {
  const dims = [values.length];
  return {
    title: `${dtype} ${JSON.stringify(attributes)}`,
    inputs: [tensor(dtype, dims, values)],
    attributes,
    expected: tensor(dtype, dims, expected),
  };
}

export const logic = (formula: (a: boolean, b: boolean) => boolean): OpCase[] =>
  two((a, b) => Number(formula(a === 1, b === 1)), "bool");
