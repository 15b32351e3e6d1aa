/** Rounds what a node computes to the 16 bits in which its file stores it, where that is asked for. */
import { computedAs, FLOATS, type DType, type Tensor } from "../../base/tensor.js";
import type { Operand } from "../../graph/definition.js";
import { addValue, knownOf, type Importer, type ReadOnnxOptions } from "./importState.js";
import { castTo } from "./ops/pointwise.js";

/** Ops that say which type they make. */
const SAY_THEIR_TYPE: ReadonlySet<string> = new Set(["Cast", "CastLike", "EyeLike"]);

/** What stands for an element type inside a model: floats of 16 bits are f32 where nobody asks for their rounding. */
export function innerType({ options }: Importer, dtype: DType): DType {
  return options.half !== "exact" && isHalf(dtype) ? "f32" : dtype;
}

/** The type of an input or output: floats are f32 where they are to be. */
export function portType(
  { options }: { readonly options: Pick<ReadOnnxOptions, "ports"> },
  dtype: DType,
): DType {
  return options.ports === "f32" ? computedAs(dtype) : dtype;
}

/** What is read of an input: rounded where it is given as f32, or made of something else. */
export function storedInput(importer: Importer, name: string, dtype: DType): Operand {
  const input: Operand = `%${name}`;
  return importer.options.half === "exact" && isHalf(dtype)
    ? addValue(importer, castTo(dtype, input), `${name}.${dtype}`, new Map())
    : input;
}

/** Floats of other widths are computed in f32, and given out as the file says. */
export function storedOutput(
  importer: Importer,
  name: string,
  value: Operand,
  dtype: DType | undefined,
): Operand {
  if (dtype === undefined || computedAs(dtype) === dtype) return value;
  const to = portType(importer, dtype);
  return addValue(importer, castTo(to, value), `${name}.${to}`, new Map());
}

/** f16 and bf16 as the f32 that they are, too. */
export function widened({ type, data }: Tensor): Tensor {
  return isHalf(type.dtype) ? { type: { ...type, dtype: "f32" }, data } : { type, data };
}

/**
 * The value of a node's output, rounded where ONNX has it in 16 bits: what is no integer is of the type of the
 * first operand that is none.
 */
export function storedValue(
  importer: Importer,
  opType: string,
  inputs: readonly (Operand | undefined)[],
  value: Operand,
  name: string,
): Operand {
  if (importer.options.half !== "exact" || SAY_THEIR_TYPE.has(opType)) return value;
  const dtypeOf = (operand: Operand | undefined): DType | undefined =>
    operand === undefined ? undefined : knownOf(importer, operand)?.type.dtype;
  const dtype = inputs.map(dtypeOf).find((one) => one !== undefined && FLOATS.has(one));
  if (dtype === undefined || !isHalf(dtype) || dtypeOf(value) !== "f32") return value;
  return addValue(importer, castTo(dtype, value), `${name}.${dtype}`, new Map());
}

function isHalf(dtype: DType): boolean {
  return dtype === "f16" || dtype === "bf16";
}
