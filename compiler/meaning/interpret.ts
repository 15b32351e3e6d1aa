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
import type { Axis, Compute, Kernel, Scalar } from "../compute/ir.js";
import { axesInScope, stagesOf, type Stage } from "../compute/scan.js";
import {
  compileAddress,
  compileExpr,
  slotOf,
  type Frame,
  type Store,
  type Thunk,
} from "./interpretExpr.js";
import { roundSteps } from "./roundSteps.js";
import { combineFunction } from "./scalarMath.js";

/**
 * The output of a kernel. Inputs are looked up by kernel input name; sums run in f64, every store rounds to
 * the element type, and so does what a step (see `roundSteps`) reads. Throws a plain Error where an index leaves a tensor without `boundary`.
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
  const { computes } = roundSteps(kernel);
  const runs = computes.map((compute) => compileCompute(compute, kernel, frame));
  loop(kernel.outer, frame, inOrder(stagesOf(computes), runs, frame))();
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

/** Computes one after the other, and scans step by step. */
function inOrder(
  stages: readonly Stage[],
  runs: readonly (() => void)[],
  frame: Frame,
): () => void {
  const all = stages.map((stage) =>
    stage.kind === "compute"
      ? runs[stage.position]!
      : loop([stage.axis], frame, inOrder(stage.body, runs, frame)),
  );
  return () => all.forEach((run) => run());
}

function compileCompute(compute: Compute, kernel: Kernel, frame: Frame): () => void {
  for (const axis of axesInScope(kernel, compute)) slotOf(axis.name, frame);
  const target = frame.stores.get(compute.target);
  if (target === undefined) throw new Error(`target ${compute.target} is not declared`);
  const dtype = compute.body.dtype;
  const address = compileAddress(target, compute.index, frame);
  const write = storeFunction(
    target.data,
    dtype === "f32" ? undefined : (compute.epilogue?.dtype ?? dtype),
  );
  const value = compileValue(compute, frame, compute.reduce);
  return loop(compute.axes, frame, () => write(address(), value()));
}

/**
 * What a Compute writes where the counters of its axes stand, before it is rounded; summed up along `along` of its reduce
 * axes, where the counters of the others stand.
 */
export function compileValue(compute: Compute, frame: Frame, along: readonly Axis[]): Thunk {
  const body = compileExpr(compute.body, frame);
  const value = compute.reduce.length === 0 ? body : compileReduction(compute, body, frame, along);
  if (compute.epilogue === undefined) return value;
  const epilogue = compileExpr(compute.epilogue, frame);
  return () => {
    frame.accumulator = value();
    return epilogue();
  };
}

function compileReduction(
  { combine, init: first, body: { dtype } }: Compute,
  body: Thunk,
  frame: Frame,
  along: readonly Axis[],
): Thunk {
  if (combine === undefined) throw new Error("a reduction needs a combine");
  const init = first === undefined ? undefined : compileExpr(first, frame);
  const identity = identityOf(combine, dtype);
  const join = combineFunction(combine, dtype);
  let total = 0;
  const run = loop(along, frame, () => {
    total = join(total, body());
  });
  return () => {
    total = init === undefined ? identity : init();
    run();
    return total;
  };
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
