/** Tells which vectors of integers fit lanes of 16 bits: what a dot multiplies, and what targets keep in half the room. */
import { rangeOfStorage } from "./storage.js";
import type { Value } from "./stmt.js";

export interface Range {
  readonly min: number;
  readonly max: number;
}

const SIXTEEN: Range = { min: -32768, max: 32767 };

/**
 * The interval of a value that is read from elements of fewer bits, or made of such by sums and differences, none of
 * which leaves 16 bits; undefined for any other. `known`: of registers.
 */
export function narrowRange(
  value: Value,
  known: (register: string) => Range | undefined,
): Range | undefined {
  const of = (inner: Value): Range | undefined => narrowRange(inner, known);
  const inside = (range: Range | undefined): Range | undefined =>
    range !== undefined && range.min >= SIXTEEN.min && range.max <= SIXTEEN.max ? range : undefined;
  if (value.dtype !== "i32") return undefined;
  switch (value.kind) {
    case "constant":
      return inside({ min: value.value, max: value.value });
    case "register":
      return known(value.name);
    case "load": {
      const range = rangeOfStorage(value.memory.dtype);
      return range === undefined || value.count === undefined ? range : withZero(range);
    }
    case "splat":
      return of(value.operand);
    case "mask":
      return hull(of(value.operand), { min: value.fill, max: value.fill });
    case "guard":
      return hull(of(value.then), of(value.otherwise));
    case "build":
      return value.operands.map(of).reduce(hull);
    case "binary": {
      const [a, b] = [of(value.left), of(value.right)];
      if (a === undefined || b === undefined) return undefined;
      if (value.op === "add") return inside({ min: a.min + b.min, max: a.max + b.max });
      return value.op === "sub" ? inside({ min: a.min - b.max, max: a.max - b.min }) : undefined;
    }
    default:
      return undefined;
  }
}

function withZero({ min, max }: Range): Range {
  return { min: Math.min(min, 0), max: Math.max(max, 0) };
}

function hull(a: Range | undefined, b: Range | undefined): Range | undefined {
  if (a === undefined || b === undefined) return undefined;
  return { min: Math.min(a.min, b.min), max: Math.max(a.max, b.max) };
}
