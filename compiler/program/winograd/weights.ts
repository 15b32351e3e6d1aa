/** The kernel that transforms the weights of a windowed kernel, once, when a module loads. */
import { addIndex, axisIndex, scaleIndex, substituteExpr } from "../../compute/affine.js";
import { load, mul } from "../../compute/expr.js";
import type { Axis, Compute, Expr, Kernel } from "../../compute/ir.js";
import { at, temporaryOf, weightAxes, type Blocking } from "./blocking.js";
import { tableOf, transformsOf } from "./tables.js";
import type { Windowed } from "./window.js";

const TABLE = "weight_transform";

/**
 * For every pair of channels, one dimension after the other:
 *
 *   half[u, kw] = Σkh weights[u, kh] · w[kh, kw];  w'[u, v] = Σkw weights[v, kw] · half[u, kw]
 */
export function weightKernel(kernel: Kernel, windowed: Windowed, blocking: Blocking): Kernel {
  const { w, slides, groups, outputs, inputs } = windowed;
  const axes = weightAxes(windowed, blocking);
  const own = axes.slice(groups.length + 1);
  const [ob, o] = [axes[groups.length]!, axes.at(-1)!];
  const channel = addIndex(scaleIndex(axisIndex(ob), o.extent), axisIndex(o));
  const source = substituteExpr(w, new Map([[outputs.name, channel]]));
  const [u, v] = own.slice(0, -2) as [Axis, ...Axis[]];
  const [first, second] = slides;
  const sum = (
    target: string,
    of: readonly Axis[],
    point: Axis,
    tap: Axis,
    read: Expr,
  ): Compute => {
    const body = mul(load(TABLE, at(point, tap)), read);
    const index = target === "out" ? at(...axes) : at(...of);
    return { target, axes: of, reduce: [tap], combine: "sum", body, index };
  };
  const shared = {
    outer: [...groups, ob],
    inputs: kernel.inputs.filter(({ name }) => name === w.source),
    constants: [
      { name: TABLE, value: tableOf(transformsOf(blocking.outputs).weights), sparse: true },
    ],
    output: { dtype: "f32", dims: axes.map(({ extent }) => extent) },
  } as const;
  if (v === undefined || second === undefined)
    return { ...shared, temporaries: [], computes: [sum("out", own, u, first.tap, source)] };
  const half = [u, second.tap, inputs, o];
  return {
    ...shared,
    temporaries: [temporaryOf("half", half)],
    computes: [
      sum("half", half, u, first.tap, source),
      sum("out", own, v, second.tap, load("half", at(...half))),
    ],
  };
}
