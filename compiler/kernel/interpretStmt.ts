/** Runs a KernelFunction on plain arrays, vectors included: tests any schedule before a target exists. */
import { binaryFunction, combineFunction, saturate, unaryFunction } from "./scalarMath.js";
import type { KernelFunction, Memory, Stmt, Value } from "./stmt.js";

/** The memories a function touches; every access is checked against the array's bounds. */
export interface StmtMemory {
  readonly arena: { readonly f32: Float32Array; readonly i32: Int32Array };
  readonly constants: { readonly f32: Float32Array; readonly i32: Int32Array };
}

/** A scalar is a number, a vector an array of lanes. */
type Lanes = readonly number[];

/**
 * Calls `code` with one element address per parameter. Arithmetic on f32 is done in f64 and rounded by
 * stores, as the TypeScript target does; `rounding` rounds every f32 result instead, as SIMD targets do.
 */
export function interpretStmt(
  code: KernelFunction,
  memory: StmtMemory,
  addresses: readonly number[],
  rounding = false,
): void {
  const registers = new Map<string, Lanes>();
  code.parameters.forEach(({ name }, i) => registers.set(name, [addresses[i]!]));
  const round = (value: Value, lanes: Lanes): Lanes =>
    rounding && value.dtype === "f32" ? lanes.map(Math.fround) : lanes;
  const evaluate = (value: Value): Lanes =>
    round(value, evaluateLanes(value, registers, memory, evaluate));
  const run = (body: readonly Stmt[]): void => body.forEach(step);
  const step = (stmt: Stmt): void => {
    switch (stmt.kind) {
      case "for":
        for (let i = stmt.from; i < stmt.to; i += stmt.step) {
          registers.set(stmt.variable, [i]);
          run(stmt.body);
        }
        return;
      case "let":
      case "assign":
        registers.set(stmt.register, evaluate(stmt.value));
        return;
      case "store": {
        const address = evaluate(stmt.address)[0]!;
        const lanes = evaluate(stmt.value).slice(0, stmt.count);
        const array = arrayOf(stmt.memory, memory);
        lanes.forEach((lane, i) => {
          checkAddress(array, address + i);
          array[address + i] = lane;
        });
        return;
      }
      default:
        return stmt satisfies never;
    }
  };
  run(code.body);
}

function arrayOf(memory: Memory, all: StmtMemory): Float32Array | Int32Array {
  return all[memory.space][memory.dtype === "f32" ? "f32" : "i32"];
}

function checkAddress(array: Float32Array | Int32Array, address: number): void {
  if (!(address >= 0 && address < array.length)) {
    throw new Error(`address ${address} is outside a memory of ${array.length}`);
  }
}

function evaluateLanes(
  value: Value,
  registers: ReadonlyMap<string, Lanes>,
  memory: StmtMemory,
  evaluate: (value: Value) => Lanes,
): Lanes {
  switch (value.kind) {
    case "constant":
      return new Array<number>(value.lanes).fill(value.value);
    case "register": {
      const lanes = registers.get(value.name);
      if (lanes === undefined) throw new Error(`register ${value.name} is not set`);
      return lanes;
    }
    case "load": {
      const array = arrayOf(value.memory, memory);
      const address = evaluate(value.address)[0]!;
      const count = value.count ?? value.lanes;
      return Array.from({ length: value.lanes }, (_, lane) => {
        if (lane >= count) return 0;
        checkAddress(array, address + lane);
        return array[address + lane]!;
      });
    }
    case "unary": {
      const apply = unaryFunction(value.op, value.operand.dtype);
      return evaluate(value.operand).map((lane) => apply(lane));
    }
    case "binary": {
      const apply = binaryFunction(value.op, value.left.dtype);
      const right = evaluate(value.right);
      return evaluate(value.left).map((lane, i) => apply(lane, right[i]!));
    }
    case "select": {
      const then = evaluate(value.then);
      const otherwise = evaluate(value.otherwise);
      return evaluate(value.condition).map((lane, i) => (lane !== 0 ? then[i]! : otherwise[i]!));
    }
    case "guard":
      return evaluate(value.condition)[0] !== 0 ? evaluate(value.then) : evaluate(value.otherwise);
    case "cast":
      return evaluate(value.operand).map(castLane(value.operand.dtype, value.dtype));
    case "splat":
      return new Array<number>(value.lanes).fill(evaluate(value.operand)[0]!);
    case "pack":
      return value.operands.map((operand) => evaluate(operand)[0]!);
    case "lane":
      return [evaluate(value.operand)[value.lane]!];
    case "keep":
      return evaluate(value.operand).map((lane, i) => (i < value.count ? lane : value.fill));
    case "fold": {
      // Not passed to `reduce` itself: Math.max would take the position and the array for operands too.
      const combine = combineFunction(value.combine, value.dtype);
      return [evaluate(value.operand).reduce((a, b) => combine(a, b))];
    }
    default:
      return value satisfies never;
  }
}

function castLane(from: Value["dtype"], to: Value["dtype"]): (lane: number) => number {
  if (to === "bool") return (lane) => (lane !== 0 ? 1 : 0);
  if (to === "i32" && from === "f32") return saturate;
  return (lane) => lane;
}
