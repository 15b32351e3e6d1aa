/**
 * Sums of the same values with other numbers: what several of them have in common is computed once. Transforms of
 * Winograd's are made of such pairs, since the points at which they evaluate polynomials are symmetric.
 *
 *   a + 2·b + c and a − 2·b + c   =>   (a + c) + 2·b and (a + c) − 2·b
 *   a + b and 3·a − 3·b           =>   s = a + b, d = a − b: s and 3·d
 */
import type { Value } from "../loop/stmt.js";
import { binaryValue, constantValue, isConstant } from "./values.js";

/** A value and the number that it is multiplied with, by what the value is. */
type Terms = ReadonlyMap<string, { readonly value: Value; readonly factor: number }>;

/** Sums of terms as `foldedBinary` leaves them, each from a start on; a start of 0 adds nothing. */
export function sumsOf(
  starts: readonly Value[],
  terms: readonly (readonly Value[])[],
): readonly Value[] {
  const sums = inPairs(terms.map(collected));
  const done = new Map<number, Value>();
  sums.forEach((own, i) => {
    const twin = done.has(i) ? -1 : twinOf(own, sums, i);
    if (twin < 0) return;
    const other = sums[twin]!;
    const same = new Map([...own].filter(([key, one]) => other.get(key)!.factor === one.factor));
    const opposite = new Map([...own].filter(([key]) => !same.has(key)));
    const [even, odd] = [total(undefined, same)!, total(undefined, opposite)!];
    done.set(i, joined(starts[i]!, "add", even, odd));
    done.set(twin, joined(starts[twin]!, "sub", even, odd));
  });
  return sums.map((own, i) => done.get(i) ?? total(starts[i]!, own) ?? starts[i]!);
}

function joined(start: Value, op: "add" | "sub", even: Value, odd: Value): Value {
  const first = isConstant(start, 0) ? even : binaryValue("add", even.dtype, start, even);
  return binaryValue(op, even.dtype, first, odd);
}

function collected(terms: readonly Value[]): Terms {
  const found = new Map<string, { value: Value; factor: number }>();
  for (const term of terms) {
    const [value, factor] = factored(term);
    const key = JSON.stringify(value);
    found.set(key, { value, factor: factor + (found.get(key)?.factor ?? 0) });
  }
  return found;
}

function factored(term: Value): readonly [Value, number] {
  if (term.kind === "unary" && term.op === "neg") return [term.operand, -1];
  if (term.kind === "binary" && term.op === "mul") {
    const { left, right } = term;
    if (left.kind === "constant") return [right, left.value];
    if (right.kind === "constant") return [left, right.value];
  }
  return [term, 1];
}

/** The sum after `at` that has the same terms but for signs, where more than two of them are saved. */
function twinOf(own: Terms, sums: readonly Terms[], at: number): number {
  return sums.findIndex((other, i) => {
    if (i <= at || other.size !== own.size || own.size < 3) return false;
    let negated = 0;
    for (const [key, { factor }] of own) {
      const there = other.get(key)?.factor;
      if (there === undefined || Math.abs(there) !== Math.abs(factor)) return false;
      if (there !== factor) negated++;
    }
    return negated > 0 && negated < own.size;
  });
}

/** Two values that all sums multiply with the same number, or its opposite, become their sum and their difference. */
function inPairs(sums: readonly Terms[]): readonly Terms[] {
  const keys = [...new Set(sums.flatMap((terms) => [...terms.keys()]))];
  const taken = new Set<string>();
  let result = sums;
  for (const [i, a] of keys.entries()) {
    const b = keys.slice(i + 1).find((key) => !taken.has(key) && arePair(a, key, sums));
    if (b === undefined || taken.has(a)) continue;
    taken.add(a).add(b);
    result = result.map((terms) => paired(terms, a, b));
  }
  return result;
}

function arePair(a: string, b: string, sums: readonly Terms[]): boolean {
  let [equal, opposite] = [0, 0];
  for (const terms of sums) {
    const [one, other] = [terms.get(a)?.factor, terms.get(b)?.factor];
    if (one === undefined && other === undefined) continue;
    if (one === undefined || other === undefined || Math.abs(one) !== Math.abs(other)) return false;
    if (one === other) equal++;
    else opposite++;
  }
  // Two of either are computed once: what is saved is more than what the pair takes.
  return equal > 1 && opposite > 1;
}

function paired(terms: Terms, a: string, b: string): Terms {
  const [one, other] = [terms.get(a), terms.get(b)];
  if (one === undefined || other === undefined) return terms;
  const op = one.factor === other.factor ? "add" : "sub";
  const value = binaryValue(op, one.value.dtype, one.value, other.value);
  const rest = [...terms].filter(([key]) => key !== a && key !== b);
  return new Map([[JSON.stringify(value), { value, factor: one.factor }], ...rest]);
}

/** start + Σ factor · value; undefined of nothing. */
function total(start: Value | undefined, terms: Terms): Value | undefined {
  let sum = start === undefined || isConstant(start, 0) ? undefined : start;
  for (const { value, factor } of terms.values()) {
    if (factor === 0) continue;
    const { dtype } = value;
    const size = Math.abs(factor);
    const term = size === 1 ? value : binaryValue("mul", dtype, constantValue(size, dtype), value);
    if (sum !== undefined) sum = binaryValue(factor < 0 ? "sub" : "add", dtype, sum, term);
    else if (factor > 0) sum = term;
    else sum = negative(value, factor);
  }
  return sum;
}

function negative(value: Value, factor: number): Value {
  const { dtype, lanes } = value;
  if (factor === -1) return { kind: "unary", dtype, lanes, op: "neg", operand: value };
  return binaryValue("mul", dtype, constantValue(factor, dtype), value);
}
