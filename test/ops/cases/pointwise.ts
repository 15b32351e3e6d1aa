/** Cases of the pointwise ops: each against a formula on plain numbers, on special values and broadcast operands. */
import type { AttributeValue } from "../../../compiler/graph/definition.js";
import { tensor, type DType, type Tensor } from "../../../compiler/tensor.js";
import {
  absolute,
  below,
  clamp,
  elu,
  erf,
  log1pExp,
  maximum,
  minimum,
  pow,
  round,
  sigmoid,
  sign,
  tanh,
} from "./formulas.js";
import {
  at,
  build,
  random,
  SPECIAL_FLOATS,
  SPECIAL_INTEGERS,
  unbroadcast,
  type OpCase,
} from "./opCase.js";

type Formula = (...values: number[]) => number;
type Given = Readonly<Record<string, AttributeValue>>;

function specials(dtype: DType): readonly number[] {
  if (dtype === "bool") return [0, 1];
  return dtype === "f32" ? SPECIAL_FLOATS : SPECIAL_INTEGERS;
}

function applied(
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
function one(
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
function two(formula: Formula, dtype: DType = "f32", result = dtype): OpCase[] {
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

const both = (formula: Formula, attributes: Given = {}): OpCase[] => [
  ...one(formula, attributes),
  ...one(formula, attributes, "i32"),
];

/** Arithmetic on floats, and on integers where results wrap to 32 bits. */
const arithmetic = (float: Formula, integer: (a: bigint, b: bigint) => bigint): OpCase[] => {
  const wrapped: Formula = (a, b) => Number(BigInt.asIntN(32, integer(BigInt(a!), BigInt(b!))));
  const small = random([4], 20, "i64");
  const pair = [small, random([4], 21, "i64")];
  return [
    ...two(float),
    ...two(wrapped, "i32"),
    { title: "i64[4]", inputs: pair, expected: applied("i64", [4], pair, wrapped) },
  ];
};

const comparison = (formula: (a: number, b: number) => boolean): OpCase[] =>
  (["f32", "i32", "u8", "i8"] as const).flatMap((dtype) =>
    dtype === "f32" || dtype === "i32"
      ? two((a, b) => Number(formula(a!, b!)), dtype, "bool")
      : byteCase(dtype, formula),
  );

function byteCase(dtype: DType, formula: (a: number, b: number) => boolean): OpCase[] {
  const inputs = [random([40], 31, dtype), random([1], 32, dtype)];
  const expected = applied("bool", [40], inputs, (a, b) => Number(formula(a!, b!)));
  return [{ title: `${dtype}[40] and [1]`, inputs, expected }];
}

const logic = (formula: (a: boolean, b: boolean) => boolean): OpCase[] =>
  two((a, b) => Number(formula(a === 1, b === 1)), "bool");

function preluCases(): OpCase[] {
  const slope = (x: number, s: number): number => (x < 0 ? x * s : x);
  const cases = [
    { x: [2, 3, 4, 5], slope: [3], aligned: [3, 1, 1] },
    { x: [2, 3, 3], slope: [3], aligned: [3, 1] },
    { x: [2, 3], slope: [3], aligned: [3] },
    { x: [2, 3, 4], slope: [1], aligned: [1] },
    { x: [2, 3, 4], slope: [4], aligned: [4] },
    { x: [2, 3, 4], slope: [3, 1], aligned: [3, 1] },
    { x: [2, 3, 4], slope: [], aligned: [] },
  ];
  const shaped = cases.map(({ x: dims, slope: slopeDims, aligned }): OpCase => {
    const x = random(dims, 41);
    const slopes = random(slopeDims, 42);
    const viewed = { type: { dtype: "f32" as const, dims: aligned }, data: slopes.data };
    const title = `slope [${slopeDims.join(",")}] of [${dims.join(",")}]`;
    return {
      title,
      inputs: [x, slopes],
      expected: applied("f32", dims, [x, viewed], (a, b) => slope(a!, b!)),
    };
  });
  return [...shaped, ...two((a, b) => slope(a!, b!)).slice(0, 1)];
}

function whereCases(): OpCase[] {
  return (["f32", "i32", "bool", "i64", "u8"] as const).map((dtype) => {
    const inputs = [
      random([3, 1], 51, "bool"),
      random([2, 1, 4], 52, dtype),
      random([4], 53, dtype),
    ];
    const expected = applied(dtype, [2, 3, 4], inputs, (c, x, y) => (c === 1 ? x! : y!));
    return { title: dtype, inputs, expected };
  });
}

function castCases(): OpCase[] {
  const cast = (from: DType, values: number[], to: DType, expected: number[]): OpCase => ({
    title: `${from} to ${to}`,
    inputs: [tensor(from, [values.length], values)],
    attributes: { to },
    expected: tensor(to, [expected.length], expected),
  });
  const floats = [0, -0, 1.9, -1.9, NaN, Infinity, -Infinity, 3e9, 0.25];
  const top = 2 ** 31 - 1;
  return [
    cast("f32", floats, "i32", [0, 0, 1, -1, 0, top, -top - 1, top, 0]),
    cast("f32", floats, "i64", [0, 0, 1, -1, 0, top, -top - 1, top, 0]),
    cast("f32", floats, "bool", [0, 0, 1, 1, 1, 1, 1, 1, 1]),
    cast("f32", [-1, 255.5, 256, 300], "u8", [255, 255, 0, 44]),
    cast("f32", [-1, 127.5, 128, 300], "i8", [-1, 127, -128, 44]),
    cast("i32", [0, -3, top, 2 ** 24 + 1], "f32", [0, -3, 2 ** 31, 2 ** 24]),
    cast("i32", [0, 256, -1], "u8", [0, 0, 255]),
    cast("i32", [0, 256, -1], "bool", [0, 1, 1]),
    cast("i32", [5, -top - 1], "i64", [5, -top - 1]),
    cast("i64", [5, -5, 2 ** 40], "i32", [5, -5, top]),
    cast("u8", [0, 255], "f32", [0, 255]),
    cast("u8", [127, 128, 255], "i8", [127, -128, -1]),
    cast("i8", [-128, 127], "f32", [-128, 127]),
    cast("bool", [0, 1], "f32", [0, 1]),
    cast("bool", [0, 1], "i32", [0, 1]),
    cast("f32", [1.5, NaN], "f32", [1.5, NaN]),
  ];
}

export const pointwiseCases: Readonly<Record<string, readonly OpCase[]>> = {
  relu: both((x) => clamp(x!, 0, Infinity) + 0),
  clip: [
    ...both((x) => clamp(x!, -1, 2), { min: -1, max: 2 }),
    ...both((x) => clamp(x!, -3, Infinity), { min: -3 }),
    ...both((x) => clamp(x!, -Infinity, 6), { max: 6 }),
    ...both((x) => x!),
    ...one((x) => (Number.isNaN(x!) ? x! : 1), { min: 2, max: 1 }),
  ],
  leakyRelu: [
    ...one((x) => (x! < 0 ? 0.01 * x! : x!)),
    ...one((x) => (x! < 0 ? -0.5 * x! : x!), { alpha: -0.5 }),
  ],
  prelu: preluCases(),
  elu: [...one((x) => elu(x!, 1)), ...one((x) => elu(x!, 0.3), { alpha: 0.3 })],
  selu: [
    ...one((x) => 1.0507009873554805 * elu(x!, 1.6732632423543772)),
    ...one((x) => 2 * elu(x!, 3), { alpha: 3, gamma: 2 }),
  ],
  celu: [
    ...one((x) => elu(x!, 1)),
    ...one((x) => (x! > 0 || x === 0 ? x! : 2 * (Math.exp(x! / 2) - 1)), { alpha: 2 }),
  ],
  gelu: [
    ...one((x) => x! * ((1 + erf(x! / Math.sqrt(2))) / 2)),
    ...one((x) => x! * ((1 + tanh(Math.sqrt(2 / Math.PI) * (x! + 0.044715 * x! ** 3))) / 2), {
      approximate: "tanh",
    }),
  ],
  sigmoid: one((x) => sigmoid(x!)),
  hardSigmoid: [
    ...one((x) => clamp(0.2 * x! + 0.5, 0, 1)),
    ...one((x) => clamp(x! / 6 + 0.25, 0, 1), { alpha: 1 / 6, beta: 0.25 }),
  ],
  hardSwish: one((x) => (x! * clamp(x! + 3, 0, 6)) / 6),
  silu: one((x) => x! * sigmoid(x!)),
  mish: one((x) => x! * tanh(log1pExp(x!))),
  tanh: one((x) => tanh(x!)),
  softplus: one((x) => log1pExp(x!)),
  softsign: one((x) => x! / (1 + absolute(x!))),
  erf: one((x) => erf(x!)),
  exp: one((x) => Math.E ** x!),
  log: one((x) => Math.LN10 * Math.log10(x!)),
  sqrt: one((x) => (x === 0 ? x : x === -Infinity ? NaN : x! ** 0.5)),
  abs: [...one((x) => absolute(x!)), ...one((x) => absolute(x!) | 0, {}, "i32")],
  neg: [...one((x) => -1 * x!), ...one((x) => (0 - x!) | 0, {}, "i32")],
  reciprocal: one((x) => x! ** -1),
  floor: one((x) => below(x!)),
  ceil: one((x) => -1 * below(-1 * x!)),
  round: one((x) => round(x!)),
  sign: [...both((x) => sign(x!)), ...one((x) => sign(x!), {}, "i64")],
  add: arithmetic(
    (a, b) => a! + b!,
    (a, b) => a + b,
  ),
  sub: arithmetic(
    (a, b) => a! - b!,
    (a, b) => a - b,
  ),
  mul: arithmetic(
    (a, b) => a! * b!,
    (a, b) => a * b,
  ),
  div: arithmetic(
    (a, b) => a! / b!,
    (a, b) => (b === 0n ? 0n : a / b),
  ),
  pow: two((a, b) => pow(a!, b!)),
  min: [...two((a, b) => minimum(a!, b!)), ...two((a, b) => minimum(a!, b!), "i32")],
  max: [...two((a, b) => maximum(a!, b!)), ...two((a, b) => maximum(a!, b!), "i32")],
  equal: [...comparison((a, b) => a === b), ...logic((a, b) => a === b)],
  less: comparison((a, b) => a < b),
  greater: comparison((a, b) => b < a),
  lessOrEqual: comparison((a, b) => a < b || a === b),
  greaterOrEqual: comparison((a, b) => b < a || a === b),
  and: logic((a, b) => a && b),
  or: logic((a, b) => a || b),
  xor: logic((a, b) => a !== b),
  not: one((x) => (x === 1 ? 0 : 1), {}, "bool"),
  where: whereCases(),
  cast: castCases(),
};
