/** Evaluates kernels with numbers of 64 bits, exactly: shapes are computed where nothing may wrap at 32. */
import {
  elementCount,
  newData,
  rowMajorStrides,
  type Tensor,
  type TensorData,
} from "../base/tensor.js";
import { insideIndex } from "./boundary.js";
import {
  scalarOf,
  type Axis,
  type Compute,
  type Expr,
  type Index,
  type Kernel,
} from "../compute/ir.js";
import { stagesOf, type Stage } from "../compute/scan.js";
import { binary, converted, joined, saturated, startOf, type Int64Value } from "./int64Math.js";
import { roundSteps } from "./roundSteps.js";
import { unaryFunction } from "./scalarMath.js";

interface Store {
  readonly dims: readonly number[];
  readonly strides: readonly number[];
  readonly read: (address: number) => Int64Value;
  readonly write: (address: number, value: Int64Value) => void;
}

interface Frame {
  readonly stores: ReadonlyMap<string, Store>;
  readonly axes: Map<string, number>;
  accumulator: Int64Value;
  /** Whether floats have 64 bits. */
  readonly wide: boolean;
}

/**
 * The output of a kernel, integers exact within 64 bits and saturated beyond, floats in f64 where one of its
 * tensors is. Elementary functions are the
 * engine's own, so they have no place here. Throws a plain Error where an index leaves a tensor.
 */
export function interpretInt64(kernel: Kernel, inputs: ReadonlyMap<string, Tensor>): Tensor {
  const stores = new Map<string, Store>();
  for (const { name } of kernel.inputs) stores.set(name, storeOf(inputs.get(name)!));
  for (const { name, value } of kernel.constants) stores.set(name, storeOf(value));
  for (const { name, dims, dtype } of kernel.temporaries) {
    const exact = dtype === "i32" ? "i64" : dtype;
    const data = newData(exact, elementCount(dims));
    stores.set(name, storeOf({ type: { dtype: exact, dims }, data }));
  }
  const out: Tensor = {
    type: kernel.output,
    data: newData(kernel.output.dtype, elementCount(kernel.output.dims)),
  };
  stores.set("out", storeOf(out));
  const wide = [kernel.output, ...kernel.inputs.map(({ name }) => inputs.get(name)!.type)].some(
    ({ dtype }) => dtype === "f64",
  );
  const frame: Frame = { stores, axes: new Map(), accumulator: 0, wide };
  const { computes } = wide ? kernel : roundSteps(kernel);
  const stages = stagesOf(computes);
  loop(kernel.outer, frame, () => runStages(stages, computes, frame));
  return out;
}

/** Computes one after the other, and scans step by step. */
function runStages(stages: readonly Stage[], computes: readonly Compute[], frame: Frame): void {
  for (const stage of stages) {
    if (stage.kind === "compute") run(computes[stage.position]!, frame);
    else loop([stage.axis], frame, () => runStages(stage.body, computes, frame));
  }
}

function storeOf({ type, data }: Tensor): Store {
  const integers = scalarOf(type.dtype) === "i32";
  return {
    dims: type.dims,
    strides: rowMajorStrides(type.dims),
    read: (address) => (integers ? BigInt(data[address]!) : Number(data[address])),
    write: (address, value) => store(data, address, value),
  };
}

/** Elements of 8 and 32 bits wrap as they do at run time. */
function store(data: TensorData, address: number, value: Int64Value): void {
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
      let total = init === undefined ? startOf(combine, body) : evaluate(init, frame);
      loop(reduce, frame, () => (total = joined(combine, total, evaluate(body, frame))));
      frame.accumulator = total;
    }
    const value = epilogue === undefined ? frame.accumulator : evaluate(epilogue, frame);
    store.write(addressOf(store, index, frame)!, value);
  });
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

function evaluate(expr: Expr, frame: Frame): Int64Value {
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
      return binary(expr.op, evaluate(expr.left, frame), evaluate(expr.right, frame));
    case "select":
      return evaluate(expr.condition, frame)
        ? evaluate(expr.then, frame)
        : evaluate(expr.otherwise, frame);
    case "cast":
      return converted(evaluate(expr.operand, frame), expr.dtype, frame.wide);
    default:
      return expr satisfies never;
  }
}

function load(expr: Extract<Expr, { kind: "load" }>, frame: Frame): Int64Value {
  const { source, index, boundary, dtype } = expr;
  const store = frame.stores.get(source)!;
  const mode = boundary === undefined || boundary.mode === "constant" ? undefined : boundary.mode;
  const address = addressOf(store, index, frame, mode);
  if (address !== undefined) return store.read(address);
  if (boundary?.mode !== "constant") throw new Error(`an index leaves ${source}`);
  return dtype === "i32" ? BigInt(boundary.value) : boundary.value;
}
