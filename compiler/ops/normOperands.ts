/** What all normalisations ask of their operands. */
import { z } from "zod";
import { formatType, sameDims, type TensorType } from "../base/tensor.js";
import { typeOf } from "./axes.js";
import { reject, type Fact, type OperandSpec } from "./op.js";

export const epsilon = z.number().min(0).default(1e-5);

/** x as f32 of at least `least` dims without empty ones. Throws type-mismatch or shape-mismatch. */
export function operandOf(inputs: readonly (Fact | undefined)[], least: number): TensorType {
  const x = typeOf(inputs, 0);
  if (x.dtype !== "f32") reject("type-mismatch", `x is ${formatType(x)}, expected f32`, "cast it");
  if (x.dims.length < least) {
    reject("shape-mismatch", `x is ${formatType(x)}, expected at least ${least} dimensions`);
  }
  return x;
}

/** Checks the operands after x. Throws type-mismatch or shape-mismatch. */
export function checkParameters(
  operands: readonly OperandSpec[],
  inputs: readonly (Fact | undefined)[],
  dims: readonly number[],
): void {
  const [x, ...rest] = inputs;
  rest.forEach((fact, i) => {
    if (fact === undefined) return;
    const { name } = operands[i + 1]!;
    const { type } = fact;
    if (type.dtype !== "f32") {
      reject("type-mismatch", `${name} is ${formatType(type)}, expected f32`, "cast it");
    }
    if (sameDims(type.dims, dims)) return;
    const message = `${name} is ${formatType(type)}, expected f32[${dims.join(",")}]`;
    reject("shape-mismatch", `${message} for x ${formatType(x!.type)}`);
  });
}
