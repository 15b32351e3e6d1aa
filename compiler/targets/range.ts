/** Tells which i32 results cannot leave 32 bits, so that addresses print as plain sums and only data wraps. */
import type { Stmt, Value } from "../loop/stmt.js";

export interface Range {
  readonly min: number;
  readonly max: number;
}

const ANY: Range = { min: -(2 ** 31), max: 2 ** 31 - 1 };
/** Element addresses: byte offsets fit an i32. */
const ADDRESS: Range = { min: 0, max: 2 ** 29 };

/** The interval of every i32 value of a function. */
export interface Ranges {
  of(value: Value): Range;
  /** The exact result of a binary op, before it wraps; undefined where it may leave 32 bits. */
  exact(value: Extract<Value, { kind: "binary" }>): Range | undefined;
}

/** Reads the loops and registers of a function, whose parameters are addresses. */
export function createRanges(parameters: readonly string[], body: readonly Stmt[]): Ranges {
  const registers = new Map<string, Range>(parameters.map((name) => [name, ADDRESS]));
  const known = new WeakMap<Value, Range>();
  const of = (value: Value): Range => {
    if (value.dtype === "f32") return ANY;
    let range = known.get(value);
    if (range === undefined) {
      range = valueRange(value, registers, ranges);
      known.set(value, range);
    }
    return range;
  };
  const exact: Ranges["exact"] = (value) => {
    const range = arithmetic(value.op, of(value.left), of(value.right));
    return range !== undefined && range.min >= ANY.min && range.max <= ANY.max ? range : undefined;
  };
  const ranges: Ranges = { of, exact };
  recordRegisters(body, registers, of);
  return ranges;
}

function recordRegisters(
  body: readonly Stmt[],
  registers: Map<string, Range>,
  of: Ranges["of"],
): void {
  for (const stmt of body) {
    if (stmt.kind === "for") {
      const steps = Math.ceil((stmt.to - stmt.from) / stmt.step) - 1;
      registers.set(stmt.variable, { min: stmt.from, max: stmt.from + steps * stmt.step });
      recordRegisters(stmt.body, registers, of);
    } else if (stmt.kind === "let" && !stmt.mutable) {
      registers.set(stmt.register, of(stmt.value));
    }
  }
}

function valueRange(value: Value, registers: ReadonlyMap<string, Range>, ranges: Ranges): Range {
  if (value.dtype === "bool") return { min: 0, max: 1 };
  switch (value.kind) {
    case "constant":
      return { min: value.value, max: value.value };
    case "register":
      return registers.get(value.name) ?? ANY;
    case "select":
    case "guard":
      return hull(ranges.of(value.then), ranges.of(value.otherwise));
    case "cast":
      return value.operand.dtype === "f32" ? ANY : ranges.of(value.operand);
    case "binary":
      return binaryRange(value, ranges);
    default:
      return ANY;
  }
}

function binaryRange(value: Extract<Value, { kind: "binary" }>, ranges: Ranges): Range {
  const a = ranges.of(value.left);
  const b = ranges.of(value.right);
  const divisor = value.right.kind === "constant" && value.right.value > 0 ? value.right.value : 0;
  switch (value.op) {
    case "add":
    case "sub":
    case "mul":
      return ranges.exact(value) ?? ANY;
    case "min":
      return { min: Math.min(a.min, b.min), max: Math.min(a.max, b.max) };
    case "max":
      return { min: Math.max(a.min, b.min), max: Math.max(a.max, b.max) };
    case "mod":
      return divisor > 0 ? { min: 0, max: divisor - 1 } : ANY;
    case "floordiv":
      return divisor > 0
        ? { min: Math.floor(a.min / divisor), max: Math.floor(a.max / divisor) }
        : ANY;
    case "div":
      return divisor > 0
        ? { min: Math.trunc(a.min / divisor), max: Math.trunc(a.max / divisor) }
        : ANY;
    default:
      return ANY;
  }
}

function arithmetic(op: string, a: Range, b: Range): Range | undefined {
  switch (op) {
    case "add":
      return { min: a.min + b.min, max: a.max + b.max };
    case "sub":
      return { min: a.min - b.max, max: a.max - b.min };
    case "mul": {
      const corners = [a.min * b.min, a.min * b.max, a.max * b.min, a.max * b.max];
      return { min: Math.min(...corners), max: Math.max(...corners) };
    }
    default:
      return undefined;
  }
}

function hull(a: Range, b: Range): Range {
  return { min: Math.min(a.min, b.min), max: Math.max(a.max, b.max) };
}
