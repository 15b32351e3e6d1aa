/** Runs a KernelFunction on plain arrays, vectors included: tests any schedule before a target exists, and folds constants. */
import { compileScalar, compileVector, type Frame } from "./interpretValue.js";
import { checkAddresses, elementsOf, type StmtMemory } from "./stmtMemory.js";
import type { KernelFunction, Stmt, Value } from "../loop/stmt.js";

/**
 * Calls `code` with one element address per parameter. Arithmetic on f32 is done in f64 and rounded by
 * stores, as the TypeScript target does; `rounding` rounds every f32 result instead, as SIMD targets do. Of
 * parallel loops the tiles of [begin, end) run, by a thread that last ran the tile `ran`. Throws a plain Error where
 * an address leaves its memory.
 */
export function interpretStmt(
  code: KernelFunction,
  memory: StmtMemory,
  addresses: readonly number[],
  rounding = false,
  [begin, end, ran]: Share = [0, Infinity, -1],
): void {
  const frame: Frame = {
    memory,
    scalars: [],
    slots: new Map(),
    vectors: new Map(),
    rounding,
  };
  code.parameters.forEach(({ name }, i) => (frame.scalars[slotOf(name, frame)] = addresses[i]!));
  const tiles = { begin, end, ran, from: 0, each: code.tiles ?? 0 };
  compileBody(code.body, frame, code.tiles === undefined ? undefined : tiles)();
}

/** What a thread is called with. */
export type Share = readonly [begin: number, end: number, ran: number];

/** The same while it runs; the loops in sight are the `each` tiles from `from` on. */
interface Tiles {
  readonly begin: number;
  readonly end: number;
  readonly ran: number;
  from: number;
  each: number;
}

function slotOf(register: string, { slots, scalars }: Frame): number {
  const known = slots.get(register);
  if (known !== undefined) return known;
  const slot = scalars.push(NaN) - 1;
  slots.set(register, slot);
  return slot;
}

/** `tiles` where parallel loops stand right in the body. */
function compileBody(body: readonly Stmt[], frame: Frame, tiles?: Tiles): () => void {
  const steps = body.map((stmt) => compileStmt(stmt, frame, tiles));
  return () => {
    for (const step of steps) step();
  };
}

function compileStmt(stmt: Stmt, frame: Frame, tiles?: Tiles): () => void {
  switch (stmt.kind) {
    case "for": {
      if (stmt.tiles !== undefined && tiles !== undefined)
        return compileTiles(stmt, stmt.tiles, frame, tiles);
      const { from, to, step } = stmt;
      const { scalars } = frame;
      const slot = slotOf(stmt.variable, frame);
      const body = compileBody(stmt.body, frame);
      const loop = (): void => {
        for (let i = from; i < to; i += step) {
          scalars[slot] = i;
          body();
        }
      };
      return unlessPrepared(loop, tiles);
    }
    case "let":
    case "assign":
      return compileAssignment(stmt.register, stmt.value, frame);
    case "store":
      return unlessPrepared(compileStore(stmt, frame), tiles);
    default:
      return stmt satisfies never;
  }
}

/** What prepares the first tiles is there already where the thread has just run one that it is for. */
function unlessPrepared(step: () => void, tiles: Tiles | undefined): () => void {
  if (tiles === undefined) return step;
  return () => {
    const { begin, ran, from, each } = tiles;
    if (!(from <= begin && from <= ran && ran < from + each)) step();
  };
}

/** Of a parallel loop those iterations that have tiles which are asked for. */
function compileTiles(
  { variable, from, to, step, body }: Extract<Stmt, { kind: "for" }>,
  { first, each }: NonNullable<Extract<Stmt, { kind: "for" }>["tiles"]>,
  frame: Frame,
  tiles: Tiles,
): () => void {
  const { scalars } = frame;
  const slot = slotOf(variable, frame);
  const run = compileBody(body, frame, each === undefined ? undefined : tiles);
  return () => {
    const around = { ...tiles };
    let tile = around.from + first;
    for (let i = from; i < to; i += step, tile += each ?? 1) {
      if (tile + (each ?? 1) <= tiles.begin || tile >= tiles.end) continue;
      Object.assign(tiles, { from: tile, each: each ?? 1 });
      scalars[slot] = i;
      run();
    }
    Object.assign(tiles, around);
  };
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
      checkAddresses(array, at, 1);
      array[at] = encode === undefined ? value() : encode(value());
    };
  }
  const value = compileVector(stmt.value, frame);
  const count = stmt.count ?? stmt.value.lanes;
  return () => {
    const at = address();
    const lanes = value();
    checkAddresses(array, at, count);
    for (let i = 0; i < count; i++) {
      array[at + i] = encode === undefined ? lanes[i]! : encode(lanes[i]!);
    }
  };
}
