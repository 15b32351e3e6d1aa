/** What generators of nodes draw from: numbers, shapes, values, and operands that may be there already. */
import { elementCount, tensor, type DType, type Tensor } from "../../../compiler/base/tensor.js";
import type { AttributeInput } from "../../support/onnxModel.js";
import { createRandom, type Random } from "../../support/random.js";
import type { Schema } from "./changelog.js";

/** A value of a model: with a tensor it is a new input or an initializer, otherwise some node's output. */
export interface Operand {
  readonly name: string;
  readonly dtype: DType;
  readonly dims: readonly number[];
  readonly tensor?: Tensor;
  readonly constant?: true;
}

/** A node before its outputs have names. */
export interface Sketch {
  readonly attributes?: Readonly<Record<string, AttributeInput | undefined>>;
  readonly inputs: readonly (Operand | undefined)[];
  /** How many; one by default. */
  readonly outputs?: number;
}

/** Draws a valid node of an op's schema, with whatever of its attributes and optional inputs. */
export type Generator = (draw: Draw, schema: Schema) => Sketch;

/** Which dims an operand may have, and how to make some. */
export interface Shape {
  readonly fits: (dims: readonly number[]) => boolean;
  readonly make: (draw: Random) => readonly number[];
}

/** What elements an operand has; for all but `any` it is always a new one. */
export type Content = "any" | "plain" | "nonzero" | "positive" | "probability" | "byte";

export interface Draw extends Random {
  operand(dtypes: readonly DType[], shape: Shape, content?: Content): Operand;
  /** A new operand with these values: an initializer, or an input as well where `vary`. */
  given(value: Tensor, vary?: boolean): Operand;
}

/** Where operands come from. */
export interface Pool {
  /** Values that a node may read besides new ones. */
  readonly values: readonly Operand[];
  add(value: Tensor, constant: boolean): Operand;
}

/** The first operand varies, so that there is something to compute; others may be constants. */
export function createDraw(random: Random, pool: Pool): Draw {
  let varying = false;
  const fresh = (value: Tensor, vary: boolean): Operand => {
    const constant = !vary || (varying && random.chance(0.3));
    varying ||= !constant;
    return pool.add(value, constant);
  };
  return {
    ...random,
    given: (value, vary = false) => fresh(value, vary),
    operand(dtypes, shape, content = "any") {
      const known = pool.values.filter(
        ({ dtype, dims }) => dtypes.includes(dtype) && shape.fits(dims),
      );
      if (content === "any" && known.length > 0 && random.chance(0.8)) {
        varying = true;
        return random.pick(known);
      }
      return fresh(filled(random, random.pick(dtypes), shape.make(random), content), true);
    },
  };
}

/** Rows where special values may stand; other ones are halves, or any numbers of ordinary size. */
const SPECIAL = [NaN, Infinity, -Infinity, -0, 0, 0.5, -0.5, 1.5, 2.5, -3e4, 1e10, 2 ** -126];

const element = {
  halves: (random: Random) => random.int(-8, 8) / 2,
  ordinary: (random: Random) => random.int(-3e6, 3e6) / 1e6,
  special: (random: Random) => (random.chance(0.5) ? random.pick(SPECIAL) : random.int(-8, 8) / 2),
} as const;

function float(random: Random, content: Content): () => number {
  const kind =
    content === "any" ? random.pick(["halves", "ordinary", "special"] as const) : "ordinary";
  switch (content) {
    case "nonzero":
      return () => (random.int(1, 3e6) / 1e6) * (random.chance(0.5) ? 1 : -1);
    case "positive":
      return () => random.int(1, 3e6) / 1e6;
    case "probability":
      return () => random.int(0, 1e6) / 1e6;
    case "byte":
      return () => random.int(0, 200) / 2;
    case "any":
    case "plain":
      return () => element[kind](random);
    default:
      return content satisfies never;
  }
}

function integer(random: Random, dtype: DType, content: Content): () => number {
  const [low, high] = {
    ...{ f32: [0, 0], f64: [0, 0], f16: [0, 0], bf16: [0, 0] },
    i32: [-9, 9],
    i64: [-9, 9],
    u8: [0, 255],
    i8: [-128, 127],
    u16: [0, 65535],
    i16: [-32768, 32767],
    u4: [0, 15],
    i4: [-8, 7],
    bool: [0, 1],
  }[dtype] as [number, number];
  const extremes = dtype === "i32" && content === "any" && random.chance(0.3);
  switch (content) {
    case "nonzero":
      // −2^31 / −1 has no result, and onnxruntime-web stops there
      return () => (low < 0 && random.chance(0.5) ? -random.int(2, 7) : random.int(1, 7));
    case "positive":
    case "probability":
      return () => random.int(1, 4);
    case "byte":
      return () => random.int(0, 100);
    case "any":
    case "plain":
      return () =>
        extremes && random.chance(0.3)
          ? random.pick([2 ** 31 - 1, -(2 ** 31), 2 ** 24 + 1])
          : random.int(low, high);
    default:
      return content satisfies never;
  }
}

/** Seeded by one number, so that smaller models are not other ones. */
export function filled(
  random: Random,
  dtype: DType,
  dims: readonly number[],
  content: Content = "any",
): Tensor {
  const own = createRandom(random.int(0, 2 ** 16 - 1));
  const next = dtype === "f32" ? float(own, content) : integer(own, dtype, content);
  return tensor(dtype, dims, Array.from({ length: elementCount(dims) }, next));
}

export function exactly(dims: readonly number[]): Shape {
  const text = dims.join();
  return {
    fits: (other) => other.length === dims.length && other.join() === text,
    make: () => dims,
  };
}

/** Dims of a rank in [low, high], each in [1, most]. */
export function ranks(low: number, high: number, most = 4): Shape {
  return {
    fits: ({ length }) => length >= low && length <= high,
    make: (random) => Array.from({ length: random.int(low, high) }, () => random.int(1, most)),
  };
}

/** Dims that broadcast with those of another operand, as numpy does; the result stays small. */
export function broadcastable(with_: readonly number[]): Shape {
  return {
    fits(dims) {
      const joined = broadcast(with_, dims);
      return joined !== undefined && elementCount(joined) <= 256;
    },
    make(random) {
      const rank = random.int(0, with_.length);
      return with_.slice(with_.length - rank).map((dim) => (random.chance(0.3) ? 1 : dim));
    },
  };
}

/** Dims that broadcast to those of another operand and no further. */
export function within(dims: readonly number[]): Shape {
  const { make } = broadcastable(dims);
  return { fits: (other) => broadcast(dims, other)?.join() === dims.join(), make };
}

export function broadcast(
  a: readonly number[],
  b: readonly number[],
): readonly number[] | undefined {
  const rank = Math.max(a.length, b.length);
  const at = (dims: readonly number[], i: number): number => dims[i - rank + dims.length] ?? 1;
  const joined = Array.from({ length: rank }, (_, i) => Math.max(at(a, i), at(b, i)));
  const fits = joined.every((dim, i) =>
    [at(a, i), at(b, i)].every((one) => one === 1 || one === dim),
  );
  return fits ? joined : undefined;
}

/** An axis of a rank, counted from either end. */
export function axisOf(random: Random, rank: number, negative = true): number {
  const axis = random.int(0, rank - 1);
  return negative && random.chance(0.4) ? axis - rank : axis;
}

/** Some of the axes of a rank, in any order, at least `least`. */
export function someAxes(random: Random, rank: number, negative = true, least = 1): number[] {
  const all = random.shuffle(Array.from({ length: rank }, (_, i) => i));
  return all
    .slice(0, random.int(Math.min(least, rank), rank))
    .map((axis) => (negative && random.chance(0.4) ? axis - rank : axis));
}

export const list = (...values: readonly number[]): Tensor =>
  tensor("i64", [values.length], values);

/** The value, or nothing. */
export function maybe<T>(random: Random, value: T): T | undefined {
  return random.chance(0.6) ? value : undefined;
}
