/** col2im: columns of windows back in their places, where they overlap added up. */
import { z } from "zod";
import {
  addIndex,
  axisIndex,
  extentsOf,
  floorDivIndex,
  indexExpr,
  scaleIndex,
} from "../compute/affine.js";
import { binary, load, select } from "../compute/expr.js";
import { scalarOf, type Axis, type Kernel } from "../compute/ir.js";
import { formatType } from "../base/tensor.js";
import { checkDTypes, indicesOf, kernelInputs, typeOf } from "./axes.js";
import { defineOp, reject, type ComputeContext, type OperandSpec } from "./op.js";
import { NUMBER } from "./pointwiseOp.js";
import {
  KERNEL,
  resolveWindow,
  spatialAxes,
  WINDOW_ATTRIBUTES,
  windowAttributes,
} from "./window.js";

const OPERANDS: readonly OperandSpec[] = [{ name: "x" }];
const ATTRIBUTES = z.strictObject({ ...WINDOW_ATTRIBUTES, outputSize: KERNEL });
type Attributes = z.output<typeof ATTRIBUTES>;

/**
 * out[n, c, o…] = Σ of x[n, c, k…, p…] over taps k and windows p with p · stride + k · dilation − begin = o
 * (ONNX Col2Im, torch fold, with the dims of taps and windows apart): what a convolution's gradient does.
 */
export const col2im = defineOp({
  name: "col2im",
  operands: OPERANDS,
  attributes: ATTRIBUTES,
  infer(inputs, attributes) {
    checkDTypes(OPERANDS, inputs, NUMBER);
    const x = typeOf(inputs, 0);
    const { outputSize } = attributes;
    const rank = outputSize.length;
    if (rank < 1 || rank > 3 || x.dims.length !== 2 + 2 * rank) {
      const message = `x is ${formatType(x)}, expected [n, c], ${rank} dimensions of taps and ${rank} of windows`;
      reject("shape-mismatch", message);
    }
    const window = resolveWindow(attributes, outputSize, x.dims.slice(2, 2 + rank));
    const windows = x.dims.slice(2 + rank);
    if (window.some(({ output }, d) => output !== windows[d])) {
      const expected = window.map(({ output }) => output).join(",");
      reject(
        "shape-mismatch",
        `x ${formatType(x)} has windows [${windows.join(",")}], expected [${expected}]`,
      );
    }
    return {
      type: { dtype: x.dtype, dims: [...x.dims.slice(0, 2), ...outputSize] },
      attributes: { ...windowAttributes(window), outputSize },
    };
  },
  compute: columnsKernel,
  layout: "channels-last",
});

function columnsKernel({ inputs, attributes, output }: ComputeContext<Attributes>): Kernel {
  const x = inputs[0]!;
  const rank = attributes.outputSize.length;
  const window = resolveWindow(attributes, attributes.outputSize, x.dims.slice(2, 2 + rank));
  const dtype = scalarOf(x.dtype);
  const lead: readonly Axis[] = [
    { name: "n", extent: output.dims[0]! },
    { name: "c", extent: output.dims[1]! },
  ];
  const o = spatialAxes("o", attributes.outputSize);
  const k = spatialAxes("k", x.dims.slice(2, 2 + rank));
  const extents = extentsOf(o, k);
  const places = window.map(({ dilation, begin }, d) =>
    addIndex(axisIndex(o[d]!), scaleIndex(axisIndex(k[d]!), -dilation), begin),
  );
  const at = places.map((place, d) => floorDivIndex(place, window[d]!.stride, extents));
  const boundary = { mode: "constant", value: 0 } as const;
  const value = load("x", [...indicesOf([...lead, ...k]), ...at], dtype, boundary);
  const body = places.reduce((rest, place, d) => {
    const { stride } = window[d]!;
    if (stride === 1) return rest;
    return select(binary("eq", binary("mod", indexExpr(place), stride), 0), rest, 0);
  }, value);
  const axes = [...lead, ...o];
  return {
    outer: [],
    inputs: kernelInputs(OPERANDS, inputs),
    constants: [],
    temporaries: [],
    computes: [{ target: "out", axes, reduce: k, combine: "sum", body, index: indicesOf(axes) }],
    output,
  };
}
