/** Evaluates a Kernel over row-major logical tensors: slow, obvious, and the definition of truth. */
import {
  elementCount,
  newData,
  rowMajorStrides,
  type Tensor,
  type TensorData,
  type TensorType,
} from "../base/tensor.js";
import { identityOf } from "../compute/ir.js";
import type { Axis, Compute, Expr, Index, Kernel, Boundary, Scalar } from "../compute/ir.js";
import { roundSteps } from "./roundSteps.js";
import { binaryFunction, combineFunction, saturate, unaryFunction } from "./scalarMath.js";

/** A number that depends on where the loops stand; closures make the interpreter fast enough to fold weights. */
type Thunk = () => number;

interface Store {
  readonly dims: readonly number[];
  readonly strides: readonly number[];
  readonly data: TensorData;
}

/** Loop counters and the accumulator, shared by the closures of one evaluation. */
interface Frame {
  readonly stores: Map<string, Store>;
  readonly slots: Map<string, number>;
  readonly counters: number[];
  accumulator: number;
}

/**
 * The output of a kernel. Inputs are looked up by kernel input name; sums run in f64 and every store
 * rounds to the element type. Throws a plain Error where an index leaves a tensor without `boundary`.
 */
export function interpretKernel(kernel: Kernel, inputs: ReadonlyMap<string, Tensor>): Tensor {
  const frame: Frame = { stores: new Map(), slots: new Map(), counters: [], accumulator: 0 };
  for (const input of kernel.inputs) {
    const value = inputs.get(input.name);
    if (value === undefined) throw new Error(`kernel input ${input.name} has no value`);
    frame.stores.set(input.name, asStore(value.type, value.data));
  }
  for (const { name, value } of kernel.constants)
    frame.stores.set(name, asStore(value.type, value.data));
  for (const { name, dims, dtype } of kernel.temporaries) {
    frame.stores.set(name, asStore({ dtype, dims }, newData(dtype, elementCount(dims))));
  }
  const out = newData(kernel.output.dtype, elementCount(kernel.output.dims));
  frame.stores.set("out", asStore(kernel.output, out));
  const runs = roundSteps(kernel).computes.map((compute) =>
    compileCompute(compute, kernel.outer, frame),
  );
  loop(kernel.outer, frame, () => runs.forEach((run) => run()))();
  return { type: kernel.output, data: out };
}

function asStore(type: TensorType, data: TensorData): Store {
  return { dims: type.dims, strides: rowMajorStrides(type.dims), data };
}

/** A function that runs `body` for every point of the axes, the last one fastest. */
function loop(axes: readonly Axis[], frame: Frame, body: () => void): () => void {
  return axes.reduceRight<() => void>((inner, axis) => {
    const slot = slotOf(axis.name, frame);
    const { counters } = frame;
    return () => {
      for (let i = 0; i < axis.extent; i++) {
        counters[slot] = i;
        inner();
      }
    };
  }, body);
}

function slotOf(axis: string, frame: Frame): number {
  const known = frame.slots.get(axis);
  if (known !== undefined) return known;
  const slot = frame.counters.push(0) - 1;
  frame.slots.set(axis, slot);
  return slot;
}

function compileCompute(compute: Compute, outer: readonly Axis[], frame: Frame): () => void {
  for (const axis of [...outer, ...compute.axes, ...compute.reduce]) slotOf(axis.name, frame);
  const target = frame.stores.get(compute.target);
  if (target === undefined) throw new Error(`target ${compute.target} is not declared`);
  const dtype = compute.body.dtype;
  const body = compileExpr(compute.body, frame);
  const epilogue = compute.epilogue && compileExpr(compute.epilogue, frame);
  const address = compileAddress(target, compute.index, frame);
  const write = storeFunction(
    target.data,
    dtype === "f32" ? undefined : (compute.epilogue?.dtype ?? dtype),
  );
  const value = compute.reduce.length === 0 ? body : compileReduction(compute, body, dtype, frame);
  return loop(compute.axes, frame, () => {
    frame.accumulator = value();
    write(address(), epilogue === undefined ? frame.accumulator : epilogue());
  });
}

function compileReduction(compute: Compute, body: Thunk, dtype: Scalar, frame: Frame): Thunk {
  if (compute.combine === undefined) throw new Error("a reduction needs a combine");
  const init = compute.init === undefined ? undefined : compileExpr(compute.init, frame);
  const identity = identityOf(compute.combine, dtype);
  const combine = combineFunction(compute.combine, dtype);
  let total = 0;
  const run = loop(compute.reduce, frame, () => {
    total = combine(total, body());
  });
  return () => {
    total = init === undefined ? identity : init();
    run();
    return total;
  };
}

function compileExpr(expr: Expr, frame: Frame): Thunk {
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

function compileIndex(index: Index, frame: Frame): Thunk {
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

function compileAddress(store: Store, index: readonly Index[], frame: Frame): Thunk {
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

/** The index inside [0, dim) that a padding mode reads for one boundary: reflect does not repeat the edge. */
export function insideIndex(
  i: number,
  dim: number,
  mode: "reflect" | "replicate" | "circular",
): number {
  switch (mode) {
    case "replicate":
      return Math.min(dim - 1, Math.max(0, i));
    case "circular":
      return ((i % dim) + dim) % dim;
    case "reflect": {
      if (dim === 1) return 0;
      const period = 2 * (dim - 1);
      const folded = ((i % period) + period) % period;
      return folded < dim ? folded : period - folded;
    }
    default:
      return mode satisfies never;
  }
}

/** i64 operands of shape arithmetic are read saturated to i32. */
function readFunction(data: TensorData): (address: number) => number {
  if (data instanceof BigInt64Array) return (address) => saturate(Number(data[address]!));
  return (address) => data[address]!;
}

function storeFunction(
  data: TensorData,
  dtype: Scalar | undefined,
): (address: number, value: number) => void {
  if (data instanceof BigInt64Array) {
    return (address, value) => void (data[address] = BigInt(value));
  }
  if (dtype === "bool") return (address, value) => void (data[address] = value !== 0 ? 1 : 0);
  return (address, value) => void (data[address] = value);
}
