/** TensorProto to constants: raw or listed numbers of every type, inside the file or beside it. */
import type { Budget } from "../../base/budget.js";
import { fail } from "../../base/error.js";
import type { ReadFile } from "../../graph/constants.js";
import { constantTensor } from "../../graph/constants.js";
import type { ConstantSource } from "../../graph/definition.js";
import {
  byteCount,
  elementCount,
  formatType,
  MAX_ELEMENTS,
  newData,
  type Tensor,
  type TensorData,
  type TensorType,
} from "../../base/tensor.js";
import { floatsFromBytes } from "../weights/floats.js";
import { elementType, type ElementType } from "../../onnx/elementTypes.js";
import type { OnnxTensor } from "../../onnx/messages.js";

export interface ImportedConstant {
  readonly type: TensorType;
  readonly source: ConstantSource;
}

type Numbers = Required<ElementType>;

/**
 * Unsigned integers of 32 and 64 bits become i64. Values in another file stay there where they can. Throws CompileError `bad-file`, `bad-weights`, `too-large`, `over-budget` or
 * `unsupported`.
 */
export function importTensor(
  proto: OnnxTensor,
  readFile: ReadFile | undefined,
  budget?: Budget,
): ImportedConstant {
  const element = elementType(proto.dataType);
  if (element.dtype === undefined) {
    fail("unsupported", `tensor of ${element.name}`, {
      hint: "floats of 16 to 64 bits, integers of 4 to 64 bits and bool are read",
    });
  }
  const type: TensorType = { dtype: element.dtype, dims: dimsOf(proto) };
  if (elementCount(type.dims) > MAX_ELEMENTS) {
    const message = `tensor ${formatType(type)} has more than ${MAX_ELEMENTS} elements`;
    fail("too-large", message);
  }
  const numbers = element as Numbers;
  if (proto.dataLocation === 1) return external(proto, type, numbers, readFile, budget);
  return { type, source: { kind: "data", data: values(proto, type, numbers) } };
}

/** The tensor itself, wherever its values are. */
export function readTensorProto(proto: OnnxTensor, readFile?: ReadFile): Tensor {
  return constantTensor({ name: proto.name, ...importTensor(proto, readFile) }, readFile);
}

function dimsOf({ dims }: OnnxTensor): number[] {
  return dims.map((dim) => {
    if (dim >= 0n && dim <= BigInt(Number.MAX_SAFE_INTEGER)) return Number(dim);
    return fail("bad-dimension", `tensor has a dimension of ${dim}`);
  });
}

/** Fields of external data, see https://onnx.ai/onnx/repo-docs/ExternalData.html. */
function external(
  { externalData }: OnnxTensor,
  type: TensorType,
  element: Numbers,
  readFile: ReadFile | undefined,
  budget: Budget | undefined,
): ImportedConstant {
  const entries = new Map(externalData.map(({ key, value }) => [key, value]));
  const path = entries.get("location");
  if (path === undefined || path === "") {
    return fail("bad-file", "tensor lies in another file that it does not name");
  }
  const size = bytesOf(type, element);
  const offset = numberIn(entries.get("offset") ?? "0", "offset");
  const length = numberIn(entries.get("length") ?? String(size), "length");
  if (length !== size) {
    const message = `tensor ${formatType(type)} of ${element.name} takes ${size} bytes, not ${length}`;
    fail("bad-weights", message);
  }
  if (element.exact && type.dtype !== "bool" && size === byteCount(type)) {
    return { type, source: { kind: "file", path, offset } };
  }
  if (readFile === undefined) return fail("bad-file", `no folder to read ${path} from`);
  const bytes = readFile(path);
  if (offset + size > bytes.length) {
    const message = `bytes ${offset} to ${offset + size} are wanted of a file of ${bytes.length}`;
    fail("bad-file", message);
  }
  budget?.spend("bytes", byteCount(type));
  const data = fromRaw(bytes.subarray(offset, offset + size), type, element);
  return { type, source: { kind: "data", data } };
}

function numberIn(text: string, key: string): number {
  const value = /^\d{1,15}$/.test(text) ? Number(text) : undefined;
  return value ?? fail("bad-file", `${key} of a tensor in another file is '${text}'`);
}

/** As files have it. */
function bytesOf({ dims }: TensorType, { bits }: Numbers): number {
  return Math.ceil((elementCount(dims) * bits) / 8);
}

function values(proto: OnnxTensor, type: TensorType, element: Numbers): TensorData {
  const listed = proto[element.list];
  if (listed.length > 0 && proto.rawData.length === 0) {
    return fromList(listed, type, element);
  }
  const size = bytesOf(type, element);
  if (proto.rawData.length !== size) {
    const given = proto.rawData.length;
    const message = `tensor ${formatType(type)} of ${element.name} takes ${size} bytes, ${given} are given`;
    fail("bad-weights", message);
  }
  return fromRaw(proto.rawData, type, element);
}

/** Little-endian bytes of exactly the size wanted. */
function fromRaw(bytes: Uint8Array, type: TensorType, element: Numbers): TensorData {
  const count = elementCount(type.dims);
  switch (element.name) {
    case "float16":
      return floatsFromBytes(bytes, "f16")!;
    case "bfloat16":
      return floatsFromBytes(bytes, "bf16")!;
    case "uint4":
    case "int4":
      return fromNibbles(bytes, type);
    case "uint32":
      return BigInt64Array.from(new Uint32Array(copied(bytes)), BigInt);
    case "uint64":
      return signed(new BigUint64Array(copied(bytes)));
    case "bool":
      return Uint8Array.from(bytes, (value) => (value === 0 ? 0 : 1));
    default:
      return asTyped(bytes, count, type);
  }
}

/** Two values a byte, the first in its lower half. */
function fromNibbles(bytes: Uint8Array, { dtype, dims }: TensorType): TensorData {
  const data = newData(dtype, elementCount(dims));
  for (let i = 0; i < data.length; i++) {
    const bits = (bytes[i >> 1]! >> (i % 2 === 0 ? 0 : 4)) & 15;
    data[i] = dtype === "i4" ? (bits << 28) >> 28 : bits;
  }
  return data;
}

/** A view of the bytes where they are aligned, otherwise a copy. */
function asTyped(bytes: Uint8Array, count: number, { dtype }: TensorType): TensorData {
  const shape = newData(dtype, 0);
  const Elements = shape.constructor as new (
    buffer: ArrayBufferLike,
    offset: number,
    length: number,
  ) => TensorData;
  const fits = bytes.byteOffset % shape.BYTES_PER_ELEMENT === 0;
  if (!fits) return new Elements(copied(bytes), 0, count);
  return new Elements(bytes.buffer, bytes.byteOffset, count);
}

/** A copy that begins at 0, of whole elements. */
function copied(bytes: Uint8Array): ArrayBuffer {
  return new Uint8Array(bytes).buffer;
}

function signed(values: BigUint64Array): BigInt64Array {
  return BigInt64Array.from(values, (value) => {
    if (value < 2n ** 63n) return value;
    return fail("bad-weights", `uint64 value ${value} is outside int64`);
  });
}

/** Numbers in a list of the message itself; 16-bit floats lie there as their bits. */
function fromList(listed: Uint8Array, type: TensorType, element: Numbers): TensorData {
  const count = elementCount(type.dims);
  const fixed = element.list === "floatData" ? 4 : element.list === "doubleData" ? 8 : undefined;
  const given = fixed === undefined ? varintCount(listed) : listed.length / fixed;
  const wanted = element.bits === 4 ? bytesOf(type, element) : count;
  if (given !== wanted) {
    fail("bad-weights", `tensor ${formatType(type)} has ${Math.floor(given)} values`);
  }
  if (fixed !== undefined) return fromRaw(listed, type, element);
  const numbers = varints(listed, wanted);
  if (element.bits === 4) return fromNibbles(Uint8Array.from(numbers, Number), type);
  if (element.list === "int64Data") return numbers;
  if (element.list === "uint64Data") {
    return signed(BigUint64Array.from(numbers, (value) => BigInt.asUintN(64, value)));
  }
  if (element.name.endsWith("float16")) {
    const bits = Uint16Array.from(numbers, Number);
    return fromRaw(new Uint8Array(bits.buffer), type, element);
  }
  const data = newData(type.dtype, count) as Exclude<TensorData, BigInt64Array>;
  numbers.forEach((value, i) => {
    data[i] = type.dtype === "bool" ? Number(value !== 0n) : Number(value);
  });
  return data;
}

function varintCount(bytes: Uint8Array): number {
  let count = 0;
  for (const byte of bytes) if (byte < 128) count++;
  return count;
}

/** 7 bits a byte, least first. */
function varints(bytes: Uint8Array, count: number): BigInt64Array {
  const result = new BigInt64Array(count);
  let at = 0;
  for (let i = 0; i < count; i++) {
    let value = 0n;
    let shift = 0n;
    for (let more = true; more; shift += 7n) {
      if (shift > 63n) fail("bad-file", "not an ONNX model: a number has more than 64 bits");
      const byte = bytes[at++]!;
      value |= BigInt(byte & 127) << shift;
      more = byte >= 128;
    }
    result[i] = BigInt.asIntN(64, value);
  }
  return result;
}
