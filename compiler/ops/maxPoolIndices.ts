/** maxPoolIndices: where in its operand each maximum of a pool stands. */
import { z } from "zod";
import { addIndex, axisIndex, indexExpr, scaleIndex } from "../compute/affine.js";
import { accumulator, add, binary, load, mul, select } from "../compute/expr.js";
import { scalarOf, type Expr, type Index } from "../compute/ir.js";
import { elementCount, rowMajorStrides, type TensorType } from "../base/tensor.js";
import { isExtreme } from "./argExtreme.js";
import { indicesOf, kernelInputs } from "./axes.js";
import { defineOp, type ComputeContext } from "./op.js";
import { MAX_POOL, maxPool, outside, POOL_OPERANDS, windowOf } from "./pool.js";
import { leavesInput, spatialAxes, tapIndex, type WindowDim } from "./window.js";

const ATTRIBUTES = z.strictObject({
  ...MAX_POOL.shape,
  /** Whether the last spatial dimension counts slowest (ONNX storage_order 1). */
  columnMajor: z.boolean().default(false),
});

/** The position, in the whole of x row by row, of the maximum of every window; of equal ones the first (ONNX MaxPool). */
export const maxPoolIndices = defineOp({
  name: "maxPoolIndices",
  operands: POOL_OPERANDS,
  attributes: ATTRIBUTES,
  infer(inputs, { columnMajor, ...pool }) {
    const { type, attributes } = maxPool.infer(inputs, pool);
    return {
      type: { dtype: "i32", dims: type.dims },
      attributes: { ...(attributes ?? pool), columnMajor },
    };
  },
  compute: indicesKernel,
  layout: "row-major",
  tolerance: 0,
});

function indicesKernel({
  inputs,
  attributes,
  output,
}: ComputeContext<z.output<typeof ATTRIBUTES>>) {
  const x = inputs[0]!;
  const window = windowOf(x, attributes);
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
  const taps = window.map((dim, i) => tapIndex(dim, o[i]!, k[i]!));
  const at = [axisIndex(n), axisIndex(c), ...taps];
  const boundary = { mode: "constant", value: outside("max", x.dtype) } as const;
  const value = load("x", at, dtype, leavesInput(window) ? boundary : undefined);
  const found = isExtreme(value, load("max", [], dtype));
  const strides = rowMajorStrides(x.dims);
  const flat = indexExpr(addIndex(...at.map((one, d) => scaleIndex(one, strides[d]!))));
  const place = select(binary("and", found, inside(taps, window)), flat, elementCount(x.dims));
  return {
    outer: [n, c, ...o],
    inputs: kernelInputs(POOL_OPERANDS, [x]),
    constants: [],
    temporaries: [{ name: "max", dtype, dims: [] }],
    computes: [
      { target: "max", axes: [], reduce: k, combine: "max" as const, body: value, index: [] },
      {
        target: "out",
        axes: [],
        reduce: k,
        combine: "min" as const,
        body: place,
        ...(attributes.columnMajor ? { epilogue: byColumns(x) } : {}),
        index: indicesOf([n, c, ...o]),
      },
    ],
    output,
  };
}

/** Whether a tap lies in x: padding is never the maximum. */
function inside(taps: readonly Index[], window: readonly WindowDim[]): Expr {
  const conditions = taps.map((tap, i) => {
    const at = indexExpr(tap);
    return binary("and", binary("ge", at, 0), binary("lt", at, window[i]!.input));
  });
  return conditions.reduce((all, one) => binary("and", all, one));
}

/** The flat position with the spatial dims in reverse order: [n, c, h, w] => n·c·w·h. */
function byColumns({ dims }: TensorType): Expr {
  const spatial = dims.slice(2);
  const count = elementCount(spatial);
  const found = accumulator("i32");
  const rest = binary("mod", found, count);
  const strides = rowMajorStrides(spatial);
  const reversed = rowMajorStrides([...spatial].reverse()).reverse();
  const parts = spatial.map((dim, d) =>
    mul(binary("mod", binary("floordiv", rest, strides[d]!), dim), reversed[d]!),
  );
  const map = mul(binary("floordiv", found, count), count);
  return parts.reduce((sum, part) => add(sum, part), map);
}
