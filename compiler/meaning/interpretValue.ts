/** Turns values of Stmt into closures that compute them, a lane or a vector at a time. */
import type { BinaryOp, Scalar } from "../compute/ir.js";
import { binaryFunction, combineFunction, saturate, unaryFunction } from "./scalarMath.js";
import type { Value } from "../loop/stmt.js";
import { checkAddresses, elementsOf, type StmtMemory } from "./stmtMemory.js";

/** A value of one lane, computed when it is asked for. */
type Thunk = () => number;
/** The lanes of a vector; the next call overwrites them. */
type VectorThunk = () => readonly number[];

/** What the closures of one function share. */
export interface Frame {
  readonly memory: StmtMemory;
  /** Registers of one lane by slot, and vectors by name. */
  readonly scalars: number[];
  readonly slots: Map<string, number>;
  readonly vectors: Map<string, number[]>;
  /** Rounds every f32 result, as SIMD targets do. */
  readonly rounding: boolean;
}

/** Throws a plain Error where a register is read that nothing set. */
export function compileScalar(value: Value, frame: Frame): Thunk {
  const result = scalarThunk(value, frame);
  if (!frame.rounding || value.dtype !== "f32") return result;
  return () => Math.fround(result());
}

function scalarThunk(value: Value, frame: Frame): Thunk {
  const { scalars } = frame;
  switch (value.kind) {
    case "constant": {
      const constant = value.value;
      return () => constant;
    }
    case "register": {
      const slot = frame.slots.get(value.name);
      if (slot === undefined) throw new Error(`register ${value.name} is not set`);
      return () => scalars[slot]!;
    }
    case "load": {
      const { array, decode } = elementsOf(value.memory, frame.memory);
      const address = compileScalar(value.address, frame);
      return () => {
        const at = address();
        checkAddresses(array, at, 1);
        const element = array[at]!;
        return decode === undefined ? element : decode(element);
      };
    }
    case "unary": {
      const apply = unaryFunction(value.op, value.operand.dtype);
      const operand = compileScalar(value.operand, frame);
      return () => apply(operand());
    }
    case "binary":
      return binaryThunk(
        value.op,
        value.left.dtype,
        compileScalar(value.left, frame),
        compileScalar(value.right, frame),
      );
    case "select":
    case "guard": {
      const condition = compileScalar(value.condition, frame);
      const then = compileScalar(value.then, frame);
      const otherwise = compileScalar(value.otherwise, frame);
      return () => (condition() !== 0 ? then() : otherwise());
    }
    case "cast": {
      const cast = castLane(value.operand.dtype, value.dtype);
      const operand = compileScalar(value.operand, frame);
      return cast === undefined ? operand : () => cast(operand());
    }
    case "extract": {
      const operand = compileVector(value.operand, frame);
      const { lane } = value;
      return () => operand()[lane]!;
    }
    case "reduce": {
      const combine = combineFunction(value.combine, value.dtype);
      const operand = compileVector(value.operand, frame);
      // Not passed to `reduce` itself: Math.max would take the position and the array for operands too.
      const rounds = frame.rounding && value.dtype === "f32";
      const round = rounds ? Math.fround : (x: number): number => x;
      return () => operand().reduce((a, b) => round(combine(a, b)));
    }
    case "dot": {
      const [left, right] = [compileVector(value.left, frame), compileVector(value.right, frame)];
      return () => dotLane(left(), right(), 0);
    }
    case "splat":
    case "build":
    case "shuffle":
    case "mask":
      throw new Error(`${value.kind} of one lane`);
    default:
      return value satisfies never;
  }
}

/** Sums and products of f32, and sums of addresses, are most of what runs. */
function binaryThunk(op: BinaryOp, dtype: Scalar, left: Thunk, right: Thunk): Thunk {
  if (dtype === "f32" && op === "add") return () => left() + right();
  if (dtype === "f32" && op === "mul") return () => left() * right();
  if (dtype === "i32" && op === "add") return () => (left() + right()) | 0;
  const apply = binaryFunction(op, dtype);
  return () => apply(left(), right());
}

/** Throws a plain Error where a register is read that nothing set. */
export function compileVector(value: Value, frame: Frame): VectorThunk {
  if (value.kind === "register") {
    const lanes = frame.vectors.get(value.name);
    if (lanes === undefined) throw new Error(`register ${value.name} is not set`);
    return () => lanes;
  }
  if (value.kind === "guard") {
    const condition = compileScalar(value.condition, frame);
    const then = compileVector(value.then, frame);
    const otherwise = compileVector(value.otherwise, frame);
    return () => (condition() !== 0 ? then() : otherwise());
  }
  const result = new Array<number>(value.lanes).fill(0);
  const fill = vectorFiller(value, result, frame);
  if (!frame.rounding || value.dtype !== "f32") return () => (fill(), result);
  return () => {
    fill();
    for (let i = 0; i < result.length; i++) result[i] = Math.fround(result[i]!);
    return result;
  };
}

/** Computes the lanes of a vector into `result`. */
function vectorFiller(
  value: Exclude<Value, { kind: "register" | "guard" }>,
  result: number[],
  frame: Frame,
): () => void {
  const each = (lane: (i: number) => number) => () => {
    for (let i = 0; i < result.length; i++) result[i] = lane(i);
  };
  switch (value.kind) {
    case "constant":
      return each(() => value.value);
    case "load": {
      const { array, decode } = elementsOf(value.memory, frame.memory);
      const address = compileScalar(value.address, frame);
      const count = value.count ?? value.lanes;
      return () => {
        const at = address();
        checkAddresses(array, at, count);
        for (let i = 0; i < count; i++) {
          const element = array[at + i]!;
          result[i] = decode === undefined ? element : decode(element);
        }
      };
    }
    case "unary": {
      const apply = unaryFunction(value.op, value.operand.dtype);
      const operand = compileVector(value.operand, frame);
      return () => operand().forEach((lane, i) => (result[i] = apply(lane)));
    }
    case "binary": {
      const apply = binaryFunction(value.op, value.left.dtype);
      const [left, right] = [compileVector(value.left, frame), compileVector(value.right, frame)];
      return () => {
        const [a, b] = [left(), right()];
        for (let i = 0; i < result.length; i++) result[i] = apply(a[i]!, b[i]!);
      };
    }
    case "select": {
      const condition = compileVector(value.condition, frame);
      const then = compileVector(value.then, frame);
      const otherwise = compileVector(value.otherwise, frame);
      return () => {
        const [mask, a, b] = [condition(), then(), otherwise()];
        for (let i = 0; i < result.length; i++) result[i] = mask[i] !== 0 ? a[i]! : b[i]!;
      };
    }
    case "cast": {
      const cast = castLane(value.operand.dtype, value.dtype) ?? ((lane: number) => lane);
      const operand = compileVector(value.operand, frame);
      return () => operand().forEach((lane, i) => (result[i] = cast(lane)));
    }
    case "splat": {
      const operand = compileScalar(value.operand, frame);
      return () => void result.fill(operand());
    }
    case "build": {
      const operands = value.operands.map((operand) => compileScalar(operand, frame));
      return each((i) => operands[i]!());
    }
    case "shuffle": {
      const [left, right] = [compileVector(value.left, frame), compileVector(value.right, frame)];
      const { picks, lanes } = value;
      return () => {
        const [a, b] = [left(), right()];
        picks.forEach((pick, i) => (result[i] = pick < lanes ? a[pick]! : b[pick - lanes]!));
      };
    }
    case "dot": {
      const [left, right] = [compileVector(value.left, frame), compileVector(value.right, frame)];
      return () => {
        const [a, b] = [left(), right()];
        for (let i = 0; i < result.length; i++) result[i] = dotLane(a, b, i);
      };
    }
    case "mask": {
      const operand = compileVector(value.operand, frame);
      const { count, fill } = value;
      return () => operand().forEach((lane, i) => (result[i] = i < count ? lane : fill));
    }
    case "extract":
    case "reduce":
      throw new Error(`${value.kind} of ${value.lanes} lanes`);
    default:
      return value satisfies never;
  }
}

/** The products of two neighbours, added up. */
function dotLane(a: readonly number[], b: readonly number[], lane: number): number {
  return (a[2 * lane]! * b[2 * lane]! + a[2 * lane + 1]! * b[2 * lane + 1]!) | 0;
}

/** What a cast does to a lane; undefined where it changes nothing. */
function castLane(from: Scalar, to: Scalar): ((lane: number) => number) | undefined {
  if (to === "bool") return (lane) => (lane !== 0 ? 1 : 0);
  return to === "i32" && from === "f32" ? saturate : undefined;
}
