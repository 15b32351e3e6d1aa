/** The kernel that moves a value to a place of its own, as an ordinary Compute. */
import { axisIndex } from "../../compute/affine.js";
import { load } from "../../compute/expr.js";
import { scalarOf, type Axis, type Kernel } from "../../compute/ir.js";
import type { Layout } from "../../ops/op.js";
import type { ProgramKernel, Value, ValueId } from "../program.js";

/** Writes value `from`, which `value` says what it is, once more as value `to`. */
export function copyKernel(
  from: ValueId,
  { type, constant }: Value,
  to: ValueId,
  layout: Layout,
): ProgramKernel {
  const axes = type.dims.map((extent, i): Axis => ({ name: `i${i}`, extent }));
  const index = axes.map(axisIndex);
  const kernel: Kernel = {
    outer: [],
    inputs: [{ name: "x", type, ...(constant === undefined ? {} : { constant: true }) }],
    constants: [],
    temporaries: [],
    computes: [
      { target: "out", axes, reduce: [], body: load("x", index, scalarOf(type.dtype)), index },
    ],
    output: type,
  };
  return {
    name: "copy",
    role: "copy",
    covers: [],
    kernel,
    operands: { x: from },
    output: to,
    layout,
    schedules: [],
    places: {},
  };
}
