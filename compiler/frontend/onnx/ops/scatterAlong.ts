/** Writing at known places along one axis: every place reads the update that goes there, or all that meet in it. */
import { rowMajorStrides, tensor, type DType } from "../../../base/tensor.js";
import { list, layer, refuse, type Value } from "../importSite.js";
import { castTo } from "./pointwise.js";

const least = (dtype: DType): number => (dtype === "f32" ? -Infinity : -(2 ** 31));
const greatest = (dtype: DType): number => (dtype === "f32" ? Infinity : 2 ** 31 - 1);

/** How what is written goes together with what is there, and what changes nothing. */
export const REDUCTIONS = {
  none: undefined,
  add: { op: "add", reduce: "reduceSum", neutral: () => 0 },
  mul: { op: "mul", reduce: "reduceProd", neutral: () => 1 },
  max: { op: "max", reduce: "reduceMax", neutral: least },
  min: { op: "min", reduce: "reduceMin", neutral: greatest },
} as const;
export type Reduction = keyof typeof REDUCTIONS;

/** Table entries, and elements that are gathered where updates meet. */
const LARGEST = 2 ** 20;

/** Updates [b…, count, a…] that go to `targets` of data [b…, size, a…] along `axis`. */
export interface Writing {
  readonly data: Value;
  readonly updates: Value;
  readonly axis: number;
  readonly rank: number;
  readonly size: number;
  /** For every update the place it goes to. */
  readonly targets: readonly number[];
  readonly reduction: Reduction;
}

/** Indices that are the same on every line along an axis; undefined where lines differ. */
export function alike(
  places: readonly number[],
  dims: readonly number[],
  axis: number,
): readonly number[] | undefined {
  const stride = rowMajorStrides(dims)[axis]!;
  const first = Array.from({ length: dims[axis]! }, (_, i) => places[i * stride]!);
  const same = places.every((place, j) => place === first[Math.floor(j / stride) % dims[axis]!]);
  return same ? first : undefined;
}

/**
 * Every place of data reads the update that goes there: the last one, or all that meet. Throws CompileError
 * `too-large`.
 */
export function along(writing: Writing, dtype: DType): Value {
  const { data, updates, axis, rank, size, targets, reduction } = writing;
  if (targets.length === 0) return data;
  if (size > LARGEST) refuse(`a table of ${size} places`, undefined, "too-large");
  const writers = Array.from({ length: size }, (): number[] => []);
  targets.forEach((target, j) => writers[target]!.push(j));
  const how = REDUCTIONS[reduction];
  if (how !== undefined) return met(writing, writers, how, dtype);
  const last = list(writers.map((one) => one.at(-1) ?? 0));
  const result = layer("gather", [updates, last], { axis });
  const written = writers.map((one) => Number(one.length > 0));
  if (!written.includes(0)) return result;
  const dims = Array.from({ length: rank }, (_, d) => (d === axis ? size : 1));
  return layer("where", [tensor("bool", dims, written), result, data]);
}

/** Updates of one place lie along a dim of their own, filled up with what changes nothing. */
function met(
  { data, updates, axis, rank, size }: Writing,
  writers: readonly (readonly number[])[],
  how: NonNullable<(typeof REDUCTIONS)[Reduction]>,
  dtype: DType,
): Value {
  const most = writers.reduce((count, one) => Math.max(count, one.length), 0);
  if (most * size > LARGEST) refuse(`${most} updates of one place`, undefined, "too-large");
  const meeting = [size, most];
  const flat = (of: (one: readonly number[], i: number) => number): number[] =>
    writers.flatMap((one) => Array.from({ length: most }, (_, i) => of(one, i)));
  const wide = dtype === "f32" || dtype === "i64" ? dtype : "i32";
  const as = (to: DType, value: Value): Value => (wide === dtype ? value : castTo(to, value));
  const at = tensor(
    "i64",
    meeting,
    flat((one, i) => one[i] ?? 0),
  );
  const beside = Array.from({ length: rank + 1 }, (_, d) => meeting[d - axis] ?? 1);
  const held = tensor(
    "bool",
    beside,
    flat((one, i) => Number(i < one.length)),
  );
  const found = as(wide, layer("gather", [updates, at], { axis }));
  const filled = layer("where", [held, found, tensor(wide, [], [how.neutral(wide)])]);
  const reduced = layer(how.reduce, [filled], { axes: [axis + 1], keepDims: false });
  return as(dtype, layer(how.op, [as(wide, data), reduced]));
}
