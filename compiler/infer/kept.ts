/** Floats that a file has as integers with a scale stay nodes, so that passes see the integers; whoever needs the values computes them. */
import type { Constant } from "../graph/definition.js";
import type { Op } from "../ops/op.js";
import { elementCount, type DType, type TensorType } from "../base/tensor.js";
import type { Known } from "./state.js";

/** What weights are kept in; i64 is how shapes are computed. */
const KEPT: readonly DType[] = ["i8", "u8", "i16", "u16", "i32"];

/** Cast, difference, product, and how they are turned: what is longer is no scale and zero point. */
const LONGEST = 6;

/** Whether an operand varies from run to run. */
export function varies(known: Known | undefined): boolean {
  return known !== undefined && known.kept === undefined && known.constant === undefined;
}

/**
 * How many nodes a value is away from integers of the file, if it is to stay a node: a cast of several of them to f32,
 * or what is made of one, as many elements of f32. Undefined for all else.
 */
export function keptSteps(
  op: Op,
  operands: readonly (Known | undefined)[],
  type: TensorType,
): number | undefined {
  if (type.dtype !== "f32" || operands.some(varies)) return undefined;
  const count = elementCount(type.dims);
  const [first] = operands;
  if (op.name === "cast" && first?.kept === undefined)
    return count > 1 && first !== undefined && KEPT.includes(first.type.dtype) ? 1 : undefined;
  const steps = operands.flatMap((one) =>
    one?.kept === undefined || elementCount(one.type.dims) !== count ? [] : [one.kept],
  );
  const most = Math.max(0, ...steps);
  return most === 0 || most === LONGEST ? undefined : most + 1;
}

/** A node's value, which is computed once somebody asks for it. */
export function keptKnown(
  name: string,
  type: TensorType,
  kept: number,
  fold: () => Constant | undefined,
): Known {
  let known: { readonly constant: Constant | undefined } | undefined;
  return {
    operand: `%${name}`,
    type,
    kept,
    get constant() {
      known ??= { constant: fold() };
      return known.constant;
    },
  };
}
