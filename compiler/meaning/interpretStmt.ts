/** Runs a KernelFunction on plain arrays, vectors included: tests any schedule before a target exists, and folds constants. */
import { compileScalar, compileVector, type Frame } from "./interpretValue.js";
import { checkAddress, elementsOf, type StmtMemory } from "./stmtMemory.js";
import type { KernelFunction, Stmt, Value } from "../loop/stmt.js";

/**
 * Calls `code` with one element address per parameter. Arithmetic on f32 is done in f64 and rounded by
 * stores, as the TypeScript target does; `rounding` rounds every f32 result instead, as SIMD targets do. Of
 * parallel loops the tiles of [begin, end) run. Throws a plain Error where an address leaves its memory.
 */
export function interpretStmt(
  code: KernelFunction,
  memory: StmtMemory,
  addresses: readonly number[],
  rounding = false,
  [begin, end]: readonly [begin: number, end: number] = [0, Infinity],
): void {
  const share = { begin, end };
  const frame: Frame = {
    memory,
    scalars: [],
    slots: new Map(),
    vectors: new Map(),
    rounding,
    share,
  };
  code.parameters.forEach(({ name }, i) => (frame.scalars[slotOf(name, frame)] = addresses[i]!));
  compileBody(code.body, frame)();
}

function slotOf(register: string, { slots, scalars }: Frame): number {
  const known = slots.get(register);
  if (known !== undefined) return known;
  const slot = scalars.push(NaN) - 1;
  slots.set(register, slot);
  return slot;
}

function compileBody(body: readonly Stmt[], frame: Frame): () => void {
  const steps = body.map((stmt) => compileStmt(stmt, frame));
  return () => {
    for (const step of steps) step();
  };
}

function compileStmt(stmt: Stmt, frame: Frame): () => void {
  const { scalars } = frame;
  switch (stmt.kind) {
    case "for": {
      const { step } = stmt;
      const [from, to] = boundsOf(stmt, frame);
      const slot = slotOf(stmt.variable, frame);
      const body = compileBody(stmt.body, frame);
      return () => {
        for (let i = from; i < to; i += step) {
          scalars[slot] = i;
          body();
        }
      };
    }
    case "let":
    case "assign":
      return compileAssignment(stmt.register, stmt.value, frame);
    case "store":
      return compileStore(stmt, frame);
    default:
      return stmt satisfies never;
  }
}

/** Of a parallel loop those of the tiles that are asked for. */
function boundsOf(
  { from, to, step, firstTile }: Extract<Stmt, { kind: "for" }>,
  { share }: Frame,
): readonly [from: number, to: number] {
  if (firstTile === undefined) return [from, to];
  const first = Math.max(share.begin - firstTile, 0);
  return [from + first * step, Math.min(to, from + (share.end - firstTile) * step)];
}

function compileAssignment(register: string, value: Value, frame: Frame): () => void {
  if (value.lanes === 1) {
    const result = compileScalar(value, frame);
    const slot = slotOf(register, frame);
    const { scalars } = frame;
    return () => void (scalars[slot] = result());
  }
  const result = compileVector(value, frame);
  const lanes = frame.vectors.get(register) ?? new Array<number>(value.lanes).fill(NaN);
  frame.vectors.set(register, lanes);
  return () => {
    const computed = result();
    for (let i = 0; i < lanes.length; i++) lanes[i] = computed[i]!;
  };
}

function compileStore(stmt: Extract<Stmt, { kind: "store" }>, frame: Frame): () => void {
  const { array, encode } = elementsOf(stmt.memory, frame.memory);
  const address = compileScalar(stmt.address, frame);
  if (stmt.value.lanes === 1) {
    const value = compileScalar(stmt.value, frame);
    return () => {
      const at = address();
      checkAddress(array, at);
      array[at] = encode === undefined ? value() : encode(value());
    };
  }
  const value = compileVector(stmt.value, frame);
  const count = stmt.count ?? stmt.value.lanes;
  return () => {
    const at = address();
    const lanes = value();
    for (let i = 0; i < count; i++) {
      checkAddress(array, at + i);
      array[at + i] = encode === undefined ? lanes[i]! : encode(lanes[i]!);
    }
  };
}
