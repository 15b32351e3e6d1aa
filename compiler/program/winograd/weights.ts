/** The kernel that transforms the weights of a windowed kernel, once, when a module loads. */
import { at, substituteExpr } from "../../compute/affine.js";
import { accumulator, load, mul, temporaryOf } from "../../compute/expr.js";
import type { Axis, Compute, Kernel } from "../../compute/ir.js";
import {
  channelAt,
  factorsOf,
  outputAxes,
  slidesOf,
  tablesOf,
  weightAxes,
  type Blocking,
} from "./blocking.js";
import { separated, wordOf } from "./integers.js";
import { sumAxes } from "./sums.js";
import type { Windowed } from "./window.js";

/**
 * For every pair of channels, one dimension after the other:
 *
 *   half[u, kw] = Σkh weights[u, kh] · w[kh, kw];  w'[u, v] = Σkw weights[v, kw] · half[u, kw]
 */
export function weightKernel(kernel: Kernel, windowed: Windowed, blocking: Blocking): Kernel {
  const { w, groups, outputs, integers } = windowed;
  const { part, within, place } = sumAxes(windowed, blocking.parts);
  const { factors, dtype } = factorsOf(windowed);
  const slides = slidesOf(windowed, blocking);
  const axes = weightAxes(windowed, blocking);
  const channels = outputAxes(windowed, blocking);
  const { run, block, o } = channels;
  const source = substituteExpr(
    integers === undefined ? w : wordOf(w, windowed, 0),
    new Map([
      [outputs.name, channelAt(channels)],
      [within.name, place],
    ]),
  );
  // Before each step: points of slides that are done, taps of the others.
  const along = (done: number): readonly Axis[] => [
    ...slides.map(({ point, tap }, s) => (s < done ? point : tap)),
    within,
    o,
  ];
  const computes = slides.map(({ point, tap, table }, s): Compute => {
    const own = along(s + 1);
    const isLast = s === slides.length - 1;
    const read = s === 0 ? source : load("half", at(...along(s)), dtype);
    return {
      target: isLast ? "out" : "half",
      axes: own,
      reduce: [tap],
      combine: "sum",
      body: mul(load(table("weights"), at(point, tap), dtype), read),
      ...(isLast && integers !== undefined ? { epilogue: separated(accumulator(dtype)) } : {}),
      index: at(...(isLast ? axes : own)),
    };
  });
  return {
    outer: [...groups, run, ...part, block],
    inputs: kernel.inputs.filter(({ name }) => name === w.source),
    constants: tablesOf(slides, ["weights"], factors),
    output: { dtype, dims: axes.map(({ extent }) => extent) },
    temporaries: slides.slice(1).map((_, s) => temporaryOf("half", along(s + 1), dtype)),
    computes,
  };
}
