/** Cases of the pointwise ops: each against a formula on plain numbers, on special values and broadcast operands. */
import type { AttributeValue } from "../../../compiler/graph/definition.js";
import { tensor, type DType, type Tensor } from "../../../compiler/base/tensor.js";
import {
  absolute,
  areaSine,
  below,
  clamp,
  elu,
  erf,
  log1pExp,
  maximum,
  minimum,
  pow,
  pythonMod,
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

type Integers = (a: bigint, b: bigint) => bigint;

/** Arithmetic on floats, and on integers where results wrap to as many bits as they have. */
const arithmetic = (float: Formula, integer: Integers, attributes: Given = {}): OpCase[] => {
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
function bytes(dtype: "u8" | "i8", integer: Integers): OpCase[] {
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

const comparison = (formula: (a: number, b: number) => boolean): OpCase[] =>
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

function byteCase(
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
  relu: [
    ...both((x) => clamp(x!, 0, Infinity) + 0),
    byteCase("i8", [-128, -1, 0, 127], [0, 0, 0, 127]),
  ],
  clip: [
    ...both((x) => clamp(x!, -1, 2), { min: -1, max: 2 }),
    ...both((x) => clamp(x!, -3, Infinity), { min: -3 }),
    ...both((x) => clamp(x!, -Infinity, 6), { max: 6 }),
    ...both((x) => x!),
    ...one((x) => (Number.isNaN(x!) ? x! : 1), { min: 2, max: 1 }),
    byteCase("i8", [-128, -9, 0, 9, 127], [-9, -9, 0, 9, 9], { min: -9, max: 9 }),
    byteCase("u8", [0, 9, 200, 255], [9, 9, 200, 255], { min: 9, max: 300 }),
    byteCase("i32", [-(2 ** 31), 2 ** 31 - 1], [-(2 ** 31), 7], { min: -(2 ** 53), max: 7 }),
  ],
  leakyRelu: [
    ...one((x) => (x! < 0 ? 0.01 * x! : x!)),
    ...one((x) => (x! < 0 ? -0.5 * x! : x!), { alpha: -0.5 }),
  ],
  prelu: preluCases(),
  thresholdedRelu: [
    ...one((x) => (x! <= 1 || Number.isNaN(x!) ? 0 : x!)),
    ...one((x) => (x! <= -2.5 || Number.isNaN(x!) ? 0 : x!), { alpha: -2.5 }),
  ],
  shrink: [
    ...one((x) => (Math.abs(x!) > 0.5 ? x! : 0)),
    ...one((x) => (Math.abs(x!) > 1.5 ? sign(x!) * (Math.abs(x!) - 0.25) : 0), {
      lambd: 1.5,
      bias: 0.25,
    }),
  ],
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
  sin: one((x) => (x === 0 ? x : Math.tan(x!) * Math.cos(x!))),
  cos: one((x) => (x === 0 ? 1 : Math.sin(x!) / Math.tan(x!))),
  tan: one((x) => Math.sin(x!) / Math.cos(x!)),
  asin: one((x) => (x === 0 ? x : Math.atan2(x!, Math.sqrt((1 - x!) * (1 + x!))))),
  acos: one((x) => Math.atan2(Math.sqrt((1 - x!) * (1 + x!)), x!)),
  atan: one((x) => Math.atan2(x!, 1)),
  sinh: one((x) => (x === 0 ? x : Math.exp(x!) / 2 - Math.exp(-x!) / 2)),
  cosh: one((x) => Math.exp(x!) / 2 + Math.exp(-x!) / 2),
  asinh: one((x) => (x === 0 ? x : sign(x!) * areaSine(Math.abs(x!)))),
  acosh: one((x) => (x! < 1 ? NaN : Math.log(x! + Math.sqrt(x! - 1) * Math.sqrt(x! + 1)))),
  atanh: one((x) => (x === 0 ? x : (Math.log(1 + x!) - Math.log(1 - x!)) / 2)),
  sqrt: one((x) => (x === 0 ? x : x === -Infinity ? NaN : x! ** 0.5)),
  abs: [
    ...one((x) => absolute(x!)),
    ...one((x) => absolute(x!) | 0, {}, "i32"),
    byteCase("i8", [-128, -127, -1, 0, 127], [-128, 127, 1, 0, 127]),
  ],
  neg: [
    ...one((x) => -1 * x!),
    ...one((x) => (0 - x!) | 0, {}, "i32"),
    byteCase("i8", [-128, -127, -1, 0, 127], [-128, 127, 1, 0, -127]),
  ],
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
  mod: [
    ...arithmetic(
      (a, b) => pythonMod(a!, b!),
      (a, b) => (b === 0n ? 0n : ((a % b) + b) % b),
    ),
    ...arithmetic(
      (a, b) => a! % b!,
      (a, b) => (b === 0n ? 0n : a % b),
      { fmod: true },
    ),
  ],
  min: [
    ...two((a, b) => minimum(a!, b!)),
    ...two((a, b) => minimum(a!, b!), "i32"),
    ...bytes("u8", (a, b) => (a < b ? a : b)),
    ...bytes("i8", (a, b) => (a < b ? a : b)),
  ],
  max: [
    ...two((a, b) => maximum(a!, b!)),
    ...two((a, b) => maximum(a!, b!), "i32"),
    ...bytes("u8", (a, b) => (a > b ? a : b)),
    ...bytes("i8", (a, b) => (a > b ? a : b)),
  ],
  equal: [...comparison((a, b) => a === b), ...logic((a, b) => a === b)],
  less: comparison((a, b) => a < b),
  greater: comparison((a, b) => b < a),
  lessOrEqual: comparison((a, b) => a < b || a === b),
  greaterOrEqual: comparison((a, b) => b < a || a === b),
  and: logic((a, b) => a && b),
  or: logic((a, b) => a || b),
  xor: logic((a, b) => a !== b),
  not: one((x) => (x === 1 ? 0 : 1), {}, "bool"),
  isNaN: one((x) => (Number.isNaN(x!) ? 1 : 0), {}, "f32", "bool"),
  isInf: [
    ...one((x) => (1 / x! === 0 ? 1 : 0), {}, "f32", "bool"),
    ...one((x) => (x === Infinity ? 1 : 0), { detectNegative: false }, "f32", "bool"),
    ...one((x) => (x === -Infinity ? 1 : 0), { detectPositive: false }, "f32", "bool"),
    ...one(() => 0, { detectNegative: false, detectPositive: false }, "f32", "bool"),
  ],
  where: whereCases(),
  cast: castCases(),
};
