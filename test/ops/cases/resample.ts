/** Cases of resample: one element at a time, in integers of any width, with shifts as divisions that round down. */
import { tensor, type DType, type Tensor } from "../../../compiler/base/tensor.js";
import { at, build, random, type OpCase } from "./opCase.js";

interface Given {
  readonly axis?: number;
  readonly operandShift?: number;
  readonly productShift?: number;
  readonly shift?: number;
}

const down = (value: bigint, bits: number): bigint => {
  const divisor = 2n ** BigInt(bits);
  const rest = ((value % divisor) + divisor) % divisor;
  return (value - rest) / divisor;
};

function inIntegers(terms: readonly (readonly [number, number])[], given: Given): number {
  const { operandShift = 0, productShift = 0, shift = 0 } = given;
  const sum = terms.reduce((total, [weight, value]) => {
    return total + down(BigInt(weight) * down(BigInt(value), operandShift), productShift);
  }, 0n);
  if (shift === 0) return Number(BigInt.asIntN(32, sum));
  const rounded = Number(down(sum + 2n ** BigInt(shift) / 2n, shift));
  return rounded < 0 ? 0 : rounded > 255 ? 255 : rounded;
}

function resampleCase(x: Tensor, where: Tensor, weight: Tensor, given: Given): OpCase {
  const { dims } = x.type;
  const axis = ((given.axis ?? 0) + dims.length) % dims.length;
  const [size, taps] = where.type.dims as [number, number];
  const float = weight.type.dtype === "f32";
  const dtype: DType = float ? "f32" : (given.shift ?? 0) > 0 ? "u8" : "i32";
  const expected = build(dtype, dims.with(axis, size), (index) => {
    const terms = Array.from({ length: taps }, (_, k): readonly [number, number] => {
      const looked = at(where, [index[axis]!, k]);
      const inside = looked < 0 ? 0 : looked >= dims[axis]! ? dims[axis]! - 1 : looked;
      return [at(weight, [index[axis]!, k]), at(x, index.with(axis, inside))];
    });
    if (!float) return inIntegers(terms, given);
    return terms.reduce((sum, [one, value]) => sum + one * value, 0);
  });
  const title = `${x.type.dtype}[${dims.join(",")}] by ${weight.type.dtype}[${size},${taps}] ${JSON.stringify(given)}`;
  const slack = float ? { slack: 1e-3 } : {};
  return { title, inputs: [x, where, weight], attributes: { ...given }, expected, ...slack };
}

const pixels = random([5, 4, 3], 71, "u8");
const looks = tensor("i32", [3, 2], [0, 1, 4, 3, -7, 99]);
/** A filter of PIL's in its 22 bits: it overshoots on both sides. */
const fixed = tensor(
  "i32",
  [3, 2],
  [5 * 2 ** 20, -(2 ** 20), 2 ** 22, 0, 2 ** 21 + 1, 2 ** 21 - 1],
);
/** In OpenCV's 11 bits. */
const short = tensor("i32", [3, 2], [2048, 0, 1025, 1023, -100, 2148]);

export const resampleCases: readonly OpCase[] = [
  ...[0, 1, -1].map((axis) => resampleCase(pixels, looks, fixed, { axis, shift: 22 })),
  resampleCase(pixels, looks, short, { axis: 1 }),
  resampleCase(random([2, 5], 72, "i32"), looks, short, { axis: -1, shift: 3 }),
  resampleCase(tensor("i32", [3], [522240, 65537, -3]), looks, short, {
    operandShift: 4,
    productShift: 16,
    shift: 2,
  }),
  resampleCase(random([6, 2], 73, "i8"), looks, short, { productShift: 1, shift: 7 }),
  resampleCase(tensor("i32", [2], [2 ** 30, -(2 ** 30)]), looks, short, {}),
  resampleCase(pixels, looks, random([3, 2], 74), { axis: 1 }),
  resampleCase(random([2, 7], 75), random([9, 4], 76, "i32"), random([9, 4], 77), { axis: 1 }),
  resampleCase(random([1, 2, 3, 4, 2], 78), looks, random([3, 2], 79), { axis: 3 }),
];
