/** Values that have as many rows as a run finds: where there is room for more, which rows are there. */
import { tensor, type DType, type Tensor, type TensorType } from "../../base/tensor.js";
import { CompileError } from "../../base/error.js";
import type { Operand } from "../../graph/definition.js";
import { takeName } from "../../graph/names.js";
import { layer, list, type Bound, type Layer, type Value } from "./importSite.js";
import { addValue, knownOf, type Importer } from "./importState.js";
import { castTo } from "./ops/pointwise.js";

/** Along an axis of so many dims, to be broadcast over the others. */
export function alongAxis(valid: Value, axis: number, rank: number): Layer {
  return layer("reshape", [
    valid,
    list(Array.from({ length: rank }, (_, d) => (d === axis ? -1 : 1))),
  ]);
}

/** The value with another element in rows that are not there. */
export function filled(
  value: Value,
  { axis, valid }: Bound<Value>,
  { dtype, dims }: TensorType,
  fill: number,
): Layer {
  return layer("where", [alongAxis(valid, axis, dims.length), value, tensor(dtype, [], [fill])]);
}

/** The smallest element that a type has in kernels. */
export function lowest(dtype: DType): number {
  return dtype === "f32"
    ? -Infinity
    : dtype === "u8" || dtype === "bool"
      ? 0
      : dtype === "i8"
        ? -128
        : -(2 ** 31);
}

/** The largest one. */
export function highest(dtype: DType): number {
  return dtype === "f32"
    ? Infinity
    : dtype === "bool"
      ? 1
      : dtype === "u8"
        ? 255
        : dtype === "i8"
          ? 127
          : 2 ** 31 - 1;
}

/** i64[1]: how many rows are there. */
function countOf(valid: Value): Layer {
  return layer("reduceSum", [castTo("i64", valid)], { axes: [0], keepDims: true });
}

/** Places of rows that are there, in order, and which of those places are any. */
export function placesOf(valid: Value): { readonly places: Value; readonly valid: Layer } {
  const found = layer("nonZeroPlaces", [valid]);
  const zero = tensor("i32", [], [0]);
  return { places: layer("max", [found, zero]), valid: layer("greaterOrEqual", [found, zero]) };
}

/** How a mask is computed, as a text: what is computed alike is the same. */
function keyOf(value: Value): string {
  if (typeof value === "string") return value;
  if ("data" in value)
    return `${value.type.dtype}[${value.type.dims.join()}](${value.data.join()})`;
  const inputs = value.inputs.map((input) => (input === undefined ? "" : keyOf(input)));
  return `${value.op}(${inputs.join(";")})${JSON.stringify(value.attributes)}`;
}

/** Notes of a value that it is bounded. */
export function setBound(
  importer: Importer,
  operand: Operand,
  { axis, valid, first }: Bound<Value>,
  placed: Map<Layer | Tensor, Operand>,
): void {
  const key = keyOf(valid);
  const mask =
    importer.masks.get(key) ?? addValue(importer, valid, `${operand.slice(1)}.valid`, placed);
  importer.masks.set(key, mask);
  importer.bounds.set(operand, { axis, valid: mask, first });
}

/** The first rows as many as are there, if they are not yet: `count` rows of `rows`. */
export function firstRows(valid: Value, rows: number): Layer {
  const numbers = tensor(
    "i64",
    [rows],
    Array.from({ length: rows }, (_, i) => i),
  );
  return layer("less", [numbers, countOf(valid)]);
}

/**
 * An output of the model and how many of its rows are there: those come first, and −1, or 0 of what is no integer,
 * fills the others.
 */
export function addBoundedOutput(importer: Importer, name: string, value: Operand): void {
  const { draft, bounds } = importer;
  const bound = bounds.get(value)!;
  const known = knownOf(importer, value);
  if (known === undefined) throw new CompileError([]);
  const { type } = known;
  const { axis, valid, places } = bound.first
    ? { ...bound, places: undefined }
    : { axis: bound.axis, ...placesOf(bound.valid) };
  const rows = places === undefined ? value : layer("gather", [value, places], { axis });
  const fill = type.dtype === "f32" || type.dtype === "bool" ? 0 : -1;
  const padded = filled(rows, { axis, valid, first: true }, type, fill);
  const placed = new Map();
  const count = takeName(importer.outputNames, `${name}_count`);
  draft.outputs.push(
    { name, value: addValue(importer, padded, `${name}.rows`, placed) },
    { name: count, value: addValue(importer, countOf(bound.valid), count, placed) },
  );
}
