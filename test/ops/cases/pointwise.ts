/** Cases of the pointwise ops: each against a formula on plain numbers, on special values and broadcast operands. */
import { type DType, tensor } from "../../../compiler/base/tensor.js";
import { activationCases } from "./activations.js";
import { binaryCases } from "./binary.js";
import { applied, one } from "./elementwise.js";
import { functionCases } from "./functions.js";
import { type OpCase, random } from "./opCase.js";

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
  // Ties go to even, and what a half or bfloat is too small for is a multiple of its least number.
  const ties = [1 + 2 ** -11, 1 + 3 * 2 ** -11, 1 + 2 ** -8, 1 + 3 * 2 ** -8, -0, NaN, -Infinity];
  const ends = [65503, 65519, 65520, -65520, 3.4e38, 1.5 * 2 ** -24, 2 ** -25, 0.9 * 2 ** -14, 0.1];
  const halves = [1, 1 + 2 ** -9, 1 + 2 ** -8, 1 + 3 * 2 ** -8, -0, NaN, -Infinity];
  const halfEnds = [65504, 65504, Infinity, -Infinity, Infinity, 2 ** -23, 0, 922 * 2 ** -24];
  const bfloats = [1, 1, 1, 1 + 2 ** -6, -0, NaN, -Infinity];
  const small = [2 ** -133, 1.5 * 2 ** -133, 2 ** -134, 3.3e38, 3.39e38, 3.4e38];
  const smallBfloats = [2 ** -133, 2 ** -132, 0, 248 * 2 ** 120, 255 * 2 ** 120, Infinity];
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
    cast("f32", [...ties, ...ends], "f16", [...halves, ...halfEnds, 1638 * 2 ** -14]),
    cast("f32", [...ties, ...small], "bf16", [...bfloats, ...smallBfloats]),
    cast("f32", [0.1, 1e300], "f64", [Math.fround(0.1), Infinity]),
    cast("f16", [0.1, -0], "f32", [1638 * 2 ** -14, -0]),
    cast("i32", [2049, -70000], "f16", [2048, -Infinity]),
    cast("i32", [-1, 65536, 7], "u16", [65535, 0, 7]),
    cast("i32", [32768, -32769, 7], "i16", [-32768, 32767, 7]),
    cast("i32", [16, -1, 7], "u4", [0, 15, 7]),
    cast("i32", [8, -9, 7], "i4", [-8, 7, 7]),
  ];
}

export const pointwiseCases: Readonly<Record<string, readonly OpCase[]>> = {
  ...activationCases,
  ...functionCases,
  ...binaryCases,
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
