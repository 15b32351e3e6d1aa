/** Reads expressions and indices of a kernel's text. */
import { parseNumber } from "../../../compiler/base/numbers.js";
import { isElementary, operatorOf, PRECEDENCE } from "../../../compiler/compute/operators.js";
import { binary, constant, select, unary } from "../../../compiler/compute/expr.js";
import type {
  BinaryOp,
  Expr,
  Index,
  IndexTerm,
  Boundary,
  Scalar,
  UnaryOp,
} from "../../../compiler/compute/ir.js";
import { constantText } from "../../../compiler/compute/text/token.js";
import {
  accept,
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

/** What names stand for where an expression is read. */
export interface Names {
  /** Element types of what can be loaded. */
  readonly sources: ReadonlyMap<string, Scalar>;
  /** Shared subexpressions by name. */
  readonly bindings: Map<string, Expr>;
  /** The accumulator's dtype, in an epilogue. */
  readonly accumulator?: Scalar;
}

/** Expressions nested more deeply than this come from no printer. */
const MAX_DEPTH = 500;

const INFIX = [
  ...["or", "xor", "and", "eq", "ne", "lt", "le", "gt", "ge"],
  ...["shl", "shr", "add", "sub", "mul", "div"],
] as readonly BinaryOp[];

/** The op that a symbol stands for between two operands. */
function opOfSymbol(symbol: string): BinaryOp | undefined {
  return INFIX.find((op) => operatorOf(op)?.symbol === symbol);
}

/** An expression whose operators bind at least as tightly as `tightness`. */
export function parseExpr(reader: Reader, names: Names, tightness = 0): Expr {
  if (++reader.depth > MAX_DEPTH) syntaxError(reader.text, reader.token.at, "nested too deeply");
  let left = parseUnary(reader, names);
  let leftPrecedence: number = PRECEDENCE.primary;
  for (;;) {
    const op = reader.token.kind === "symbol" ? opOfSymbol(reader.token.text) : undefined;
    const operator = op === undefined ? undefined : operatorOf(op);
    if (op === undefined || operator === undefined || operator.precedence < tightness) break;
    if (leftPrecedence < operator.left) expected(reader, "parentheses: comparisons do not chain");
    const { at } = take(reader);
    left = combined(reader, at, op, left, parseExpr(reader, names, operator.right));
    leftPrecedence = operator.precedence;
  }
  reader.depth--;
  return left;
}

function combined(reader: Reader, at: number, op: BinaryOp, left: Expr, right: Expr): Expr {
  if (left.dtype !== right.dtype)
    syntaxError(reader.text, at, `${op} of ${left.dtype} and ${right.dtype}`);
  return binary(op, left, right);
}

function parseUnary(reader: Reader, names: Names): Expr {
  if (accept(reader, "!")) return unary("not", parseExpr(reader, names, PRECEDENCE.unary));
  if (!accept(reader, "-")) return parsePrimary(reader, names);
  if (isNumber(reader)) return parseConstant(reader, "-");
  return unary("neg", parseExpr(reader, names, PRECEDENCE.unary));
}

function isNumber(reader: Reader): boolean {
  const { token } = reader;
  if (token.kind === "number") return true;
  return (isWord(token, "inf") || isWord(token, "nan")) && !isSymbol(peek(reader), "[");
}

function parseConstant(reader: Reader, sign: "" | "-"): Expr {
  const { dtype, value } = constantValue(`${sign}${take(reader).text}`);
  return { kind: "constant", dtype, value };
}

/** The value of a number token that `constantText` wrote. */
export function constantValue(text: string): { readonly dtype: Scalar; readonly value: number } {
  if (/^-?[0-9]+$/.test(text)) return { dtype: "i32", value: Number(text) };
  const value = parseNumber(text);
  const single = Math.fround(value);
  return { dtype: "f32", value: constantText(single, "f32") === text ? single : value };
}

function parsePrimary(reader: Reader, names: Names): Expr {
  if (accept(reader, "(")) {
    const inner = parseExpr(reader, names);
    expect(reader, ")");
    return inner;
  }
  if (isNumber(reader)) return parseConstant(reader, "");
  const next = peek(reader);
  if (isSymbol(next, "[")) return parseLoad(reader, names);
  if (reader.token.bare && isSymbol(next, "(")) return parseCall(reader, names);
  return parseWord(reader, names);
}

/** `true`, `false`, `acc`, or a shared subexpression. */
function parseWord(reader: Reader, names: Names): Expr {
  const { token } = reader;
  const accumulator = names.accumulator;
  if (accept(reader, "true")) return constant(1, "bool");
  if (accept(reader, "false")) return constant(0, "bool");
  if (isWord(token, "acc") && accumulator !== undefined) {
    take(reader);
    return { kind: "accumulator", dtype: accumulator };
  }
  const bound = token.bare ? names.bindings.get(token.text) : undefined;
  if (bound === undefined) expected(reader, "an expression");
  take(reader);
  return bound;
}

/** `x[n, 2*oh + kh - 1 boundary 0.0]` */
function parseLoad(reader: Reader, names: Names): Expr {
  const { at } = reader.token;
  const source = expectName(reader, "a name");
  const dtype = names.sources.get(source);
  if (dtype === undefined) return syntaxError(reader.text, at, `${source} is not declared`);
  expect(reader, "[");
  const index: Index[] = [];
  while (!isSymbol(reader.token, "]") && !isWord(reader.token, "boundary")) {
    index.push(parseIndex(reader, names));
    if (!accept(reader, ",")) break;
  }
  const boundary = accept(reader, "boundary") ? { boundary: parseBoundary(reader, dtype) } : {};
  expect(reader, "]");
  return { kind: "load", dtype, source, index, ...boundary };
}

const MODES = ["reflect", "replicate", "circular"] as const;

function parseBoundary(reader: Reader, dtype: Scalar): Boundary {
  const mode = MODES.find((one) => accept(reader, one));
  if (mode !== undefined) return { mode };
  const { at } = reader.token;
  const none: Names = { sources: new Map(), bindings: new Map() };
  const value = parseExpr(reader, none);
  if (value.kind !== "constant" || value.dtype !== dtype)
    return syntaxError(reader.text, at, `expected a constant of ${dtype} or ${MODES.join(", ")}`);
  return { mode: "constant", value: value.value };
}

const CALLED_BINARY = [
  "floordiv",
  "mod",
  "rem",
  "min",
  "max",
  "pow",
  "sdot",
  "usdot",
  "dot16",
] satisfies BinaryOp[];
const CALLED_UNARY = [
  "neg",
  "abs",
  "sqrt",
  "floor",
  "ceil",
  "trunc",
  "round",
  "isnan",
  "fround",
  "bits",
  "float",
] satisfies UnaryOp[];
const SCALARS = ["f32", "i32", "bool"] satisfies Scalar[];

function parseCall(reader: Reader, names: Names): Expr {
  const { text: name, at } = take(reader);
  expect(reader, "(");
  if (name === "index") {
    const index = parseIndex(reader, names);
    expect(reader, ")");
    return { kind: "index", dtype: "i32", index };
  }
  const operands = listUntil(reader, ")", () => parseExpr(reader, names));
  const [a, b, c] = operands;
  const two = CALLED_BINARY.find((op) => op === name);
  if (two !== undefined && operands.length === 2) return combined(reader, at, two, a!, b!);
  if (name === "select" && operands.length === 3) return select(a!, b!, c!);
  const scalar = SCALARS.find((one) => one === name);
  if (operands.length === 1 && scalar !== undefined)
    return { kind: "cast", dtype: scalar, operand: a! };
  const one = CALLED_UNARY.find((op) => op === name) ?? elementary(name);
  if (operands.length === 1 && one !== undefined) return unary(one, a!);
  return syntaxError(reader.text, at, `there is no ${name} of ${operands.length} operands`);
}

function elementary(name: string): UnaryOp | undefined {
  return isElementary(name) ? name : undefined;
}

/** `2*oh + kh - 1`, `clamp(rows[oh], 0, 3)` */
export function parseIndex(reader: Reader, names: Names): Index {
  const terms: IndexTerm[] = [];
  let constant = 0;
  let sign = accept(reader, "-") ? -1 : 1;
  for (;;) {
    const numbered = reader.token.kind === "number";
    const factor = numbered ? sign * expectInteger(reader, "a whole number") : sign;
    if (!numbered || accept(reader, "*"))
      terms.push({ coefficient: factor, of: parseTerm(reader, names) });
    else constant += factor;
    if (accept(reader, "+")) sign = 1;
    else if (accept(reader, "-")) sign = -1;
    else return { terms, constant };
  }
}

function parseTerm(reader: Reader, names: Names): IndexTerm["of"] {
  if (!isWord(reader.token, "clamp") || !isSymbol(peek(reader), "("))
    return expectName(reader, "an axis, a number or clamp(…)");
  take(reader);
  take(reader);
  const value = parseExpr(reader, names);
  expect(reader, ",");
  const min = expectInteger(reader, "the smallest index");
  expect(reader, ",");
  const max = expectInteger(reader, "the largest index");
  expect(reader, ")");
  return { value, min, max };
}
