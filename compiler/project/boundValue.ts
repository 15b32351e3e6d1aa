/** The values that inputs are bound to, and shapes that come with values: from numbers as they are written, and from files. */
import { elementCount, tensor, type DType, type Tensor } from "../base/tensor.js";
import { fail } from "../base/error.js";
import type { Dim } from "../graph/definition.js";
import { readTypedNpy } from "../frontend/weights/npy.js";
import type { Files } from "./files.js";
import { isNumbers } from "./given.js";

/** What is known of an input before its model is read. */
export interface KnownInput {
  readonly name: string;
  readonly dtype?: DType;
  /** Absent where the file does not say how many there are. */
  readonly dims?: readonly Dim[];
}

/** What `--bind sr=16000`, or `--bind mask=mask.npy`, makes of an input. Throws CompileError. */
export function boundValue(text: string, input: KnownInput | undefined, files: Files): Tensor {
  if (!isNumbers(text)) return readTensor(text, input?.dtype, files);
  const numbers = text
    .split(",")
    .map((one) => (one === "true" ? 1 : Number(one === "false" ? 0 : one)));
  const what = `--bind ${input?.name ?? ""}=${text}`;
  const dims = dimsFor(numbers.length, input, what);
  return converted(numbers, dims, input?.dtype ?? "f32", what);
}

/** An .npy file with its values converted to an element type. Throws CompileError `bad-file` or `type-mismatch`. */
export function readTensor(file: string, dtype: DType | undefined, files: Files): Tensor {
  const value = files.from(file, readTypedNpy);
  if (dtype === undefined || value.type.dtype === dtype) return value;
  const numbers = Array.from(value.data as ArrayLike<number | bigint>, Number);
  return converted(numbers, value.type.dims, dtype, file);
}

function converted(
  numbers: readonly number[],
  dims: readonly number[],
  dtype: DType,
  what: string,
): Tensor {
  const refuse = (value: number): never =>
    fail("type-mismatch", `${what}: ${value} is not a value of ${dtype}`);
  if (dtype === "f32") return tensor(dtype, dims, numbers);
  for (const value of numbers) if (!Number.isInteger(value)) refuse(value);
  const result = tensor(dtype, dims, numbers);
  // What is out of range became another number.
  numbers.forEach((value, i) => {
    if (Number(result.data[i]) !== value) refuse(value);
  });
  return result;
}

/** The input's own dims: a symbol is 1, or as many as there are numbers where that is all that is open. */
function dimsFor(count: number, input: KnownInput | undefined, what: string): number[] {
  const dims = input?.dims ?? (count === 1 ? [] : [count]);
  const open = dims.filter((dim) => typeof dim === "string");
  const rest = elementCount(dims.filter((dim) => typeof dim === "number"));
  const filled = dims.map((dim) =>
    typeof dim === "number" ? dim : open.length === 1 ? count / rest : 1,
  );
  if (elementCount(filled) === count && filled.every(Number.isInteger)) return filled;
  const wanted = `${input?.dtype ?? ""}[${dims.join(",")}]`;
  return fail("shape-mismatch", `${what} are ${count} numbers, the input is ${wanted}`, {
    hint: "give them in an .npy file",
  });
}
