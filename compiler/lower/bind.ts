/** Turns value trees into statements: a value used once stays inline, one used again gets a register. */
import type { Stmt, Value } from "../loop/stmt.js";
import type { Names } from "./scope.js";
import { operandsOf } from "../loop/walk.js";
import { registerValue } from "./values.js";

export type Effect =
  | { readonly kind: "assign"; readonly register: string; readonly value: Value }
  | {
      readonly kind: "let";
      readonly register: string;
      readonly mutable: boolean;
      readonly value: Value;
    }
  | Extract<Stmt, { kind: "store" }>;

/**
 * Statements for effects in order. Values that read one of the `unstable` registers (accumulators that the
 * effects assign) are never shared, since they change from one effect to the next.
 */
export function bindEffects(
  effects: readonly Effect[],
  names: Names,
  unstable: ReadonlySet<string>,
): Stmt[] {
  const table = countUses(effects);
  const reads = readsAny(unstable, table.idOf);
  const bound = new Map<number, Value>();
  const statements: Stmt[] = [];
  const rebuild = (value: Value): Value => {
    const id = table.idOf(value);
    const known = bound.get(id);
    if (known !== undefined) return known;
    const inner = mapOperands(value, rebuild);
    if (!worthRegister(value) || table.uses(id) < 2 || reads(value)) return inner;
    const register = names.fresh(registerName(value));
    statements.push({ kind: "let", register, mutable: false, value: inner });
    const result = registerValue(register, value.dtype, value.lanes);
    bound.set(id, result);
    return result;
  };
  for (const effect of effects) {
    if (effect.kind === "store") {
      const value = rebuild(effect.value);
      statements.push({ ...effect, address: rebuild(effect.address), value });
    } else {
      statements.push({ ...effect, value: rebuild(effect.value) });
    }
  }
  return statements;
}

interface UseTable {
  idOf(value: Value): number;
  uses(id: number): number;
}

/** Numbers structurally equal values alike and counts how often each is read. */
function countUses(effects: readonly Effect[]): UseTable {
  const ids = new Map<string, number>();
  const byObject = new WeakMap<Value, number>();
  const counts: number[] = [];
  const idOf = (value: Value): number => {
    const known = byObject.get(value);
    if (known !== undefined) return known;
    const key = keyOf(value, idOf);
    let id = ids.get(key);
    if (id === undefined) {
      id = ids.size;
      ids.set(key, id);
      counts.push(0);
      for (const operand of operandsOf(value)) counts[idOf(operand)]!++;
    }
    byObject.set(value, id);
    return id;
  };
  for (const effect of effects) {
    counts[idOf(effect.value)]!++;
    if (effect.kind === "store") counts[idOf(effect.address)]!++;
  }
  return { idOf, uses: (id) => counts[id]! };
}

function keyOf(value: Value, idOf: (value: Value) => number): string {
  const head = `${value.kind}:${value.dtype}:${value.lanes}`;
  const inner = operandsOf(value).map(idOf).join(",");
  switch (value.kind) {
    case "constant":
      return `${head}:${Object.is(value.value, -0) ? "-0" : value.value}`;
    case "register":
      return `${head}:${value.name}`;
    case "load":
      return `${head}:${value.memory.space}:${value.memory.dtype}:${value.count ?? ""}:${inner}`;
    case "unary":
    case "binary":
      return `${head}:${value.op}:${inner}`;
    case "guard":
      return `${head}:${inner}:${idOf(value.then)}:${idOf(value.otherwise)}`;
    case "mask":
      return `${head}:${value.count}:${value.fill}:${inner}`;
    case "reduce":
      return `${head}:${value.combine}:${inner}`;
    case "extract":
      return `${head}:${value.lane}:${inner}`;
    case "shuffle":
      return `${head}:${value.picks.join(" ")}:${inner}`;
    case "cast":
    case "dot":
    case "select":
    case "splat":
    case "build":
      return `${head}:${inner}`;
    default:
      return value satisfies never;
  }
}

/** Address sums stay inline: wasm and engines fold them into the access. */
function worthRegister(value: Value): boolean {
  switch (value.kind) {
    case "constant":
    case "register":
      return false;
    case "binary":
      return !isAddressStep(value);
    default:
      return true;
  }
}

function isAddressStep(value: Value): boolean {
  return (
    value.kind === "binary" &&
    value.dtype === "i32" &&
    value.op === "add" &&
    value.left.kind === "register" &&
    value.right.kind === "constant"
  );
}

function registerName(value: Value): string {
  return value.kind === "load" ? loadName(value.address) : value.dtype === "i32" ? "i" : "t";
}

/** x_oh_ow + 64 => x_0 …: the buffer's name. */
function loadName(address: Value): string {
  const base = address.kind === "binary" ? address.left : address;
  return base.kind === "register" ? `${base.name.split("_")[0]!}v` : "v";
}

/** Whether a value reads one of the registers; remembered, since values share their parts. */
function readsAny(
  registers: ReadonlySet<string>,
  idOf: (value: Value) => number,
): (value: Value) => boolean {
  const known = new Map<number, boolean>();
  const reads = (value: Value): boolean => {
    if (value.kind === "register") return registers.has(value.name);
    const id = idOf(value);
    let answer = known.get(id);
    if (answer === undefined) {
      const arms = value.kind === "guard" ? [value.then, value.otherwise] : [];
      answer = [...operandsOf(value), ...arms].some(reads);
      known.set(id, answer);
    }
    return answer;
  };
  return registers.size === 0 ? () => false : reads;
}

/** Rebuilds a value over mapped operands; the arms of a guard keep their own values. */
function mapOperands(value: Value, map: (value: Value) => Value): Value {
  switch (value.kind) {
    case "constant":
    case "register":
      return value;
    case "load":
      return { ...value, address: map(value.address) };
    case "unary":
    case "cast":
    case "splat":
    case "mask":
    case "reduce":
    case "extract":
      return { ...value, operand: map(value.operand) };
    case "binary":
    case "dot":
    case "shuffle": {
      const left = map(value.left);
      return { ...value, left, right: map(value.right) };
    }
    case "select": {
      const condition = map(value.condition);
      const then = map(value.then);
      return { ...value, condition, then, otherwise: map(value.otherwise) };
    }
    case "guard":
      return { ...value, condition: map(value.condition) };
    case "build":
      return { ...value, operands: value.operands.map(map) };
    default:
      return value satisfies never;
  }
}
