/** Follows the addresses of a function through its registers: sums of loop variables and a parameter. */
import type { KernelFunction, Stmt, Tiles, Value } from "./stmt.js";
import { trips } from "./cost.js";
import { allOperands } from "./walk.js";

export interface ParallelLoop {
  readonly variable: string;
  readonly tiles: Tiles;
  /** Iterations. */
  readonly count: number;
  /** The parallel loop that it stands in. */
  readonly within: ParallelLoop | undefined;
}

/** `coefficient` is of the number of the iteration, 0 to count − 1. */
export interface LoopTerm {
  readonly variable: string;
  readonly coefficient: number;
  readonly count: number;
  /** What the variable is, where it is none of a loop. */
  readonly quotient?: Quotient;
}

/** ⌊(terms + constant) / divisor⌋ − first. */
export interface Quotient {
  readonly terms: readonly LoopTerm[];
  readonly constant: number;
  readonly divisor: number;
  readonly first: number;
}

/** Where something is read or written: the parameter, so many elements from it. */
export interface LoopAccess {
  readonly isStore: boolean;
  readonly base: string | undefined;
  readonly terms: readonly LoopTerm[];
  readonly constant: number;
  /** Whether the terms are all there is: no part depends on data. */
  readonly isExact: boolean;
  readonly lanes: number;
  /** The innermost parallel loop around it. */
  readonly loop: ParallelLoop | undefined;
}

type Sum = Pick<LoopAccess, "base" | "terms" | "constant" | "isExact">;

const UNKNOWN: Sum = { base: undefined, terms: [], constant: 0, isExact: false };

interface Walk {
  readonly sums: Map<string, Sum>;
  readonly loops: ParallelLoop[];
  readonly accesses: LoopAccess[];
  readonly problems: string[];
  /** Values that were looked at, by the loop they stand in. */
  readonly seen: Map<ParallelLoop | undefined, Set<Value>>;
}

/** The parallel loops, every access, and what cannot stand in such loops. */
export function accessesOf(code: KernelFunction): {
  readonly loops: readonly ParallelLoop[];
  readonly accesses: readonly LoopAccess[];
  readonly problems: string[];
} {
  const sums = new Map(
    code.parameters.map(({ name }): [string, Sum] => [
      name,
      { base: name, terms: [], constant: 0, isExact: true },
    ]),
  );
  const walk: Walk = { sums, loops: [], accesses: [], problems: [], seen: new Map() };
  walkBody(code.body, walk, undefined, code.tiles !== undefined, new Set());
  return walk;
}

/** `isShared`: whether tiles begin here, in the function itself or in a loop of which each iteration is several. */
function walkBody(
  body: readonly Stmt[],
  walk: Walk,
  loop: ParallelLoop | undefined,
  isShared: boolean,
  outside: ReadonlySet<string>,
): void {
  const declared = new Set(outside);
  for (const stmt of body) {
    if (stmt.kind === "for") {
      const inner = enter(stmt, walk, loop, isShared);
      const isSharing = inner?.tiles.each !== undefined;
      if (inner === undefined) walkBody(stmt.body, walk, loop, false, outside);
      else walkBody(stmt.body, walk, inner, isSharing, declared);
      continue;
    }
    readValue(stmt.value, walk, loop);
    if (stmt.kind === "store") {
      readValue(stmt.address, walk, loop);
      const lanes = stmt.count ?? stmt.value.lanes;
      walk.accesses.push({ ...sumOf(stmt.address, walk), isStore: true, lanes, loop });
    } else if (stmt.kind === "assign") {
      if (loop !== undefined && outside.has(stmt.register))
        walk.problems.push(`tiles of ${loop.variable} assign ${stmt.register}, which they share`);
    } else {
      if (isShared) {
        declared.add(stmt.register);
        if (stmt.mutable)
          walk.problems.push(`${stmt.register} is a register of one thread, set for all tiles`);
      }
      walk.sums.set(stmt.register, stmt.mutable ? UNKNOWN : sumOf(stmt.value, walk));
    }
  }
}

/** Notes what a loop's variable is, and that it is parallel. */
function enter(
  stmt: Extract<Stmt, { kind: "for" }>,
  walk: Walk,
  within: ParallelLoop | undefined,
  isShared: boolean,
): ParallelLoop | undefined {
  const { variable, from, step, tiles } = stmt;
  const count = trips(stmt);
  const terms = count > 1 ? [{ variable, coefficient: step, count }] : [];
  walk.sums.set(variable, { base: undefined, terms, constant: from, isExact: true });
  if (tiles === undefined) return undefined;
  if (!isShared) walk.problems.push(`the parallel loop ${variable} is inside another loop`);
  const loop = { variable, tiles, count, within };
  walk.loops.push(loop);
  return loop;
}

/** Notes every load of a value. */
function readValue(value: Value, walk: Walk, loop: ParallelLoop | undefined): void {
  const seen = walk.seen.get(loop) ?? new Set<Value>();
  walk.seen.set(loop, seen);
  const visit = (inner: Value): void => {
    if (seen.has(inner)) return;
    seen.add(inner);
    if (inner.kind === "load") {
      const lanes = inner.count ?? inner.lanes;
      walk.accesses.push({ ...sumOf(inner.address, walk), isStore: false, lanes, loop });
    }
    allOperands(inner).forEach(visit);
  };
  visit(value);
}

/** What an address is the sum of; where a part is not known, still which parameter it is of. */
function sumOf(value: Value, walk: Walk): Sum {
  switch (value.kind) {
    case "constant":
      return { base: undefined, terms: [], constant: value.value, isExact: true };
    case "register":
      return walk.sums.get(value.name) ?? UNKNOWN;
    case "binary": {
      const [left, right] = [sumOf(value.left, walk), sumOf(value.right, walk)];
      if (value.op === "add") return plus(left, right);
      if (value.op === "sub" && right.base === undefined) return plus(left, times(right, -1));
      if (value.op === "mul" && value.right.kind === "constant")
        return left.base === undefined ? times(left, value.right.value) : UNKNOWN;
      if (value.op === "floordiv" && value.right.kind === "constant")
        return quotient(left, value.right.value);
      return { ...UNKNOWN, base: left.base ?? right.base };
    }
    default:
      return UNKNOWN;
  }
}

/** ⌊sum / divisor⌋ as a loop of its own over all that it can be. */
function quotient(sum: Sum, divisor: number): Sum {
  if (!sum.isExact || sum.base !== undefined || divisor < 1) return UNKNOWN;
  let [min, max] = [sum.constant, sum.constant];
  for (const { coefficient, count } of sum.terms) {
    min += Math.min(0, coefficient * (count - 1));
    max += Math.max(0, coefficient * (count - 1));
  }
  const [first, last] = [Math.floor(min / divisor), Math.floor(max / divisor)];
  const { terms: of, constant } = sum;
  const variable = JSON.stringify([of, constant, divisor]);
  const found = { terms: of, constant, divisor, first };
  const terms =
    first === last ? [] : [{ variable, coefficient: 1, count: last - first + 1, quotient: found }];
  return { base: undefined, terms, constant: first, isExact: true };
}

function plus(a: Sum, b: Sum): Sum {
  const terms = new Map(a.terms.map((term) => [term.variable, term]));
  for (const term of b.terms) {
    const known = terms.get(term.variable);
    const coefficient = term.coefficient + (known?.coefficient ?? 0);
    terms.set(term.variable, { ...term, coefficient });
  }
  return {
    base: a.base ?? b.base,
    terms: [...terms.values()].filter(({ coefficient }) => coefficient !== 0),
    constant: a.constant + b.constant,
    isExact: a.isExact && b.isExact && (a.base === undefined || b.base === undefined),
  };
}

function times(sum: Sum, factor: number): Sum {
  const terms = sum.terms.map((term) => ({ ...term, coefficient: term.coefficient * factor }));
  return { ...sum, terms: factor === 0 ? [] : terms, constant: sum.constant * factor };
}
