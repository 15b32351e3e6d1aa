/** Blocks of channels as blocks of pixels and back (pixel shuffle). */
import { z } from "zod";
import {
  addIndex,
  axisIndex,
  extentsOf,
  floorDivIndex,
  modIndex,
  scaleIndex,
} from "../kernel/affine.js";
import { load } from "../kernel/expr.js";
import { scalarOf, type Index, type Kernel } from "../kernel/ir.js";
import { formatType, type TensorType } from "../tensor.js";
import { axesOf, kernelInputs } from "./axes.js";
import { defineOp, reject } from "./op.js";

const operands = [{ name: "x" }] as const;
const blockSize = z
  .int()
  .min(1)
  .max(2 ** 12);

function movementKernel(
  inputs: readonly (TensorType | undefined)[],
  output: TensorType,
  index: readonly Index[],
): Kernel {
  const axes = axesOf(output.dims);
  return {
    shared: [],
    inputs: kernelInputs(operands, inputs),
    constants: [],
    temporaries: [],
    computes: [
      {
        target: "out",
        axes,
        reduce: [],
        body: load("x", index, scalarOf(output.dtype)),
        index: axes.map(axisIndex),
      },
    ],
    output,
  };
}

/** [n, c·b², h, w] => [n, c, h·b, w·b]; channels are [b, b, c] in DCR and [c, b, b] in CRD (ONNX). */
export const depthToSpace = defineOp({
  name: "depthToSpace",
  operands,
  attributes: z.strictObject({ blockSize, mode: z.enum(["DCR", "CRD"]).default("DCR") }),
  layout: "channels-last",
  tolerance: 0,
  infer([x], { blockSize: b }) {
    const { dims, dtype } = x!.type;
    if (dims.length !== 4)
      reject("shape-mismatch", `x is ${formatType(x!.type)}, [n, c, h, w] is wanted`);
    const [n, c, h, w] = dims as readonly [number, number, number, number];
    if (c % (b * b) !== 0)
      reject("bad-attribute", `blockSize ${b} needs a multiple of ${b * b} channels, x has ${c}`);
    return { type: { dtype, dims: [n, c / (b * b), h * b, w * b] } };
  },
  compute({ inputs, attributes: { blockSize: b, mode }, output }) {
    const axes = axesOf(output.dims);
    const extents = extentsOf(axes);
    const [n, c, h, w] = axes.map(axisIndex) as [Index, Index, Index, Index];
    const inBlock = addIndex(scaleIndex(modIndex(h, b, extents), b), modIndex(w, b, extents));
    const channel =
      mode === "DCR"
        ? addIndex(scaleIndex(inBlock, output.dims[1]!), c)
        : addIndex(scaleIndex(c, b * b), inBlock);
    return movementKernel(inputs, output, [
      n,
      channel,
      floorDivIndex(h, b, extents),
      floorDivIndex(w, b, extents),
    ]);
  },
});

/** [n, c, h·b, w·b] => [n, b²·c, h, w]: the inverse of depthToSpace in DCR mode (ONNX). */
export const spaceToDepth = defineOp({
  name: "spaceToDepth",
  operands,
  attributes: z.strictObject({ blockSize }),
  layout: "channels-last",
  tolerance: 0,
  infer([x], { blockSize: b }) {
    const { dims, dtype } = x!.type;
    if (dims.length !== 4)
      reject("shape-mismatch", `x is ${formatType(x!.type)}, [n, c, h, w] is wanted`);
    const [n, c, h, w] = dims as readonly [number, number, number, number];
    if (h % b !== 0 || w % b !== 0)
      reject("bad-attribute", `blockSize ${b} does not divide ${h}×${w}`);
    return { type: { dtype, dims: [n, c * b * b, h / b, w / b] } };
  },
  compute({ inputs, attributes: { blockSize: b }, output }) {
    const axes = axesOf(output.dims);
    const extents = extentsOf(axes);
    const [n, c, h, w] = axes.map(axisIndex) as [Index, Index, Index, Index];
    const channels = inputs[0]!.dims[1]!;
    const inBlock = floorDivIndex(c, channels, extents);
    const row = floorDivIndex(c, channels * b, extents);
    const column = addIndex(inBlock, scaleIndex(row, -b));
    return movementKernel(inputs, output, [
      n,
      modIndex(c, channels, extents),
      addIndex(scaleIndex(h, b), row),
      addIndex(scaleIndex(w, b), column),
    ]);
  },
});
