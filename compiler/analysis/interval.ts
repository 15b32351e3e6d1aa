/** The interval that an index can take while some axes stand still and others run. */
import type { Expr, Index, Opaque } from "../compute/ir.js";
import { rowMajorStrides, type Tensor } from "../base/tensor.js";

export interface Interval {
  readonly low: number;
  readonly high: number;
}

export interface IntervalContext {
  /** What an axis runs over. */
  axis(name: string): Interval;
  /** A table of the kernel, if `source` is one. */
  table(source: string): Tensor | undefined;
}

/** Tables with more entries in reach than this are not looked through. */
const MOST_ENTRIES = 4096;

export function indexInterval(index: Index, context: IntervalContext): Interval {
  let low = index.constant;
  let high = index.constant;
  for (const { of, coefficient } of index.terms) {
    const range = typeof of === "string" ? context.axis(of) : opaqueInterval(of, context);
    low += Math.min(coefficient * range.low, coefficient * range.high);
    high += Math.max(coefficient * range.low, coefficient * range.high);
  }
  return { low, high };
}

function opaqueInterval({ value, min, max }: Opaque, context: IntervalContext): Interval {
  const range = exprInterval(value, context);
  const hold = (at: number): number => Math.min(max, Math.max(min, at));
  return range === undefined
    ? { low: min, high: max }
    : { low: hold(range.low), high: hold(range.high) };
}

/** undefined where nothing is known: the value comes from data. */
function exprInterval(expr: Expr, context: IntervalContext): Interval | undefined {
  switch (expr.kind) {
    case "constant":
      return { low: expr.value, high: expr.value };
    case "index":
      return indexInterval(expr.index, context);
    case "load":
      return tableInterval(expr, context);
    case "cast":
      return exprInterval(expr.operand, context);
    case "select": {
      const then = exprInterval(expr.then, context);
      const otherwise = exprInterval(expr.otherwise, context);
      return then && otherwise && hull(then, otherwise);
    }
    case "binary": {
      const left = exprInterval(expr.left, context);
      const right = exprInterval(expr.right, context);
      return left && right && binaryInterval(expr.op, left, right);
    }
    case "unary":
    case "accumulator":
      return undefined;
    default:
      return expr satisfies never;
  }
}

function binaryInterval(op: string, a: Interval, b: Interval): Interval | undefined {
  switch (op) {
    case "add":
      return { low: a.low + b.low, high: a.high + b.high };
    case "sub":
      return { low: a.low - b.high, high: a.high - b.low };
    case "mul": {
      const corners = [a.low * b.low, a.low * b.high, a.high * b.low, a.high * b.high];
      return { low: Math.min(...corners), high: Math.max(...corners) };
    }
    case "min":
      return { low: Math.min(a.low, b.low), high: Math.min(a.high, b.high) };
    case "max":
      return { low: Math.max(a.low, b.low), high: Math.max(a.high, b.high) };
    case "floordiv":
    case "mod":
      return b.low === b.high && b.low > 0 ? divided(op, a, b.low) : undefined;
    default:
      return undefined;
  }
}

function divided(op: "floordiv" | "mod", a: Interval, divisor: number): Interval {
  const low = Math.floor(a.low / divisor);
  const high = Math.floor(a.high / divisor);
  if (op === "floordiv") return { low, high };
  return low === high
    ? { low: a.low - low * divisor, high: a.high - low * divisor }
    : { low: 0, high: divisor - 1 };
}

function tableInterval(
  load: Extract<Expr, { kind: "load" }>,
  context: IntervalContext,
): Interval | undefined {
  const table = context.table(load.source);
  if (table === undefined) return undefined;
  const { dims } = table.type;
  const strides = rowMajorStrides(dims);
  const ranges = load.index.map((index) => indexInterval(index, context));
  const sizes = ranges.map(({ low, high }) => high - low + 1);
  if (sizes.reduce((product, size) => product * size, 1) > MOST_ENTRIES) return undefined;
  let found: Interval | undefined;
  const visit = (d: number, offset: number): void => {
    if (d < ranges.length) {
      const last = Math.min(ranges[d]!.high, dims[d]! - 1);
      for (let i = Math.max(0, ranges[d]!.low); i <= last; i++)
        visit(d + 1, offset + i * strides[d]!);
      return;
    }
    const value = Number(table.data[offset]);
    found =
      found === undefined ? { low: value, high: value } : hull(found, { low: value, high: value });
  };
  visit(0, 0);
  return found;
}

function hull(a: Interval, b: Interval): Interval {
  return { low: Math.min(a.low, b.low), high: Math.max(a.high, b.high) };
}
