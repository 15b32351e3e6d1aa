/** Reads a constant's line of a text: its type, and its values or where they are. */
import {
  DTYPES,
  elementCount,
  MAX_ELEMENTS,
  newData,
  type DType,
  type TensorType,
} from "../../base/tensor.js";
import type { Constant, ConstantSource } from "../definition.js";
import { parseElement, parseNumber } from "../../base/numbers.js";
import { syntaxError } from "./lexer.js";
import {
  accept,
  eachUntil,
  expected,
  expectKind,
  expectPunctuation,
  isNext,
  listUntil,
  take,
  takeValue,
  type Reader,
} from "./reader.js";

export function readDType(reader: Reader): DType {
  const { kind, text } = reader.token;
  if (kind !== "word" || !DTYPES.includes(text as DType)) {
    expected(reader, `an element type (${DTYPES.join(", ")})`);
  }
  take(reader);
  return text as DType;
}

/** `[1,6,28,28]` */
export function readDims(reader: Reader): number[] {
  expectPunctuation(reader, "[");
  return listUntil(reader, "]", (at) => {
    const dim = isNext(at, "number") ? parseNumber(at.token.text) : NaN;
    if (!Number.isSafeInteger(dim) || dim < 0) expected(at, "a dimension");
    take(at);
    return dim;
  });
}

/** `@conv1.weight : f32[6,1,5,5] = file "lenet5.weights.bin" 0` */
export function readConstant(reader: Reader): Constant {
  const name = expectKind(reader, "constant", "a constant's name");
  expectPunctuation(reader, ":");
  const type: TensorType = { dtype: readDType(reader), dims: readDims(reader) };
  expectPunctuation(reader, "=");
  return { name, type, source: readSource(reader, name, type) };
}

function readSource(reader: Reader, name: string, type: TensorType): ConstantSource {
  if (isNext(reader, "punctuation", "[")) return readValues(reader, name, type);
  if (accept(reader, "word", "file")) {
    const path = expectKind(reader, "string", "a quoted path");
    return {
      kind: "file",
      path,
      offset: readFinite(reader, "a byte offset", isOffset),
    };
  }
  if (accept(reader, "word", "seed")) {
    const seed = readFinite(reader, "a seed", Number.isSafeInteger);
    const center = readLabelled(reader, "center");
    const spread = readLabelled(reader, "spread");
    if (!accept(reader, "word", "sumless")) return { kind: "seed", seed, center, spread };
    const fits = (run: number): boolean => run > 0 && elementCount(type.dims) % run === 0;
    const sumless = readFinite(reader, "a number of values that divides all", fits);
    return { kind: "seed", seed, center, spread, sumless };
  }
  return expected(reader, "'[' and values, 'file' or 'seed'");
}

const isOffset = (value: number): boolean => Number.isSafeInteger(value) && value >= 0;

function readLabelled(reader: Reader, label: string): number {
  if (!accept(reader, "word", label)) expected(reader, `'${label}'`);
  return readFinite(reader, "a number", Number.isFinite);
}

function readFinite(reader: Reader, what: string, fits: (value: number) => boolean): number {
  const value = isNext(reader, "number") ? parseNumber(reader.token.text) : NaN;
  if (!fits(value)) expected(reader, what);
  take(reader);
  return value;
}

const VALUES_BETWEEN_LOOKS = 2 ** 16;

/** As many values as the type has elements; the memory is only taken where the text is long enough for them. */
function readValues(reader: Reader, name: string, { dtype, dims }: TensorType): ConstantSource {
  const start = reader.token.at;
  const count = elementCount(dims);
  if (count > MAX_ELEMENTS)
    syntaxError(reader.text, start, `expected at most ${MAX_ELEMENTS} values`);
  take(reader);
  const data = newData(dtype, Math.min(count, reader.text.length - start));
  let found = 0;
  eachUntil(reader, "]", (at) => {
    const isValue = isNext(at, "number") || isNext(at, "word", "nan") || isNext(at, "word", "inf");
    if (!isValue || !parseElement(dtype, at.token.text, data, found))
      expected(at, `a value of type ${dtype}`);
    takeValue(at);
    if (found++ % VALUES_BETWEEN_LOOKS === 0) reader.budget.checkTime({ node: name });
  });
  if (found !== count) syntaxError(reader.text, start, `expected ${count} values, found ${found}`);
  return { kind: "data", data };
}
