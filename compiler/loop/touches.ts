/** What statements of a function touch: the parameters in whose memory they read and write, and registers. */
import type { KernelFunction, Stmt, Value } from "./stmt.js";
import { allOperands } from "./walk.js";

export interface Touched {
  /** Parameters, by name. */
  readonly written: ReadonlySet<string>;
  readonly read: ReadonlySet<string>;
  /** Registers that hold more than addresses, and are declared, assigned or read. */
  readonly registers: ReadonlySet<string>;
}

export interface Touches {
  of(stmt: Stmt): Touched;
  /** Whether it does no more than name an address. */
  isAddress(stmt: Stmt): boolean;
  /** A name that nothing in the function has. */
  fresh(name: string): string;
}

interface Sets {
  readonly written: Set<string>;
  readonly read: Set<string>;
  readonly registers: Set<string>;
}

export function createTouches(code: KernelFunction): Touches {
  const names = new Set(code.parameters.map(({ name }) => name));
  /** The parameters that a register is an address in. */
  const bases = new Map(code.parameters.map(({ name }) => [name, new Set([name])]));
  const values = new Set<string>();
  const known = new Map<Stmt, Sets>();
  const basesOf = (value: Value): ReadonlySet<string> => {
    if (value.kind === "register") return bases.get(value.name) ?? new Set();
    return new Set(allOperands(value).flatMap((one) => [...basesOf(one)]));
  };
  const readValue = (value: Value, sets: Sets, seen: Set<Value>): void => {
    if (seen.has(value)) return;
    seen.add(value);
    if (value.kind === "register" && values.has(value.name)) sets.registers.add(value.name);
    if (value.kind === "load") for (const name of basesOf(value.address)) sets.read.add(name);
    for (const operand of allOperands(value)) readValue(operand, sets, seen);
  };
  const visit = (stmt: Stmt): Sets => {
    const sets: Sets = { written: new Set(), read: new Set(), registers: new Set() };
    known.set(stmt, sets);
    if (stmt.kind === "for") {
      names.add(stmt.variable);
      for (const inner of stmt.body) include(sets, visit(inner));
      return sets;
    }
    readValue(stmt.value, sets, new Set());
    if (stmt.kind === "store") {
      readValue(stmt.address, sets, new Set());
      for (const name of basesOf(stmt.address)) sets.written.add(name);
      return sets;
    }
    names.add(stmt.register);
    if (stmt.kind === "let" && isAddressValue(stmt.value, values) && !stmt.mutable)
      bases.set(stmt.register, new Set(basesOf(stmt.value)));
    else {
      values.add(stmt.register);
      sets.registers.add(stmt.register);
    }
    return sets;
  };
  code.body.forEach(visit);
  return {
    of: (stmt) => known.get(stmt)!,
    isAddress: (stmt) => stmt.kind === "let" && !values.has(stmt.register),
    fresh(name) {
      let found = name;
      for (let i = 1; names.has(found); i++) found = `${name}${i}`;
      names.add(found);
      return found;
    },
  };
}

function include(sets: Sets, { written, read, registers }: Sets): void {
  for (const name of written) sets.written.add(name);
  for (const name of read) sets.read.add(name);
  for (const name of registers) sets.registers.add(name);
}

/** Made of parameters, loop variables and numbers alone. */
function isAddressValue(value: Value, values: ReadonlySet<string>): boolean {
  if (value.dtype !== "i32" || value.lanes !== 1) return false;
  if (value.kind === "register") return !values.has(value.name);
  if (value.kind === "constant") return true;
  return (
    value.kind === "binary" && [value.left, value.right].every((one) => isAddressValue(one, values))
  );
}
