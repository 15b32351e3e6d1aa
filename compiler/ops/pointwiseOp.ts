/** Turns one row of the pointwise table into an op: dtype rules, numpy broadcasting and the kernel. */
import type { z } from "zod";
import { binary, load } from "../compute/expr.js";
import { scalarOf, type Axis, type Expr } from "../compute/ir.js";
import { formatType, type DType, type TensorType } from "../base/tensor.js";
import {
  axesOf,
  broadcastDims,
  broadcastIndices,
  indicesOf,
  kernelInputs,
  typeOf,
} from "./axes.js";
import { BFLOAT, HALF, rounded } from "./formulas.js";
import { reject, type Op } from "./op.js";

export const FLOAT: readonly DType[] = ["f32"];
/** What sums and means take: 8-bit values are cast first, so that it is said how wide a sum is. */
export const NUMBER: readonly DType[] = ["f32", "i32", "i64"];
/** Integers that wrap at their own width. */
const NARROW: readonly DType[] = ["u8", "i8", "u16", "i16", "u4", "i4"];
export const ORDERED: readonly DType[] = [...NUMBER, ...NARROW];
export const BOOL: readonly DType[] = ["bool"];
export const ANY: readonly DType[] = [...ORDERED, "bool"];

/** One pointwise op: operand names with the dtypes they may have, attributes, and the formula. */
export interface Row<Schema extends z.ZodObject> {
  readonly operands: readonly string[];
  /** Operands share one of these dtypes, which is also the output's unless `result` says otherwise. */
  readonly dtypes: readonly DType[];
  /** Operands whose dtype is not the shared one: the condition of where. */
  readonly conditions?: readonly string[];
  readonly attributes: Schema;
  /** Error units, see Op.tolerance. */
  readonly tolerance?: number;
  /** Results may leave their type: they wrap or round, because inside a program every element is 32 bits wide. */
  readonly wraps?: true;
  result?(attributes: z.output<Schema>): DType;
  /** Rejects attributes that make no sense for this dtype. */
  check?(attributes: z.output<Schema>, dtype: DType): void;
  /** Where it is not numpy's: the dims an operand has for broadcasting. */
  aligned?(position: number, inputs: readonly TensorType[]): readonly number[];
  /** The meaning on one element; all operands are given. */
  expression(operands: readonly Expr[], attributes: z.output<Schema>): Expr;
}

/** The op of a row. */
export function pointwiseOp<const Name extends string, Schema extends z.ZodObject>(
  name: Name,
  row: Row<Schema>,
): Op<Name, Schema> {
  const operands = row.operands.map((operand) => ({ name: operand }));
  const dimsOf = (types: readonly TensorType[]): (readonly number[])[] =>
    types.map((type, i) => row.aligned?.(i, types) ?? type.dims);
  return {
    name,
    operands,
    attributes: row.attributes,
    infer(inputs, attributes) {
      const types = operands.map((_, i) => typeOf(inputs, i));
      const dtype = sharedDType(row, types);
      row.check?.(attributes, dtype);
      const result = row.result?.(attributes) ?? dtype;
      return { type: { dtype: result, dims: broadcastDims(...dimsOf(types)) } };
    },
    compute({ inputs, attributes, output }) {
      const types = inputs.filter((type) => type !== undefined);
      const axes = axesOf(output.dims);
      const dims = dimsOf(types);
      const values = types.map((type, i) => loadBroadcast(row.operands[i]!, type, dims[i]!, axes));
      const value = row.expression(values, attributes);
      const body = row.wraps === true ? narrow(output.dtype, value) : value;
      return {
        outer: [],
        inputs: kernelInputs(operands, inputs),
        constants: [],
        temporaries: [],
        computes: [{ target: "out", axes, reduce: [], body, index: indicesOf(axes) }],
        output,
      };
    },
    layout: "operand",
    ...(row.tolerance === undefined ? {} : { tolerance: row.tolerance }),
  };
}

/** Wraps an i32 to the bits that its element type has, and rounds a float that is stored in 16. */
function narrow(to: DType, value: Expr): Expr {
  switch (to) {
    case "u4":
    case "u8":
    case "u16":
      return binary("and", value, 2 ** Number(to.slice(1)) - 1);
    case "i4":
    case "i8":
    case "i16": {
      const above = 32 - Number(to.slice(1));
      return binary("shr", binary("shl", value, above), above);
    }
    case "f16":
      return rounded(value, HALF);
    case "bf16":
      return rounded(value, BFLOAT);
    default:
      return value;
  }
}

/** The dims for alignment may have ones that the operand lacks (a slope [c] is aligned as [c,1,1]). */
function loadBroadcast(
  name: string,
  type: TensorType,
  aligned: readonly number[],
  axes: readonly Axis[],
): Expr {
  const indices = broadcastIndices(axes, aligned);
  return load(name, indices.slice(0, type.dims.length), scalarOf(type.dtype));
}

function sharedDType<Schema extends z.ZodObject>(
  row: Row<Schema>,
  types: readonly TensorType[],
): DType {
  const conditions = row.conditions ?? [];
  let shared: DType | undefined;
  types.forEach((type, i) => {
    const name = row.operands[i]!;
    const allowed = conditions.includes(name) ? BOOL : row.dtypes;
    if (!allowed.includes(type.dtype)) {
      const expected = allowed.join(", ");
      reject("type-mismatch", `${name} is ${formatType(type)}, expected ${expected}`, "cast it");
    }
    if (conditions.includes(name)) return;
    if (shared !== undefined && shared !== type.dtype) {
      const listed = types.map(formatType).join(" and ");
      reject("type-mismatch", `operands are ${listed}: their dtypes differ`, "cast one of them");
    }
    shared = type.dtype;
  });
  return shared!;
}
