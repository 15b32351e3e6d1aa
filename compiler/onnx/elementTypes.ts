/** The element types of ONNX: what each is called, how many bytes it has, and what stands for it here. */
import { fail } from "../base/error.js";
import type { DType } from "../base/tensor.js";

export interface ElementType {
  readonly name: string;
  /** What initialisers of this type become; types of inputs must be the very same. */
  readonly dtype?: DType;
  /** Whether `dtype` is the same type, and not a wider or narrower one. */
  readonly exact?: true;
  readonly bytes?: number;
  /** Which of TensorProto's lists holds the numbers where they are not raw. */
  readonly list?: "floatData" | "int32Data" | "int64Data" | "doubleData" | "uint64Data";
}

const EXACT = { exact: true } as const;

/** By the numbers of TensorProto.DataType. */
const ELEMENT_TYPES: ReadonlyMap<number, ElementType> = new Map<number, ElementType>([
  [1, { name: "float32", dtype: "f32", bytes: 4, list: "floatData", ...EXACT }],
  [2, { name: "uint8", dtype: "u8", bytes: 1, list: "int32Data", ...EXACT }],
  [3, { name: "int8", dtype: "i8", bytes: 1, list: "int32Data", ...EXACT }],
  [4, { name: "uint16", dtype: "i32", bytes: 2, list: "int32Data" }],
  [5, { name: "int16", dtype: "i32", bytes: 2, list: "int32Data" }],
  [6, { name: "int32", dtype: "i32", bytes: 4, list: "int32Data", ...EXACT }],
  [7, { name: "int64", dtype: "i64", bytes: 8, list: "int64Data", ...EXACT }],
  [8, { name: "string" }],
  [9, { name: "bool", dtype: "bool", bytes: 1, list: "int32Data", ...EXACT }],
  [10, { name: "float16", dtype: "f32", bytes: 2, list: "int32Data" }],
  [11, { name: "float64", dtype: "f32", bytes: 8, list: "doubleData" }],
  [12, { name: "uint32", dtype: "i64", bytes: 4, list: "uint64Data" }],
  [13, { name: "uint64", dtype: "i64", bytes: 8, list: "uint64Data" }],
  [14, { name: "complex64" }],
  [15, { name: "complex128" }],
  [16, { name: "bfloat16", dtype: "f32", bytes: 2, list: "int32Data" }],
  [17, { name: "float8e4m3fn" }],
  [18, { name: "float8e4m3fnuz" }],
  [19, { name: "float8e5m2" }],
  [20, { name: "float8e5m2fnuz" }],
  [21, { name: "uint4" }],
  [22, { name: "int4" }],
  [23, { name: "float4e2m1" }],
  [24, { name: "float8e8m0" }],
  [25, { name: "uint2" }],
  [26, { name: "int2" }],
]);

export function elementType(code: number): ElementType {
  return ELEMENT_TYPES.get(code) ?? { name: `of type ${code}` };
}

/** What values of this type are; throws CompileError `unsupported` where that would not be the same. */
export function exactType(code: number, what: string): DType {
  const { name, dtype, exact } = elementType(code);
  if (exact) return dtype!;
  const known = "float32, int32, int64, uint8, int8 and bool are supported";
  const text = "do what is done to texts before the model, and give it numbers";
  const hint = name === "string" ? text : dtype === undefined ? known : undefined;
  return fail("unsupported", `${what} is ${name}`, {
    hint: hint ?? `convert it to ${dtype === "f32" ? "float32" : "int32"} before`,
  });
}
