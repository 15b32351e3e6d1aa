/** Nested loop scopes while code is built: each hoists the address parts that its variable completes. */
import type { Stmt, Value } from "../loop/stmt.js";
import { addressProduct, addressSum, registerValue } from "./values.js";

/** Hands out names that are unique within a function: x, x1, x2 … */
export interface Names {
  fresh(name: string): string;
}

export function createNames(): Names {
  const taken = new Set<string>();
  return {
    fresh(name) {
      let candidate = name;
      for (let i = 1; taken.has(candidate); i++)
        candidate = `${name}${/\d$/.test(name) ? "_" : ""}${i}`;
      taken.add(candidate);
      return candidate;
    },
  };
}

export interface Scope {
  readonly parent: Scope | undefined;
  /** The loop variable; undefined for the function itself. */
  readonly variable: string | undefined;
  readonly depth: number;
  /** Declarations at the top of the scope. */
  readonly lets: Stmt[];
  readonly body: Stmt[];
  readonly hoisted: Map<string, Value>;
}

export function openScope(parent: Scope | undefined, variable?: string): Scope {
  const depth = parent === undefined ? 0 : parent.depth + 1;
  return { parent, variable, depth, lets: [], body: [], hoisted: new Map() };
}

export function closeScope(scope: Scope): Stmt[] {
  return [...scope.lets, ...scope.body];
}

/** Appends a loop with the code of `body`. */
export function inLoop(
  scope: Scope,
  variable: string,
  { from, to, step }: { readonly from: number; readonly to: number; readonly step: number },
  body: (loop: Scope) => void,
): void {
  const loop = openScope(scope, variable);
  body(loop);
  scope.body.push({ kind: "for", variable, from, to, step, body: closeScope(loop) });
}

export interface StrideTerm {
  readonly variable: string;
  readonly coefficient: number;
  /** What is multiplied, where it is not the variable itself: known wherever that is. */
  readonly value?: Value;
}

/**
 * base + Σ coefficient · variable, as registers hoisted to the loops that own the variables, outermost
 * first: engines hoist prefixes but do not reassociate.
 *
 *   x + oh·1856 + kw·64  =>  const x_oh = x + oh * 1856 (in oh's loop); const x_oh_kw = x_oh + kw * 64
 */
export function hoistedAddress(
  scope: Scope,
  names: Names,
  base: Value | undefined,
  label: string,
  terms: readonly StrideTerm[],
): Value | undefined {
  const depthOf = (variable: string): number => scopeOf(scope, variable).depth;
  const ordered = [...terms].sort((a, b) => depthOf(a.variable) - depthOf(b.variable));
  let value = base;
  let name = label;
  for (const { variable, coefficient, value: factor = registerValue(variable) } of ordered) {
    const owner = scopeOf(scope, variable);
    name += `_${variable}`;
    const step = addressProduct(factor, coefficient);
    const sum = value === undefined ? step : addressSum(value, step);
    if (sum.kind === "register") {
      value = sum;
      continue;
    }
    const key = `${value?.kind === "register" ? value.name : ""}+${nameOf(factor)}*${coefficient}`;
    value = hoisted(owner, names, key, name, sum);
  }
  return value;
}

function hoisted(owner: Scope, names: Names, key: string, name: string, value: Value): Value {
  let register = owner.hoisted.get(key);
  if (register === undefined) {
    register = registerValue(names.fresh(name));
    owner.hoisted.set(key, register);
    owner.lets.push({ kind: "let", register: nameOf(register), mutable: false, value });
  }
  return register;
}

/**
 * What an index computes of loops around a scope, in a register of the innermost of those; undefined where it depends
 * on the scope's own loop, or on anything else.
 */
export function hoistedValue(
  scope: Scope,
  names: Names,
  value: Value,
): Pick<Required<StrideTerm>, "variable" | "value"> | undefined {
  const variables = loopsOf(value);
  const owners = variables?.map((variable) => findScope(scope, variable));
  if (owners === undefined || owners.length === 0) return undefined;
  if (!owners.every((owner) => owner !== undefined && owner !== scope)) return undefined;
  const owner = owners.reduce((a, b) => (b!.depth > a!.depth ? b : a))!;
  const key = JSON.stringify(value);
  return { variable: owner.variable!, value: hoisted(owner, names, key, "row", value) };
}

/** The registers in sums, products and quotients of them; undefined where there is anything else. */
function loopsOf(value: Value): readonly string[] | undefined {
  if (value.kind === "constant") return [];
  if (value.kind === "register") return [value.name];
  if (value.kind !== "binary" || value.dtype !== "i32") return undefined;
  const [left, right] = [loopsOf(value.left), loopsOf(value.right)];
  return left && right && [...left, ...right];
}

function nameOf(value: Value): string {
  if (value.kind !== "register") throw new Error("not a register");
  return value.name;
}

function scopeOf(scope: Scope, variable: string): Scope {
  const found = findScope(scope, variable);
  if (found === undefined) throw new Error(`loop ${variable} is not open`);
  return found;
}

function findScope(scope: Scope, variable: string): Scope | undefined {
  for (let at: Scope | undefined = scope; at !== undefined; at = at.parent)
    if (at.variable === variable) return at;
  return undefined;
}
