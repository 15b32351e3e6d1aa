/** Reads a Kernel's text back: `print(parse(text)) === text`. */
import { parseElement } from "../../../compiler/base/numbers.js";
import {
  DTYPES,
  elementCount,
  MAX_ELEMENTS,
  newData,
  sameType,
  type DType,
  type Tensor,
  type TensorType,
} from "../../../compiler/base/tensor.js";
import {
  scalarOf,
  type Axis,
  type Combine,
  type Compute,
  type Kernel,
  type KernelInput,
  type Scalar,
  type Temporary,
} from "../../../compiler/compute/ir.js";
import { parseExpr, parseIndex, type Names } from "./parseExpr.js";
import {
  accept,
  createReader,
  expect,
  expected,
  expectInteger,
  expectName,
  isSymbol,
  isWord,
  listUntil,
  peek,
  syntaxError,
  take,
  type Reader,
} from "./reader.js";

/**
 * The kernel of a text. Values of tables that the text leaves out (`elided`) are looked up in `tables`.
 * An input without `as` has its name as operand, unless the name has a sigil. Throws CompileError "syntax"
 * with line and column; what the kernel means is `kernelProblems`'s to check.
 */
export function parseKernel(text: string, tables: ReadonlyMap<string, Tensor> = new Map()): Kernel {
  const reader = createReader(text);
  expect(reader, "kernel");
  expect(reader, "(");
  const inputs = listUntil(reader, ")", () => parseInput(reader));
  expect(reader, "->");
  const output = parseType(reader);
  expect(reader, "{");
  const constants: { name: string; value: Tensor }[] = [];
  while (startsWith(reader, "table")) constants.push(parseTable(reader, tables));
  const temporaries: Temporary[] = [];
  while (startsWith(reader, "let")) temporaries.push(parseTemporary(reader));
  const outer = startsWith(reader, "outer") ? (take(reader), parseAxes(reader)) : [];
  const sources = new Map<string, Scalar>([
    ...inputs.map(({ name, type }) => [name, scalarOf(type.dtype)] as const),
    ...constants.map(({ name, value }) => [name, scalarOf(value.type.dtype)] as const),
    ...temporaries.map(({ name, dtype }) => [name, dtype] as const),
  ]);
  const computes: Compute[] = [];
  while (!accept(reader, "}")) computes.push(parseCompute(reader, sources));
  if (reader.token.kind !== "end") expected(reader, "the end of the text");
  return { outer, inputs, constants, temporaries, computes, output };
}

/** Whether a section begins here, and not a Compute whose target has the keyword's name. */
function startsWith(reader: Reader, keyword: string): boolean {
  return isWord(reader.token, keyword) && !isSymbol(peek(reader), "[");
}

function parseInput(reader: Reader): KernelInput {
  const name = expectName(reader, "an input's name");
  const operand = accept(reader, "as") ? expectName(reader, "an operand's name") : name;
  expect(reader, ":");
  const constant = accept(reader, "constant") ? { constant: true as const } : {};
  const type = parseType(reader);
  return { name, type, ...(/^[%@]/.test(operand) ? {} : { operand }), ...constant };
}

function parseDType(reader: Reader): DType {
  const dtype = DTYPES.find((one) => isWord(reader.token, one));
  if (dtype === undefined) expected(reader, `an element type (${DTYPES.join(", ")})`);
  take(reader);
  return dtype;
}

function parseType(reader: Reader): TensorType {
  const dtype = parseDType(reader);
  return { dtype, dims: parseDims(reader) };
}

function parseDims(reader: Reader): number[] {
  expect(reader, "[");
  return listUntil(reader, "]", () => expectInteger(reader, "a dimension"));
}

/** `table rows: i32[4] = [0, 1, 1, 2]` */
function parseTable(
  reader: Reader,
  tables: ReadonlyMap<string, Tensor>,
): { name: string; value: Tensor } {
  expect(reader, "table");
  const at = reader.token.at;
  const name = expectName(reader, "a table's name");
  expect(reader, ":");
  const type = parseType(reader);
  expect(reader, "=");
  if (!accept(reader, "elided")) return { name, value: parseValues(reader, type) };
  const value = tables.get(name);
  if (value === undefined || !sameType(value.type, type))
    return syntaxError(reader.text, at, "the values of this table are elided and not given");
  return { name, value };
}

function parseValues(reader: Reader, type: TensorType): Tensor {
  const count = elementCount(type.dims);
  const { at } = reader.token;
  expect(reader, "[");
  const words = listUntil(reader, "]", () => {
    const sign = accept(reader, "-") ? "-" : "";
    const special = isWord(reader.token, "inf") || isWord(reader.token, "nan");
    if (reader.token.kind !== "number" && !special) expected(reader, "a number");
    return `${sign}${take(reader).text}`;
  });
  if (words.length !== count || count > MAX_ELEMENTS)
    return syntaxError(reader.text, at, `expected ${count} values, found ${words.length}`);
  const data = newData(type.dtype, count);
  words.forEach((word, i) => {
    if (!parseElement(type.dtype, word, data, i))
      syntaxError(reader.text, at, `${word} is no ${type.dtype}`);
  });
  return { type, data };
}

/** `let e: f32[10]`, `let sum: f32` */
function parseTemporary(reader: Reader): Temporary {
  expect(reader, "let");
  const name = expectName(reader, "a temporary's name");
  expect(reader, ":");
  const { at } = reader.token;
  const dtype = parseDType(reader);
  if (dtype !== "f32" && dtype !== "i32" && dtype !== "bool")
    return syntaxError(reader.text, at, "a temporary is f32, i32 or bool");
  return { name, dtype, dims: isSymbol(reader.token, "[") ? parseDims(reader) : [] };
}

/** `n < 1, oc < 4` */
function parseAxes(reader: Reader): Axis[] {
  const axes: Axis[] = [];
  do {
    const name = expectName(reader, "an axis");
    expect(reader, "<");
    axes.push({ name, extent: expectInteger(reader, "an extent") });
  } while (accept(reader, ","));
  return axes;
}

const COMBINES = ["sum", "prod", "min", "max"] satisfies readonly Combine[];

function parseCombine(reader: Reader): Combine | undefined {
  const combine = COMBINES.find((one) => isWord(reader.token, one));
  const next = peek(reader);
  // max(a, b) and max[…] are expressions
  if (combine === undefined || isSymbol(next, "(") || isSymbol(next, "[")) return undefined;
  take(reader);
  return combine;
}

function parseCompute(reader: Reader, sources: ReadonlyMap<string, Scalar>): Compute {
  const names: Names = { sources, bindings: new Map() };
  const target = expectName(reader, "'out' or a temporary's name");
  expect(reader, "[");
  const index = listUntil(reader, "]", () => parseIndex(reader, names));
  const scan = accept(reader, "scan") ? { scan: parseAxes(reader) } : {};
  const axes = accept(reader, "for") ? parseAxes(reader) : [];
  parseBindings(reader, names);
  expect(reader, "=");
  const { reduce, ...reduction } = parseReduction(reader, names);
  const body = parseExpr(reader, names);
  const after: Names = { ...names, accumulator: body.dtype };
  parseBindings(reader, after);
  const epilogue = startsWith(reader, "then")
    ? (take(reader), { epilogue: parseExpr(reader, after) })
    : {};
  return { target, ...scan, axes, reduce, ...reduction, body, ...epilogue, index };
}

/** `with t0 = exp(x[w])` */
function parseBindings(reader: Reader, names: Names): void {
  while (startsWith(reader, "with")) {
    take(reader);
    const name = expectName(reader, "a name for a shared expression");
    expect(reader, "=");
    names.bindings.set(name, parseExpr(reader, names));
  }
}

/** `sum ic < 3, kh < 3 from bias[oc] of` */
function parseReduction(
  reader: Reader,
  names: Names,
): Pick<Compute, "reduce" | "combine" | "init"> {
  const combine = parseCombine(reader);
  if (combine === undefined) return { reduce: [] };
  const bare = isWord(reader.token, "from") || isWord(reader.token, "of");
  const reduce = bare ? [] : parseAxes(reader);
  const init = accept(reader, "from") ? { init: parseExpr(reader, names) } : {};
  expect(reader, "of");
  return { reduce, combine, ...init };
}
