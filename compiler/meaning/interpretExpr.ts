/** Turns expressions into closures over loop counters and row-major tensors: fast enough to fold weights. */
import type { TensorData } from "../base/tensor.js";
import type { Boundary, Expr, Index, Scalar } from "../compute/ir.js";
import { insideIndex } from "./boundary.js";
import { binaryFunction, saturate, unaryFunction } from "./scalarMath.js";

/** A number that depends on where the loops stand; closures make the interpreter fast enough to fold weights. */
export type Thunk = () => number;

/** A tensor, row-major. */
export interface Store {
  readonly dims: readonly number[];
  readonly strides: readonly number[];
  readonly data: TensorData;
}

/** A tensor whose elements are made as they are read. */
export interface MadeStore {
  readonly dims: readonly number[];
  elementAt(index: readonly number[]): number;
}

/** Loop counters and the accumulator, shared by the closures of one evaluation. */
export interface Frame {
  readonly stores: Map<string, Store>;
  /** What is read of none of the stores. */
  readonly made?: ReadonlyMap<string, MadeStore>;
  readonly slots: Map<string, number>;
  readonly counters: number[];
  accumulator: number;
}

/** Where the counter of an axis is kept. */
export function slotOf(axis: string, frame: Frame): number {
  const known = frame.slots.get(axis);
  if (known !== undefined) return known;
  const slot = frame.counters.push(0) - 1;
  frame.slots.set(axis, slot);
  return slot;
}

/** Throws a plain Error, now or when called, where an index leaves a tensor without `boundary`. */
export function compileExpr(expr: Expr, frame: Frame): Thunk {
  switch (expr.kind) {
    case "constant": {
      const { value } = expr;
      return () => value;
    }
    case "accumulator":
      return () => frame.accumulator;
    case "index":
      return compileIndex(expr.index, frame);
    case "load":
      return compileLoad(expr.source, expr.index, expr.boundary, frame);
    case "unary": {
      const operand = compileExpr(expr.operand, frame);
      const apply = unaryFunction(expr.op, expr.operand.dtype);
      return () => apply(operand());
    }
    case "binary": {
      const left = compileExpr(expr.left, frame);
      const right = compileExpr(expr.right, frame);
      const apply = binaryFunction(expr.op, expr.left.dtype);
      return () => apply(left(), right());
    }
    case "select": {
      const condition = compileExpr(expr.condition, frame);
      const then = compileExpr(expr.then, frame);
      const otherwise = compileExpr(expr.otherwise, frame);
      return () => (condition() !== 0 ? then() : otherwise());
    }
    case "cast": {
      const operand = compileExpr(expr.operand, frame);
      return castFunction(expr.operand.dtype, expr.dtype, operand);
    }
    default:
      return expr satisfies never;
  }
}

function castFunction(from: Scalar, to: Scalar, operand: Thunk): Thunk {
  if (to === "bool") return () => (operand() !== 0 ? 1 : 0);
  if (to === "i32" && from === "f32") return () => saturate(operand());
  return operand;
}

export function compileIndex(index: Index, frame: Frame): Thunk {
  const { counters } = frame;
  const parts = index.terms.map(({ coefficient, of }): Thunk => {
    if (typeof of === "string") {
      const slot = frame.slots.get(of);
      if (slot === undefined) throw new Error(`axis ${of} is not in scope`);
      return () => coefficient * counters[slot]!;
    }
    const value = compileExpr(of.value, frame);
    return () => coefficient * Math.min(of.max, Math.max(of.min, value()));
  });
  const { constant } = index;
  const [first, second] = parts;
  if (first === undefined) return () => constant;
  if (parts.length === 1) return () => first() + constant;
  if (parts.length === 2) return () => first() + second!() + constant;
  return () => parts.reduce((sum, part) => sum + part(), constant);
}

/** The element at an index of every dimension. */
export function compileAddress(store: Store, index: readonly Index[], frame: Frame): Thunk {
  const dims = index.map((one, d) => ({
    at: compileIndex(one, frame),
    dim: store.dims[d]!,
    stride: store.strides[d]!,
  }));
  return () => {
    let address = 0;
    for (const { at, dim, stride } of dims) {
      const i = at();
      if (i < 0 || i >= dim) throw new Error(`index ${i} is outside a dimension of ${dim}`);
      address += i * stride;
    }
    return address;
  };
}

function compileLoad(
  source: string,
  index: readonly Index[],
  boundary: Boundary | undefined,
  frame: Frame,
): Thunk {
  const made = frame.made?.get(source);
  if (made !== undefined) return compileMade(made, index, boundary, frame);
  const store = frame.stores.get(source);
  if (store === undefined) throw new Error(`kernel input ${source} is not declared`);
  const read = readFunction(store.data);
  if (boundary === undefined) {
    const address = compileAddress(store, index, frame);
    return () => read(address());
  }
  const dims = index.map((one, d) => ({
    at: compileIndex(one, frame),
    dim: store.dims[d]!,
    stride: store.strides[d]!,
  }));
  return () => {
    let address = 0;
    for (const { at, dim, stride } of dims) {
      let i = at();
      if (i < 0 || i >= dim) {
        if (boundary.mode === "constant") return boundary.value;
        i = insideIndex(i, dim, boundary.mode);
      }
      address += i * stride;
    }
    return read(address);
  };
}

function compileMade(
  made: MadeStore,
  index: readonly Index[],
  boundary: Boundary | undefined,
  frame: Frame,
): Thunk {
  const dims = index.map((one, d) => ({ at: compileIndex(one, frame), dim: made.dims[d]! }));
  return () => {
    const element: number[] = [];
    for (const { at, dim } of dims) {
      const i = at();
      if (i >= 0 && i < dim) element.push(i);
      else if (boundary === undefined)
        throw new Error(`index ${i} is outside a dimension of ${dim}`);
      else if (boundary.mode === "constant") return boundary.value;
      else element.push(insideIndex(i, dim, boundary.mode));
    }
    return made.elementAt(element);
  };
}

/** i64 operands of shape arithmetic are read saturated to i32. */
function readFunction(data: TensorData): (address: number) => number {
  if (data instanceof BigInt64Array) return (address) => saturate(Number(data[address]!));
  return (address) => data[address]!;
}
