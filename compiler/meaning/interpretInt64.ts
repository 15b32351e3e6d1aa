/** Evaluates kernels with integers of 64 bits, exactly: shapes are computed where nothing may wrap at 32. */
import {
  elementCount,
  newData,
  rowMajorStrides,
  type Tensor,
  type TensorData,
} from "../base/tensor.js";
import { insideIndex } from "./interpret.js";
import type { Axis, Combine, Compute, Expr, Index, Kernel } from "../compute/ir.js";
import { identityOf } from "../compute/ir.js";
import { roundSteps } from "./roundSteps.js";
import { binaryFunction, combineFunction, unaryFunction } from "./scalarMath.js";

/** Integers are bigints, floats and booleans numbers. */
type Wide = number | bigint;

interface Store {
  readonly dims: readonly number[];
  readonly strides: readonly number[];
  readonly read: (address: number) => Wide;
  readonly write: (address: number, value: Wide) => void;
}

interface Frame {
  readonly stores: ReadonlyMap<string, Store>;
  readonly axes: Map<string, number>;
  accumulator: Wide;
}

const LOWEST = -(2n ** 63n);
const HIGHEST = 2n ** 63n - 1n;

function saturated(value: bigint): bigint {
  return value < LOWEST ? LOWEST : value > HIGHEST ? HIGHEST : value;
}

/**
 * The output of a kernel, integers exact within 64 bits and saturated beyond. Elementary functions are the
 * engine's own, so they have no place here. Throws a plain Error where an index leaves a tensor.
 */
export function interpretWide(kernel: Kernel, inputs: ReadonlyMap<string, Tensor>): Tensor {
  const stores = new Map<string, Store>();
  for (const { name } of kernel.inputs) stores.set(name, storeOf(inputs.get(name)!));
  for (const { name, value } of kernel.constants) stores.set(name, storeOf(value));
  for (const { name, dims, dtype } of kernel.temporaries) {
    const wide = dtype === "i32" ? "i64" : dtype;
    const data = newData(wide, elementCount(dims));
    stores.set(name, storeOf({ type: { dtype: wide, dims }, data }));
  }
  const out: Tensor = {
    type: kernel.output,
    data: newData(kernel.output.dtype, elementCount(kernel.output.dims)),
  };
  stores.set("out", storeOf(out));
  const frame: Frame = { stores, axes: new Map(), accumulator: 0 };
  const { computes } = roundSteps(kernel);
  loop(kernel.outer, frame, () => {
    for (const compute of computes) run(compute, frame);
  });
  return out;
}

function storeOf({ type, data }: Tensor): Store {
  const integers = type.dtype !== "f32" && type.dtype !== "bool";
  return {
    dims: type.dims,
    strides: rowMajorStrides(type.dims),
    read: (address) => (integers ? BigInt(data[address]!) : Number(data[address])),
    write: (address, value) => store(data, address, value),
  };
}

/** Elements of 8 and 32 bits wrap as they do at run time. */
function store(data: TensorData, address: number, value: Wide): void {
  if (data instanceof BigInt64Array) data[address] = saturated(BigInt(value));
  else data[address] = typeof value === "bigint" ? Number(BigInt.asIntN(32, value)) : value;
}

function loop(axes: readonly Axis[], frame: Frame, body: () => void): void {
  const [first, ...rest] = axes;
  if (first === undefined) return body();
  for (let i = 0; i < first.extent; i++) {
    frame.axes.set(first.name, i);
    loop(rest, frame, body);
  }
}

function run(compute: Compute, frame: Frame): void {
  const { target, axes, reduce, combine, init, body, epilogue, index } = compute;
  const store = frame.stores.get(target)!;
  loop(axes, frame, () => {
    if (combine === undefined) frame.accumulator = evaluate(body, frame);
    else {
      let total = init === undefined ? start(combine, body) : evaluate(init, frame);
      loop(reduce, frame, () => (total = joined(combine, total, evaluate(body, frame))));
      frame.accumulator = total;
    }
    const value = epilogue === undefined ? frame.accumulator : evaluate(epilogue, frame);
    store.write(addressOf(store, index, frame)!, value);
  });
}

function start(combine: Combine, body: Expr): Wide {
  if (body.dtype !== "i32") return identityOf(combine, body.dtype);
  if (combine === "max") return LOWEST;
  return combine === "min" ? HIGHEST : BigInt(identityOf(combine, "i32"));
}

function joined(combine: Combine, a: Wide, b: Wide): Wide {
  if (typeof a === "number" || typeof b === "number")
    return combineFunction(combine, "f32")(Number(a), Number(b));
  switch (combine) {
    case "sum":
      return saturated(a + b);
    case "prod":
      return saturated(a * b);
    case "min":
      return a < b ? a : b;
    case "max":
      return a > b ? a : b;
    default:
      return combine satisfies never;
  }
}

/** undefined outside the tensor. */
function addressOf(
  { dims, strides }: Store,
  index: readonly Index[],
  frame: Frame,
  boundary?: "reflect" | "replicate" | "circular",
): number | undefined {
  let address = 0;
  for (const [d, one] of index.entries()) {
    let at = indexOf(one, frame);
    const inside = at >= 0 && at < dims[d]!;
    if (!inside && boundary === undefined) return undefined;
    if (!inside) at = insideIndex(at, dims[d]!, boundary!);
    address += at * strides[d]!;
  }
  return address;
}

function indexOf({ terms, constant }: Index, frame: Frame): number {
  let sum = constant;
  for (const { coefficient, of } of terms) {
    const value =
      typeof of === "string"
        ? frame.axes.get(of)!
        : Math.min(of.max, Math.max(of.min, Number(evaluate(of.value, frame))));
    sum += coefficient * value;
  }
  return sum;
}

function evaluate(expr: Expr, frame: Frame): Wide {
  switch (expr.kind) {
    case "constant":
      return expr.dtype === "i32" ? BigInt(expr.value) : expr.value;
    case "accumulator":
      return frame.accumulator;
    case "index":
      return BigInt(indexOf(expr.index, frame));
    case "load":
      return load(expr, frame);
    case "unary": {
      const operand = evaluate(expr.operand, frame);
      if (typeof operand === "bigint" && expr.op === "neg") return saturated(-operand);
      if (typeof operand === "bigint" && expr.op === "abs")
        return saturated(operand < 0n ? -operand : operand);
      const value = unaryFunction(expr.op, expr.operand.dtype)(Number(operand));
      return expr.dtype === "i32" ? BigInt(value) : value;
    }
    case "binary":
      return binary(expr, evaluate(expr.left, frame), evaluate(expr.right, frame));
    case "select":
      return evaluate(expr.condition, frame)
        ? evaluate(expr.then, frame)
        : evaluate(expr.otherwise, frame);
    case "cast":
      return converted(evaluate(expr.operand, frame), expr.dtype);
    default:
      return expr satisfies never;
  }
}

function load(expr: Extract<Expr, { kind: "load" }>, frame: Frame): Wide {
  const { source, index, boundary, dtype } = expr;
  const store = frame.stores.get(source)!;
  const mode = boundary === undefined || boundary.mode === "constant" ? undefined : boundary.mode;
  const address = addressOf(store, index, frame, mode);
  if (address !== undefined) return store.read(address);
  if (boundary?.mode !== "constant") throw new Error(`an index leaves ${source}`);
  return dtype === "i32" ? BigInt(boundary.value) : boundary.value;
}

function converted(value: Wide, to: Expr["dtype"]): Wide {
  if (to === "bool") return value ? 1 : 0;
  if (to === "f32") return Math.fround(Number(value));
  if (typeof value === "bigint") return value;
  if (Number.isNaN(value)) return 0n;
  if (!Number.isFinite(value)) return value > 0 ? HIGHEST : LOWEST;
  return saturated(BigInt(Math.trunc(value)));
}

function binary({ op }: Extract<Expr, { kind: "binary" }>, a: Wide, b: Wide): Wide {
  if (typeof a === "number" || typeof b === "number")
    return binaryFunction(op, "f32")(Number(a), Number(b));
  const truth = (value: boolean): number => (value ? 1 : 0);
  switch (op) {
    case "add":
      return saturated(a + b);
    case "sub":
      return saturated(a - b);
    case "mul":
      return saturated(a * b);
    case "div":
      return b === 0n ? 0n : saturated(a / b);
    case "rem":
      return b === 0n ? 0n : a % b;
    case "floordiv":
      return b === 0n ? 0n : a / b - (a % b !== 0n && a < 0n !== b < 0n ? 1n : 0n);
    case "mod":
      return b === 0n ? 0n : ((a % b) + b) % b;
    case "min":
      return a < b ? a : b;
    case "max":
      return a > b ? a : b;
    case "pow":
      return power(a, b);
    case "and":
      return a & b;
    case "or":
      return a | b;
    case "xor":
      return a ^ b;
    case "shl":
      return saturated(BigInt.asIntN(64, a << (b & 63n)));
    case "shr":
      return a >> (b & 63n);
    case "eq":
      return truth(a === b);
    case "ne":
      return truth(a !== b);
    case "lt":
      return truth(a < b);
    case "le":
      return truth(a <= b);
    case "gt":
      return truth(a > b);
    case "ge":
      return truth(a >= b);
    default:
      return op satisfies never;
  }
}

/** 64 doublings leave 64 bits whatever the base, but for those that stay. */
function power(base: bigint, exponent: bigint): bigint {
  if (exponent < 0n)
    return base === 1n ? 1n : base === -1n ? (exponent % 2n === 0n ? 1n : -1n) : 0n;
  if (base >= -1n && base <= 1n)
    return exponent === 0n ? 1n : exponent % 2n === 0n ? base * base : base;
  if (exponent > 64n) return base < 0n && exponent % 2n !== 0n ? LOWEST : HIGHEST;
  return saturated(base ** exponent);
}
