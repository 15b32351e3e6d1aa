/** The element types of ONNX: what each is called, how many bytes it has, and what stands for it here. */
import { fail } from "../base/error.js";
import type { DType } from "../base/tensor.js";

export interface ElementType {
  readonly name: string;
  /** What initialisers of this type become; types of inputs must be the very same. Values of 4 bits lie two to a byte. */
  readonly dtype?: DType;
  /** Whether `dtype` is the same type, and not a wider or narrower one. */
  readonly exact?: true;
  readonly bits?: number;
  /** Which of TensorProto's lists holds the numbers where they are not raw. */
  readonly list?: "floatData" | "int32Data" | "int64Data" | "doubleData" | "uint64Data";
}

const EXACT = { exact: true } as const;

/** By the numbers of TensorProto.DataType. */
const ELEMENT_TYPES: ReadonlyMap<number, ElementType> = new Map<number, ElementType>([
  [1, { name: "float32", dtype: "f32", bits: 32, list: "floatData", ...EXACT }],
  [2, { name: "uint8", dtype: "u8", bits: 8, list: "int32Data", ...EXACT }],
  [3, { name: "int8", dtype: "i8", bits: 8, list: "int32Data", ...EXACT }],
  [4, { name: "uint16", dtype: "u16", bits: 16, list: "int32Data", ...EXACT }],
  [5, { name: "int16", dtype: "i16", bits: 16, list: "int32Data", ...EXACT }],
  [6, { name: "int32", dtype: "i32", bits: 32, list: "int32Data", ...EXACT }],
  [7, { name: "int64", dtype: "i64", bits: 64, list: "int64Data", ...EXACT }],
  [8, { name: "string" }],
  [9, { name: "bool", dtype: "bool", bits: 8, list: "int32Data", ...EXACT }],
  [10, { name: "float16", dtype: "f16", bits: 16, list: "int32Data", ...EXACT }],
  [11, { name: "float64", dtype: "f64", bits: 64, list: "doubleData", ...EXACT }],
  [12, { name: "uint32", dtype: "i64", bits: 32, list: "uint64Data" }],
  [13, { name: "uint64", dtype: "i64", bits: 64, list: "uint64Data" }],
  [14, { name: "complex64" }],
  [15, { name: "complex128" }],
  [16, { name: "bfloat16", dtype: "bf16", bits: 16, list: "int32Data", ...EXACT }],
  [17, { name: "float8e4m3fn" }],
  [18, { name: "float8e4m3fnuz" }],
  [19, { name: "float8e5m2" }],
  [20, { name: "float8e5m2fnuz" }],
  [21, { name: "uint4", dtype: "u4", bits: 4, list: "int32Data", ...EXACT }],
  [22, { name: "int4", dtype: "i4", bits: 4, list: "int32Data", ...EXACT }],
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
  const known = "floats of 16 to 64 bits, integers of 4 to 64 bits and bool are supported";
  const text = "do what is done to texts before the model, and give it numbers";
  const hint = name === "string" ? text : dtype === undefined ? known : undefined;
  return fail("unsupported", `${what} is ${name}`, {
    hint: hint ?? `convert it to ${dtype === "i64" ? "int64" : "int32"} before`,
  });
}
