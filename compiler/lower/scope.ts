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
  for (const { variable, coefficient } of ordered) {
    const owner = scopeOf(scope, variable);
    name += `_${variable}`;
    const step = addressProduct(registerValue(variable), coefficient);
    const sum = value === undefined ? step : addressSum(value, step);
    if (sum.kind === "register") {
      value = sum;
      continue;
    }
    const key = `${value?.kind === "register" ? value.name : ""}+${variable}*${coefficient}`;
    let register = owner.hoisted.get(key);
    if (register === undefined) {
      register = registerValue(names.fresh(name));
      owner.hoisted.set(key, register);
      owner.lets.push({ kind: "let", register: nameOf(register), mutable: false, value: sum });
    }
    value = register;
  }
  return value;
}

function nameOf(value: Value): string {
  if (value.kind !== "register") throw new Error("not a register");
  return value.name;
}

function scopeOf(scope: Scope, variable: string): Scope {
  for (let at: Scope | undefined = scope; at !== undefined; at = at.parent) {
    if (at.variable === variable) return at;
  }
  throw new Error(`loop ${variable} is not open`);
}
