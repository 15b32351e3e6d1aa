/** Pools over sliding windows and over whole maps: maximum and mean. */
import { z } from "zod";
import { axisIndex, ZERO } from "../compute/affine.js";
import { accumulator, div, load, mul } from "../compute/expr.js";
import {
  identityOf,
  scalarOf,
  type Axis,
  type Compute,
  type Expr,
  type Kernel,
} from "../compute/ir.js";
import { rangeOf } from "../base/numbers.js";
import { elementCount, formatType, tensor, type DType, type TensorType } from "../base/tensor.js";
import { axesOf, indicesOf, kernelInputs, typeOf } from "./axes.js";
import { defineOp, reject, type Fact, type Op, type OperandSpec } from "./op.js";
import { FLOAT, ORDERED } from "./pointwiseOp.js";
import {
  KERNEL,
  leavesInput,
  perSpatialDim,
  resolveWindow,
  spatialAxes,
  spatialDims,
  tapIndex,
  tapsWithin,
  WINDOW_ATTRIBUTES,
  windowAttributes,
  type WindowAttributes,
  type WindowDim,
} from "./window.js";

export const POOL_OPERANDS: readonly OperandSpec[] = [{ name: "x" }];
export const MAX_POOL = z.strictObject({
  kernel: KERNEL,
  ...WINDOW_ATTRIBUTES,
  ceilMode: z.boolean().default(false),
});
const AVERAGE_POOL = z.strictObject({
  ...MAX_POOL.shape,
  /** Whether padded zeros count in the mean. */
  countIncludePad: z.boolean().default(false),
});

interface PoolAttributes extends WindowAttributes {
  readonly kernel: readonly number[];
  readonly ceilMode: boolean;
}

/** The maximum of every window; padding is never the maximum. */
export const maxPool = defineOp({
  name: "maxPool",
  operands: POOL_OPERANDS,
  attributes: MAX_POOL,
  infer(inputs, attributes) {
    const { type, window } = inferPool(inputs, attributes, ORDERED);
    window.forEach((dim, i) => rejectEmptyWindow(dim, i));
    return { type, attributes: canonicalPool(attributes, window) };
  },
  compute({ inputs, attributes, output }) {
    const window = windowOf(inputs[0]!, attributes);
    return poolKernel(inputs[0]!, output, poolCompute(inputs[0]!, output, window, "max"));
  },
  layout: "channels-last",
  tolerance: 0,
});

/** The mean of every window; with `ceilMode` a window ends with the padding at the latest (PyTorch). */
export const averagePool = defineOp({
  name: "averagePool",
  operands: POOL_OPERANDS,
  attributes: AVERAGE_POOL,
  infer(inputs, attributes) {
    const { type, window } = inferPool(inputs, attributes, FLOAT);
    if (!attributes.countIncludePad) window.forEach((dim, i) => rejectEmptyWindow(dim, i));
    const { countIncludePad } = attributes;
    return { type, attributes: { ...canonicalPool(attributes, window), countIncludePad } };
  },
  compute({ inputs, attributes, output }) {
    const window = windowOf(inputs[0]!, attributes);
    const counts = window.map((dim) => countsOf(dim, attributes.countIncludePad));
    const axes = spatialAxes("o", output.dims.slice(2));
    const { divisor, constants } = meanDivisor(counts, axes);
    const compute = poolCompute(inputs[0]!, output, window, "sum");
    const epilogue = div(accumulator(), divisor);
    return { ...poolKernel(inputs[0]!, output, { ...compute, epilogue }), constants };
  },
  layout: "channels-last",
});

export function windowOf(x: TensorType, attributes: PoolAttributes): WindowDim[] {
  return resolveWindow(attributes, x.dims.slice(2), attributes.kernel, attributes.ceilMode);
}

export function inferPool(
  inputs: readonly (Fact | undefined)[],
  attributes: PoolAttributes,
  dtypes: readonly DType[],
): { type: TensorType; window: WindowDim[] } {
  const x = poolOperand(inputs, dtypes);
  perSpatialDim(attributes.kernel, x.dims.length - 2, "kernel");
  const window = windowOf(x, attributes);
  const dims = [...x.dims.slice(0, 2), ...window.map((dim) => dim.output)];
  return { type: { dtype: x.dtype, dims }, window };
}

/** x as [n, c, spatial…] of one of these dtypes. Throws type-mismatch or shape-mismatch. */
export function poolOperand(
  inputs: readonly (Fact | undefined)[],
  dtypes: readonly DType[],
): TensorType {
  const x = typeOf(inputs, 0);
  if (!dtypes.includes(x.dtype)) {
    const message = `x is ${formatType(x)}, expected ${dtypes.join(", ")}`;
    reject("type-mismatch", message, "cast it");
  }
  spatialDims(x);
  return x;
}

export function canonicalPool<Attributes extends PoolAttributes>(
  { kernel, ceilMode }: Attributes,
  window: readonly WindowDim[],
): PoolAttributes {
  return { kernel, ...windowAttributes(window), ceilMode };
}

/** A window without elements has no maximum and no mean; one that starts inside x has its first element. */
function rejectEmptyWindow(dim: WindowDim, i: number): void {
  const inside = Math.ceil(dim.begin / dim.stride);
  const past = Math.ceil((dim.input + dim.begin) / dim.stride);
  const rest = Math.max(0, dim.output - past);
  for (let at = 0; at < Math.min(inside, dim.output) + rest; at++) {
    const o = at < inside ? at : past + at - inside;
    if (tapsWithin(dim, o, 0, dim.input) > 0) continue;
    const message = `spatial dimension ${i}: the window of output ${o} lies in the padding (${dim.begin} + ${dim.end}) alone`;
    reject("bad-attribute", message, `pad less than the kernel's ${dim.kernel}`);
  }
}

export function poolCompute(
  x: TensorType,
  output: TensorType,
  window: readonly WindowDim[],
  combine: "max" | "sum",
): Compute {
  const dtype = scalarOf(x.dtype);
  const [n, c] = [
    { name: "n", extent: output.dims[0]! },
    { name: "c", extent: output.dims[1]! },
  ];
  const o = spatialAxes("o", output.dims.slice(2));
  const k = spatialAxes(
    "k",
    window.map((dim) => dim.kernel),
  );
  const at = window.map((dim, i) => tapIndex(dim, o[i]!, k[i]!));
  const boundary = { mode: "constant", value: outside(combine, x.dtype) } as const;
  const index = [axisIndex(n), axisIndex(c), ...at];
  return {
    target: "out",
    axes: [n, c, ...o],
    reduce: k,
    combine,
    body: load("x", index, dtype, leavesInput(window) ? boundary : undefined),
    index: indicesOf([n, c, ...o]),
  };
}

/** What changes no maximum and no sum: the least number of the type, which memory of its width holds. */
export function outside(combine: "max" | "sum", dtype: DType): number {
  const least = combine === "max" ? rangeOf(dtype)?.[0] : undefined;
  const known = least !== undefined && least > -(2n ** 31n);
  return known ? Number(least) : identityOf(combine, scalarOf(dtype));
}

export function poolKernel(x: TensorType, output: TensorType, compute: Compute): Kernel {
  const inputs = kernelInputs(POOL_OPERANDS, [x]);
  return { outer: [], inputs, constants: [], temporaries: [], computes: [compute], output };
}

/** For each output, how many elements its mean is over along this dimension. */
function countsOf(dim: WindowDim, includePad: boolean): Float64Array {
  const [low, high] = includePad ? [-dim.begin, dim.input + dim.end] : [0, dim.input];
  return new Float64Array(dim.output).map((_, o) => tapsWithin(dim, o, low, high));
}

/** The product of the counts per dimension: a constant where they are all equal, else tables over the axes. */
export function meanDivisor(
  counts: readonly Float64Array[],
  axes: readonly Axis[],
): { divisor: Expr | number; constants: Kernel["constants"] } {
  const uniform = counts.map((list) => list.every((count) => count === list[0]));
  const factor = counts.reduce((product, list, i) => product * (uniform[i] ? list[0]! : 1), 1);
  const tables = counts.flatMap((list, i) =>
    uniform[i] ? [] : [{ name: `counts_${axes[i]!.name}`, axis: axes[i]!, list }],
  );
  const loads = tables.map(({ name, axis }) => load(name, [axisIndex(axis)]));
  const [first, ...rest] = loads;
  const constants = tables.map(({ name, list }) => ({
    name,
    value: tensor("f32", [list.length], list),
  }));
  if (first === undefined) return { divisor: factor, constants };
  const product = rest.reduce((left, right) => mul(left, right), first);
  return { divisor: factor === 1 ? product : mul(product, factor), constants };
}

const NO_ATTRIBUTES = z.strictObject({});

function globalPool<const Name extends string>(
  name: Name,
  combine: "max" | "sum",
): Op<Name, typeof NO_ATTRIBUTES> {
  return {
    name,
    operands: POOL_OPERANDS,
    attributes: NO_ATTRIBUTES,
    infer(inputs) {
      const x = poolOperand(inputs, combine === "max" ? ORDERED : FLOAT);
      return {
        type: { dtype: x.dtype, dims: [...x.dims.slice(0, 2), ...x.dims.slice(2).fill(1)] },
      };
    },
    compute({ inputs, output }) {
      const x = inputs[0]!;
      const all = axesOf(x.dims);
      const [axes, reduce] = [all.slice(0, 2), all.slice(2)];
      const dtype = scalarOf(x.dtype);
      const count = elementCount(x.dims.slice(2));
      return poolKernel(x, output, {
        target: "out",
        axes,
        reduce,
        combine,
        body: load("x", indicesOf(all), dtype),
        ...(combine === "sum" ? { epilogue: div(accumulator(), count) } : {}),
        index: [...indicesOf(axes), ...reduce.map(() => ZERO)],
      });
    },
    layout: "channels-last",
    ...(combine === "max" ? { tolerance: 0 } : {}),
  };
}

/** The mean of every map: [n, c, …] => [n, c, 1…]. */
export const globalAveragePool = globalPool("globalAveragePool", "sum");
/** The maximum of every map: [n, c, …] => [n, c, 1…]. */
export const globalMaxPool = globalPool("globalMaxPool", "max");
